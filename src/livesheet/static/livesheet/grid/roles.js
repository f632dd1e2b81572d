/**
 * ARIA roles and attributes of the grid. Later versions of Handsontable set them themselves; 6.2.2
 * does not, so this module marks its table: the master table contains everything, and the copies
 * above it, which show the headers, are hidden.
 */

import { isHeading } from "../protocol.js";

/** @import {Pk} from "../protocol.js" */
/** @import {Groups} from "../store/groups.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

export class Voice {
  /**
   * @param {GridSurface} grid
   * @param {Pick<GridHost, "root" | "store">} host
   */
  constructor(grid, { root, store }) {
    this.grid = grid;
    this.root = root;
    this.store = store;
    this.title = "";
  }

  /** Later versions write some attributes again whenever they draw. */
  hooks() {
    return { afterRender: () => this.#show() };
  }

  /** @param {string} title  the title of the grid */
  name(title) {
    this.title = title;
    this.#show();
  }

  /** @param {string} words  the label of the input fields */
  nameFields(words) {
    const fields = this.root.querySelectorAll(
      ".handsontable :is(textarea, input:not([type=date]))",
    );
    for (const field of [...fields, document.getElementById("HandsontableCopyPaste")])
      field?.setAttribute("aria-label", words);
  }

  /**
   * Updates a cell that has been selected or deselected.
   * @param {Pk | null} pk
   * @param {string | null} column
   */
  mark(pk, column) {
    const { hot, places, columns } = this.grid;
    const { from } = this.store.order;
    if (pk === null || column === null) return;
    const td = this.grid.cell(pk, column);
    const col = columns.findIndex(({ name }) => name === column);
    if (td) cellRole({ hot, from }, td, /** @type {number} */ (places.get(pk)), col);
  }

  /**
   * Whether the grid does not announce this cell, because something else has the focus, or because
   * this version has no ARIA attributes.
   * @param {string | null} column
   */
  isSilent(column) {
    const { hot, columns } = this.grid;
    const at = columns.findIndex(({ name }) => name === column);
    return isMute(hot) || (at >= 0 && Boolean(hot.getSettings().columns[at].editor));
  }

  /** `hot` is undefined until the grid's constructor has returned. */
  #show() {
    const { order } = this.store;
    const most = Math.max(order.counted(0).all, order.from + this.grid.records.length);
    if (this.grid.hot && this.title) gridRole(this.grid, this.title, most, this.store.groups.isOn);
  }
}

/** @param {any} hot */
const isMute = (hot) => hot.getSettings().ariaTags === undefined;

/**
 * @param {Element} element
 * @param {Record<string, string | number | boolean>} attributes
 */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (element.getAttribute(name) !== String(value)) element.setAttribute(name, String(value));
  }
}

/**
 * What cells and rows say already. All cells in sight are drawn again at each step of a scroll, and
 * nearly all of them say the same again: comparing that is a tenth of the work of reading their
 * attributes.
 * @type {WeakMap<Element, string>}
 */
const said = new WeakMap();
/** The same of the levels of rows. @type {WeakMap<Element, string>} */
const saidLevels = new WeakMap();

/**
 * @param {WeakMap<Element, string>} known
 * @param {Element} element
 * @param {string} words
 * @returns {boolean} whether the element says something else now
 */
function isNews(known, element, words) {
  if ((known.get(element) ?? "") === words) return false;
  known.set(element, words);
  return true;
}

/**
 * @param {{hot: any, from: number}} grid  from: the place of the first row in the whole order
 * @param {HTMLElement} td
 * @param {number} row
 * @param {number} col
 */
export function cellRole({ hot, from }, td, row, col) {
  if (!isMute(hot)) return;
  const isSelected = isIn(hot, row, col);
  if (isNews(said, td, `${col} ${isSelected}`)) {
    // An element that scrolls must contain something that can be focused.
    set(td, {
      role: "gridcell",
      tabindex: -1,
      "aria-colindex": col + 2,
      "aria-selected": isSelected,
    });
  }
  const place = from + row + 2;
  if (td.parentElement && isNews(said, td.parentElement, String(place)))
    set(td.parentElement, { role: "row", "aria-rowindex": place });
}

/**
 * Rows are reused when drawing, so the attributes of a former heading are removed.
 * @param {HTMLElement | null} tr
 * @param {Groups} groups
 * @param {string} [key]  the key of the row or heading
 */
export function levelRole(tr, groups, key = "") {
  if (!tr) return;
  if (!groups.isOn) {
    if (!isNews(saidLevels, tr, "")) return;
    tr.removeAttribute("aria-level");
    tr.removeAttribute("aria-expanded");
    return;
  }
  const heading = isHeading(key) ? groups.heading(key) : null;
  const level = heading?.level ?? groups.by.length + 1;
  if (!isNews(saidLevels, tr, `${level} ${heading?.isOpen}`)) return;
  set(tr, { "aria-level": level });
  if (heading) set(tr, { "aria-expanded": heading.isOpen });
  else tr.removeAttribute("aria-expanded");
}

/**
 * @param {any} hot
 * @param {number} row
 * @param {number} col
 */
function isIn(hot, row, col) {
  const last = hot.getSelectedLast();
  if (!last) return false;
  const [from, left, to, right] = last;
  const isBetween = (/** @type {number} */ at, /** @type {number} */ a, /** @type {number} */ b) =>
    at >= Math.min(a, b) && at <= Math.max(a, b);
  return isBetween(row, from, to) && isBetween(col, left, right);
}

/**
 * @param {any} hot
 * @param {HTMLElement} th
 * @param {number} col  -1 for the corner
 */
export function columnRole(hot, th, col) {
  if (!isMute(hot)) return;
  set(th, { role: "columnheader", "aria-colindex": col + 2 });
  if (th.parentElement) set(th.parentElement, { role: "row", "aria-rowindex": 1 });
}

/**
 * @param {any} hot
 * @param {HTMLElement} th
 */
export function rowRole(hot, th) {
  if (isMute(hot)) set(th, { role: "rowheader", "aria-colindex": 1 });
}

/**
 * In all versions, the table itself becomes the grid, because the elements around it include some
 * that a grid must not contain, such as the input field. The copies above the table repeat its
 * content.
 * @param {GridSurface} grid
 * @param {string} name
 * @param {number} all  the number of rows in the whole order, and of the headings that are here
 * @param {boolean} isTree  whether there are headings
 */
function gridRole({ hot, element, columns }, name, all, isTree) {
  const isMuteGrid = isMute(hot);
  // 6.2.2 does not support right-to-left text, either.
  element.classList.toggle("ls-ltr", isMuteGrid);
  for (const wrapper of element.querySelectorAll("div:is([role=treegrid], [aria-rowcount])")) {
    for (const attribute of ["role", "aria-rowcount", "aria-colcount", "aria-multiselectable"])
      wrapper.removeAttribute(attribute);
  }
  const master = element.querySelector(".ht_master");
  const table = master?.querySelector("table");
  if (!master || !table) return;
  // Otherwise, Tab would stop at the scrolling elements.
  for (const part of element.querySelectorAll(".wtHolder")) set(part, { tabindex: -1 });
  for (const part of table.querySelectorAll("thead, tbody")) set(part, { role: "rowgroup" });
  set(table, {
    role: isTree ? "treegrid" : "grid",
    "aria-label": name,
    "aria-multiselectable": true,
    "aria-rowcount": all + 1,
    "aria-colcount": columns.length + 1,
  });
  // The headers of later versions can be focused, and frozen columns contain the focus.
  const { fixedColumnsLeft, fixedColumnsStart } = hot.getSettings();
  const isCopied = !(fixedColumnsStart || fixedColumnsLeft);
  for (const copy of element.querySelectorAll("[class*='ht_clone_']")) {
    if (isCopied || copy.className.includes("top")) set(copy, { "aria-hidden": true });
    else copy.removeAttribute("aria-hidden");
  }
}

/**
 * Marks the grid's own menu after it has been opened.
 * @param {HTMLElement} menu
 */
export function menuRole(menu) {
  set(menu, { role: "menu" });
  for (const part of menu.querySelectorAll("table, tbody, tr, div"))
    set(part, { role: "presentation" });
  for (const part of menu.querySelectorAll("thead, .wtHolder")) part.removeAttribute("tabindex");
  for (const copy of menu.querySelectorAll("[class*='ht_clone_']"))
    set(copy, { "aria-hidden": true });
  for (const item of menu.querySelectorAll(".ht_master td")) {
    const isRule = item.classList.contains("htSeparator");
    const isOff = item.classList.contains("htDisabled");
    set(item, isRule ? { role: "separator" } : { role: "menuitem", "aria-disabled": isOff });
    if (isRule) item.removeAttribute("aria-label");
  }
}
