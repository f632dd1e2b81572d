/**
 * The panels that are a plain list of choices: the columns that are shown, those that the rows are
 * sorted by, and the height of the rows.
 */

import { element, iconButton, select } from "../elements.js";
import { reorderable } from "../stage/reorder.js";
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
  const { store } = current;
  const list = element("ol", "ls-tools-list");
  const none = element("p", "ls-tools-none", texts.notSorted);
  const add = element("button", "ls-plain", texts.addSort);
  add.type = "button";
  add.addEventListener("click", () => {
    const [next] = unused();
    if (next) set([...sorts(), { column: next.name, descending: false }]);
    const selects = list.querySelectorAll("select.ls-sort-column");
    /** @type {HTMLElement | undefined} */ ([...selects].at(-1))?.focus();
  });
  reorderable(list, (from, to) => {
    const moved = sorts();
    set(moved.toSpliced(from, 1).toSpliced(to, 0, moved[from]));
  });
  panel.replaceChildren(none, list, add);
  draw();

  function sorts() {
    return store.order.sorts;
  }

  function unused() {
    return store.columns.filter(({ name }) => sorts().every(({ column }) => column !== name));
  }

  /** @param {Sort[]} wanted */
  function set(wanted) {
    current.change({ sorts: wanted });
    draw();
  }

  function draw() {
    list.replaceChildren(...sorts().map(item));
    none.hidden = sorts().length > 0;
    add.disabled = !unused().length;
    if (add.disabled && document.activeElement === document.body) panel.focus();
  }

  /**
   * @param {Sort} sort
   * @param {number} at
   */
  function item(sort, at) {
    const made = element("li", "ls-tools-item");
    const title = store.column(sort.column)?.title ?? "";
    const change = (/** @type {Partial<Sort>} */ part) => {
      const { className } = /** @type {Element} */ (document.activeElement);
      set(sorts().toSpliced(at, 1, { ...sort, ...part }));
      const again = list.children[at]?.getElementsByClassName(className)[0];
      /** @type {HTMLElement | undefined} */ (again)?.focus();
    };
    const columns = store.columns.filter(
      ({ name }) => name === sort.column || unused().some((one) => one.name === name),
    );
    const column = select(
      "ls-field ls-sort-column",
      texts.sortBy,
      columns.map((one) => [one.name, one.title]),
      sort.column,
      (name) => change({ column: name }),
    );
    const direction = select(
      "ls-field ls-sort-direction",
      fill(texts.sortHint, { column: title }),
      [
        ["up", texts.ascending],
        ["down", texts.descending],
      ],
      sort.descending ? "down" : "up",
      (value) => change({ descending: value === "down" }),
    );
    const remove = iconButton("remove", fill(texts.removeSort, { column: title }));
    remove.addEventListener("click", () => {
      set(sorts().toSpliced(at, 1));
      const rest = list.children[Math.min(at, list.children.length - 1)];
      const next = rest?.querySelector(".ls-remove") ?? add;
      /** @type {HTMLElement} */ (next).focus();
    });
    made.append(
      iconButton("grip", fill(texts.moveByKeys, { column: title })),
      column,
      direction,
      remove,
    );
    return made;
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
