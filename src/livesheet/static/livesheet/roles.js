/**
 * What the grid is to a screen reader. Later versions of Handsontable say it themselves; 6.2.2 says
 * nothing, so its table is told by us: the master table holds everything, and the copies that stand
 * over it, for the headers, are hidden.
 */

/** @import {GridSurface} from "./protocol.js" */

/** @param {any} hot */
export const isMute = (hot) => hot.getSettings().ariaTags === undefined;

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
 * @param {any} hot
 * @param {HTMLElement} td
 * @param {number} row
 * @param {number} col
 */
export function cellRole(hot, td, row, col) {
  if (!isMute(hot)) return;
  set(td, { role: "gridcell", "aria-colindex": col + 2, "aria-selected": isIn(hot, row, col) });
  if (td.parentElement) set(td.parentElement, { role: "row", "aria-rowindex": row + 2 });
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
 * @param {GridSurface} grid
 * @param {string} name
 */
export function gridRole({ hot, element, columns, records }, name) {
  if (!isMute(hot)) {
    set(element, { "aria-label": name });
    return;
  }
  set(element, {
    role: "grid",
    "aria-label": name,
    "aria-multiselectable": true,
    "aria-rowcount": records.length + 1,
    "aria-colcount": columns.length + 1,
  });
  // It cannot run from the right, either.
  element.classList.add("ls-ltr");
  const master = element.querySelector(".ht_master");
  for (const part of master?.querySelectorAll("table, .wtHolder, .wtHider, .wtSpreader") ?? [])
    set(part, { role: "presentation" });
  for (const part of master?.querySelectorAll("thead, tbody") ?? [])
    set(part, { role: "rowgroup" });
  for (const copy of element.querySelectorAll("[class*='ht_clone_']"))
    set(copy, { "aria-hidden": true });
}
