/**
 * What the grid tells screen readers. Later versions of Handsontable do this themselves; 6.2.2 does
 * not, so this module marks its table: the master table contains everything, and the copies above
 * it, which show the headers, are hidden.
 */

import { isHeading, PK } from "../protocol.js";

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

  /** Later versions write some of it anew whenever they draw. */
  hooks() {
    return { afterRender: () => this.#show() };
  }

  /** @param {string} title  of the grid */
  name(title) {
    this.title = title;
    this.#show();
  }

  /** @param {string} words  for the fields that are typed into */
  nameFields(words) {
    const fields = this.root.querySelectorAll(
      ".handsontable :is(textarea, input:not([type=date]))",
    );
    for (const field of [...fields, document.getElementById("HandsontableCopyPaste")])
      field?.setAttribute("aria-label", words);
  }

  /**
   * The cell is selected, or is not any more.
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
   * Not the cell has the focus that was gone to, or nothing is said of it.
   * @param {string | null} column
   */
  isSilent(column) {
    const { hot, columns } = this.grid;
    const at = columns.findIndex(({ name }) => name === column);
    return isMute(hot) || (at >= 0 && Boolean(hot.getSettings().columns[at].editor));
  }

  /** While the grid is made, nobody has it. */
  #show() {
    const { all } = this.store.order.counted(0);
    if (this.grid.hot && this.title) gridRole(this.grid, this.title, all);
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
 * @param {{hot: any, from: number}} grid  from: the place of its first row in the whole order
 * @param {HTMLElement} td
 * @param {number} row
 * @param {number} col
 */
export function cellRole({ hot, from }, td, row, col) {
  if (!isMute(hot)) return;
  const isSelected = isIn(hot, row, col);
  // What scrolls must hold something that can have the focus.
  set(td, {
    role: "gridcell",
    tabindex: -1,
    "aria-colindex": col + 2,
    "aria-selected": isSelected,
  });
  if (td.parentElement) set(td.parentElement, { role: "row", "aria-rowindex": from + row + 2 });
}

/**
 * Rows are drawn again as others: what a heading said of itself goes.
 * @param {HTMLElement | null} tr
 * @param {Groups} groups
 * @param {string} [key]  of the row or heading
 */
export function levelRole(tr, groups, key = "") {
  if (!tr) return;
  if (!groups.isOn) {
    if (tr.hasAttribute("aria-level")) tr.removeAttribute("aria-level");
    if (tr.hasAttribute("aria-expanded")) tr.removeAttribute("aria-expanded");
    return;
  }
  if (isHeading(key)) {
    const { level, isOpen } = groups.heading(key);
    set(tr, { "aria-level": level, "aria-expanded": isOpen });
  } else {
    set(tr, { "aria-level": groups.by.length + 1 });
    tr.removeAttribute("aria-expanded");
  }
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
 * The table itself is the grid, in all versions: around it stand things that no grid may hold, such
 * as the field that is typed into. What lies over it shows the same once more.
 * @param {GridSurface} grid
 * @param {string} name
 * @param {number} all  rows of the whole order
 */
function gridRole({ hot, element, columns, records }, name, all) {
  const isMuteGrid = isMute(hot);
  // Nor can 6.2.2 run from the right.
  element.classList.toggle("ls-ltr", isMuteGrid);
  for (const wrapper of element.querySelectorAll("div:is([role=treegrid], [aria-rowcount])")) {
    for (const attribute of ["role", "aria-rowcount", "aria-colcount", "aria-multiselectable"])
      wrapper.removeAttribute(attribute);
  }
  const master = element.querySelector(".ht_master");
  const table = master?.querySelector("table");
  if (!master || !table) return;
  // What scrolls would be a stop of the Tab key.
  for (const part of element.querySelectorAll(".wtHolder")) set(part, { tabindex: -1 });
  for (const part of table.querySelectorAll("thead, tbody")) set(part, { role: "rowgroup" });
  set(table, {
    role: records.some(({ [PK]: key }) => isHeading(key)) ? "treegrid" : "grid",
    "aria-label": name,
    "aria-multiselectable": true,
    "aria-rowcount": Math.max(all, records.length) + 1,
    "aria-colcount": columns.length + 1,
  });
  // The headers of later versions can be gone to, and columns that are kept in sight hold the focus.
  const { fixedColumnsLeft, fixedColumnsStart } = hot.getSettings();
  const isCopied = !(fixedColumnsStart || fixedColumnsLeft);
  for (const copy of element.querySelectorAll("[class*='ht_clone_']")) {
    if (isCopied || copy.className.includes("top")) set(copy, { "aria-hidden": true });
    else copy.removeAttribute("aria-hidden");
  }
}

/**
 * The grid's own menu, when it has opened.
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
