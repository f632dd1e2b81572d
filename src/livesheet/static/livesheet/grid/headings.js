/**
 * The headings of groups: lines among the rows that are not rows. This module makes and paints
 * their texts. They are read-only, and actions on many cells skip them.
 */

import { isAbsent, isHeading, PK } from "../protocol.js";
import { count, fill } from "../texts.js";
import { isBoolean, isNumber, usualWhat } from "../values/kinds.js";

/** @import {Column, GridRow, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {HeadingLook} from "../surfaces.js" */
/** @import {What} from "../values/kinds.js" */

/** @typedef {Record<string, string>} Texts */

/** The type as which moments are grouped. @type {Column["type"]} */
const DAY = "date";

/** @param {GridRow} record  neither a heading, nor a placeholder of a row that is not loaded */
export const isRow = (record) => !isHeading(record[PK]) && !isAbsent(record[PK]);

/**
 * @param {GridRow[]} records
 * @returns {number[] | null} the number of each row from 1, without headings; null if there are
 *   none
 */
export function numbersOf(records) {
  let rows = 0;
  if (!isHeading(records[0]?.[PK])) return null;
  return records.map((record) => (isRow(record) ? ++rows : rows));
}

/**
 * @param {Store} store
 * @param {Column} column
 * @returns {What | "none"} the total of the column
 */
export const whatOf = ({ view }, column) => view.totals[column.name] ?? usualWhat(column);

/**
 * @param {Column} column
 * @param {What} what
 * @param {Texts} texts
 */
export function whatText(column, what, texts) {
  const words = {
    sum: texts.sumSum,
    average: texts.sumAverage,
    least: texts.sumLeast,
    most: texts.sumMost,
    filled: isBoolean(column) ? texts.sumTicked : texts.sumFilled,
    distinct: texts.sumDistinct,
  };
  return words[what];
}

/**
 * @param {Store} store
 * @param {Column} column
 * @param {What} what
 * @param {Value} value
 */
export function totalText(store, column, what, value) {
  if (value === null) return "";
  if (what === "filled" || what === "distinct") return fill("{value}", { value });
  const written = isNumber(column) ? { ...column, type: "decimal", options: undefined } : column;
  return store.text(written, value);
}

/**
 * @param {Store} store
 * @param {Texts} texts
 * @param {number} at  the level of the group
 * @param {Value} value
 * @returns {string} the name of the group
 */
export function groupText(store, texts, at, value) {
  const column = store.column(store.groups.by[at]?.column ?? "");
  if (value === null || !column) return texts.emptyValue;
  if (column.type === "datetime") return store.text({ ...column, type: DAY }, value);
  return store.inWords(column, value) || texts.emptyValue;
}

/**
 * @param {Store} store
 * @param {Texts} texts
 * @param {string} key  the key of a heading
 * @returns {string} the groups of a row, from the outermost one
 */
export function pathText(store, texts, key) {
  const { values } = store.groups.heading(key);
  return values.map((value, at) => groupText(store, texts, at, value)).join(" › ");
}

/**
 * @param {Store} store
 * @param {Texts} texts
 * @param {string} key
 * @returns {HeadingLook}
 */
export function headingLook(store, texts, key) {
  const { values, level, isOpen, count: n } = store.groups.heading(key);
  const column = store.column(store.groups.by[level - 1]?.column ?? "");
  const label = groupText(store, texts, level - 1, values[level - 1]);
  const title = `${column?.title ?? ""}: ${label}`;
  if (n === null) return { level, isOpen, label, count: "…", title };
  const rows = count(texts, "rows", n);
  return { level, isOpen, label, count: fill("{n}", { n }), title: `${title} (${rows})` };
}

/**
 * @param {Store} store
 * @param {Texts} texts
 * @param {string} key
 * @param {Column} column
 * @returns {{name: string, text: string, isUsual?: boolean}}
 */
export function headingTotal(store, texts, key, column) {
  const what = whatOf(store, column);
  const isGroup = store.groups.isBy([column.name]) && !(column.name in store.view.totals);
  if (what === "none" || isGroup) return { name: "", text: "" };
  const text = totalText(store, column, what, store.groups.total(key, column.name, what));
  return { name: text && whatText(column, what, texts), text, isUsual: what === "sum" };
}

/**
 * @param {HTMLTableCellElement} td
 * @param {HeadingLook | null} heading  given in the column that shows the group's name
 * @param {{name: string, text: string, isUsual?: boolean}} total  isUsual: sums of numbers need no
 *   name
 * @param {{room: number, fold: string}} how  room: pixels up to the next cell with a total
 */
export function paintHeading(td, heading, { name, text, isUsual }, { room, fold }) {
  const named = part(isUsual ? "ls-total-name ls-usual" : "ls-total-name", name);
  const total = text ? [named, part("ls-total", text)] : [];
  if (!heading) {
    const sum = part("ls-total-line", "");
    sum.append(...total);
    td.replaceChildren(...(text ? [sum] : []));
    return;
  }
  const line = lineIn(td);
  const [button] = line.children;
  line.style.width = `${room}px`;
  line.dataset.lsLevel = String(heading.level);
  button.setAttribute("aria-label", fold);
  button.toggleAttribute("data-ls-open", heading.isOpen);
  while (line.lastChild !== button) line.lastChild?.remove();
  line.append(part("ls-group-label", heading.label), part("ls-group-count", heading.count));
  line.append(...total);
}

/**
 * The button is not replaced: if another one were drawn between press and release, there would be
 * no click.
 * @param {HTMLTableCellElement} td
 */
function lineIn(td) {
  const drawn = td.firstElementChild;
  if (drawn instanceof HTMLElement && drawn.matches(".ls-group-line")) return drawn;
  const line = part("ls-group-line", "");
  const button = document.createElement("button");
  button.className = "ls-fold";
  button.type = "button";
  button.tabIndex = -1;
  line.append(button);
  td.replaceChildren(line);
  return line;
}

/**
 * @param {string} className
 * @param {string} text
 */
function part(className, text) {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = text;
  return made;
}

/**
 * Shows a button that adds a row to the group, instead of a row number.
 * @param {HTMLElement} th
 * @param {string} add  the label of the button, or "" for none
 */
export function paintHeadingHead(th, add) {
  const place = th.firstElementChild;
  if (!(place instanceof HTMLElement)) return;
  for (const one of place.querySelectorAll(".ls-tick, .ls-open-row")) one.remove();
  const number = place.querySelector(".rowHeader");
  if (number?.textContent) number.textContent = "";
  let button = place.querySelector(".ls-add-in");
  if (!add) button?.remove();
  if (!add) return;
  if (!button) {
    button = document.createElement("button");
    button.className = "ls-add-in";
    button.setAttribute("type", "button");
    button.setAttribute("tabindex", "-1");
    place.append(button);
  }
  button.setAttribute("aria-label", add);
  button.setAttribute("title", add);
}
