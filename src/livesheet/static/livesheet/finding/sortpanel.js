/**
 * The panel of the columns that the rows are sorted by.
 */

import { element, select } from "../elements.js";
import { iconButton } from "../icons.js";
import { reorderable } from "../stage/reorder.js";
import { fill } from "../texts.js";

/** @import {Sort} from "../store/sorting.js" */
/** @import {CurrentView} from "./current.js" */

/**
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
