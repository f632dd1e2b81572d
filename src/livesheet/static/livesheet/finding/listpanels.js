/**
 * The panels that are a plain list of choices: the columns that are shown, those that the rows are
 * sorted by, and the height of the rows. Where the order counts, the user can change it: by dragging
 * a handle with the mouse or a finger, or with the arrow keys while the handle has the focus.
 */

import { element, iconButton, select } from "../elements.js";
import { HEIGHTS, ordered, plainView, visible, withMoved, withShown } from "../store/view.js";
import { fill } from "../texts.js";

/** @import {Column} from "../protocol.js" */
/** @import {Sort} from "../store/sorting.js" */
/** @import {CurrentView} from "./current.js" */

/**
 * All columns: which are shown, and in which order.
 * @param {HTMLElement} panel
 * @param {CurrentView} current
 * @param {Record<string, string>} texts
 */
export function columnsPanel(panel, current, texts) {
  const { store } = current;
  const list = element("ul", "ls-tools-list");
  const all = element("button", "ls-plain", texts.showAll);
  all.type = "button";
  all.addEventListener("click", () => {
    current.change({ hidden: plainView().hidden });
    draw();
  });
  reorderable(list, (from, to) => {
    const names = ordered(store.columns, store.view).map(({ name }) => name);
    const before = names.filter((_, at) => at !== from)[to] ?? null;
    current.set(withMoved(current.view, store.columns, names[from], before));
    draw();
  });
  panel.replaceChildren(list, all);
  draw();

  function draw() {
    list.replaceChildren(...ordered(store.columns, store.view).map(item));
    all.disabled = !current.view.hidden.length;
  }

  /** @param {Column} column */
  function item({ name, title }) {
    const made = element("li", "ls-tools-item");
    const label = element("label", "ls-value-label");
    const box = element("input", "ls-value-box");
    box.type = "checkbox";
    box.checked = visible(store.columns, store.view).some((one) => one.name === name);
    box.dataset.column = name;
    box.addEventListener("change", () => {
      current.set(withShown(current.view, store.columns, name, box.checked));
      draw();
      const again = list.querySelector(`input[data-column="${CSS.escape(name)}"]`);
      /** @type {HTMLElement | null} */ (again)?.focus();
    });
    label.append(box, element("span", "ls-value-text", title));
    made.append(label, iconButton("grip", fill(texts.moveByKeys, { column: title })));
    return made;
  }
}

/**
 * The columns that the rows are sorted by.
 * @param {HTMLElement} panel
 * @param {CurrentView} current
 * @param {Record<string, string>} texts
 */
export function sortPanel(panel, current, texts) {
  new SortPanel(panel, current, texts).draw();
}

class SortPanel {
  /**
   * @param {HTMLElement} panel
   * @param {CurrentView} current
   * @param {Record<string, string>} texts
   */
  constructor(panel, current, texts) {
    this.panel = panel;
    this.current = current;
    this.store = current.store;
    this.texts = texts;
    this.list = element("ol", "ls-tools-list");
    this.none = element("p", "ls-tools-none", texts.notSorted);
    this.add = element("button", "ls-plain", texts.addSort);
    this.add.type = "button";
    this.add.addEventListener("click", () => this.#add());
    reorderable(this.list, (from, to) => {
      const { sorts } = this;
      this.#set(sorts.toSpliced(from, 1).toSpliced(to, 0, sorts[from]));
    });
    panel.replaceChildren(this.none, this.list, this.add);
  }

  get sorts() {
    return this.store.order.sorts;
  }

  get unused() {
    const { sorts } = this;
    return this.store.columns.filter(({ name }) => sorts.every(({ column }) => column !== name));
  }

  draw() {
    const { sorts, list, none, add, panel } = this;
    list.replaceChildren(...sorts.map((sort, at) => this.#item(sort, at)));
    none.hidden = sorts.length > 0;
    add.disabled = !this.unused.length;
    if (add.disabled && document.activeElement === document.body) panel.focus();
  }

  /** @param {Sort[]} sorts */
  #set(sorts) {
    this.current.change({ sorts });
    this.draw();
  }

  #add() {
    const [next] = this.unused;
    if (next) this.#set([...this.sorts, { column: next.name, descending: false }]);
    const selects = this.list.querySelectorAll("select.ls-sort-column");
    /** @type {HTMLElement | undefined} */ ([...selects].at(-1))?.focus();
  }

  /** @param {number} at @param {Sort} sort */
  #change(at, sort) {
    const { className } = /** @type {Element} */ (document.activeElement);
    this.#set(this.sorts.toSpliced(at, 1, sort));
    const again = this.list.children[at]?.getElementsByClassName(className)[0];
    /** @type {HTMLElement | undefined} */ (again)?.focus();
  }

  /** @param {number} at */
  #remove(at) {
    const { list, add } = this;
    this.#set(this.sorts.toSpliced(at, 1));
    const rest = list.children[Math.min(at, list.children.length - 1)];
    const next = rest?.querySelector(".ls-remove") ?? add;
    /** @type {HTMLElement} */ (next).focus();
  }

  /** @param {Sort} sort @param {number} at */
  #item(sort, at) {
    const { texts, store } = this;
    const made = element("li", "ls-tools-item");
    const title = store.column(sort.column)?.title ?? "";
    const grip = iconButton("grip", fill(texts.moveByKeys, { column: title }));
    const remove = iconButton("remove", fill(texts.removeSort, { column: title }));
    remove.addEventListener("click", () => this.#remove(at));
    const way = direction(texts, title, sort.descending, (descending) =>
      this.#change(at, { ...sort, descending }),
    );
    made.append(grip, this.#column(sort, at), way, remove);
    return made;
  }

  /** @param {Sort} sort @param {number} at */
  #column(sort, at) {
    const { store, texts, unused } = this;
    const columns = store.columns.filter(
      ({ name }) => name === sort.column || unused.some((one) => one.name === name),
    );
    return select(
      "ls-field ls-sort-column",
      texts.sortBy,
      columns.map((one) => [one.name, one.title]),
      sort.column,
      (column) => this.#change(at, { ...sort, column }),
    );
  }
}

/**
 * The height of the rows.
 * @param {HTMLElement} panel
 * @param {CurrentView} current
 * @param {Record<string, string>} texts
 */
export function heightPanel(panel, current, texts) {
  const choices = HEIGHTS.map((height) => {
    const label = element("label", "ls-value-label");
    const radio = element("input", "ls-value-box");
    radio.type = "radio";
    radio.name = "ls-height";
    radio.value = height;
    radio.checked = current.view.height === height;
    radio.autofocus = radio.checked;
    radio.addEventListener("change", () => current.change({ height }));
    label.append(radio, element("span", "ls-value-text", texts[`height_${height}`]));
    return label;
  });
  panel.replaceChildren(...choices);
}

/**
 * The choice of ascending or descending.
 * @param {Record<string, string>} texts
 * @param {string} title  of the column
 * @param {boolean} descending
 * @param {(descending: boolean) => void} change
 */
export function direction(texts, title, descending, change) {
  return select(
    "ls-field ls-sort-direction",
    fill(texts.sortHint, { column: title }),
    [
      ["up", texts.ascending],
      ["down", texts.descending],
    ],
    descending ? "down" : "up",
    (value) => change(value === "down"),
  );
}

/**
 * @param {HTMLElement} list  the parent of the items, each of which has a handle
 * @param {(from: number, to: number) => void} onMove  must draw the list again if the order has
 *   changed
 */
export function reorderable(list, onMove) {
  const items = () => /** @type {HTMLElement[]} */ ([...list.children]);
  const itemOf = (/** @type {Event} */ event) => {
    const held = /** @type {Element} */ (event.target).closest(".ls-grip");
    return items().find((item) => held && item.contains(held));
  };
  const move = (/** @type {number} */ from, /** @type {number} */ to) => {
    onMove(from, to);
    /** @type {HTMLElement | null | undefined} */ (items()[to]?.querySelector(".ls-grip"))?.focus();
  };

  list.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const item = itemOf(event);
    if (!step || !item) return;
    event.preventDefault();
    const from = items().indexOf(item);
    if (from + step >= 0 && from + step < list.children.length) move(from, from + step);
  });

  list.addEventListener("pointerdown", (event) => {
    const item = itemOf(event);
    if (!item || event.button !== 0) return;
    const from = items().indexOf(item);
    const held = new AbortController();
    const { signal } = held;
    event.preventDefault();
    item.classList.add("ls-held");
    const end = () => {
      held.abort();
      item.classList.remove("ls-held");
      const to = items().indexOf(item);
      if (to !== from) move(from, to);
    };
    document.addEventListener("pointermove", ({ clientY }) => follow(item, clientY), { signal });
    document.addEventListener("pointerup", end, { signal });
    document.addEventListener("pointercancel", end, { signal });
  });

  /**
   * @param {HTMLElement} item
   * @param {number} y
   */
  function follow(item, y) {
    const others = items().filter((other) => other !== item);
    const next = others.find((other) => {
      const { top, height } = other.getBoundingClientRect();
      return y < top + height / 2;
    });
    if (next !== item.nextElementSibling) list.insertBefore(item, next ?? null);
  }
}
