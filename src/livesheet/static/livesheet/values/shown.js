/**
 * Values as texts: what a cell shows, what its editor starts with, what is copied, and by what it
 * is sorted. If one of these texts is typed, it is read as the same value.
 */

import { typedText } from "../protocol.js";
import { WORDS } from "./cells.js";
import { formatDuration, lengthOf } from "./durations.js";
import { writeJson } from "./jsons.js";
import { isBoolean, isEmpty, isNumber, itemOf } from "./kinds.js";
import { writeList } from "./lists.js";
import { formatMoment, PLAIN_DATES, showDate, trimTime } from "./moments.js";
import { showNumber, writeNumber } from "./numbers.js";

/** @import {CellContext} from "./cells.js" */
/** @import {Column, Value} from "../protocol.js" */

/** A four-digit integer is more often a year than a sum. */
const GROUPED_FROM = { integer: 5, decimal: 4, float: 4 };

/**
 * @param {Column} column
 * @param {Value} value
 * @param {CellContext} context
 * @returns {string} the text of the cell
 */
export function format(column, value, context) {
  if (value === null || value === undefined) return "";
  const write = WRITERS[column.type];
  return typedText(value) ?? (write ? write(value, column, context) : asText(value));
}

/**
 * @param {Column} column
 * @param {Value} value
 * @param {CellContext} context
 * @returns {string} the text in an editor: numbers without separators of thousands, JSON on several
 *   lines
 */
export function editText(column, value, context) {
  if (column.type === "json" && value !== null && value !== undefined) {
    return typedText(value) ?? writeJson(value, true);
  }
  return copyText(column, value, context);
}

/**
 * @param {Column} column
 * @param {Value} value
 * @param {CellContext} context
 * @returns {string} the text for other programs
 */
export function copyText(column, value, context) {
  const isPlain = isNumber(column) && (typeof value === "number" || typeof value === "string");
  return isPlain ? writeNumber(String(value), context) : format(column, value, context);
}

/**
 * @param {Column} column
 * @param {Value} value
 * @param {CellContext} context
 * @returns {string[]} for a list, the names of its items
 */
export function partsOf(column, value, context) {
  if (typedText(value) !== null) return [format(column, value, context)];
  if (!Array.isArray(value)) return [];
  const labels = context.labels(column.name);
  return value.map((key) => labels.get(String(key)) ?? String(key));
}

/** @type {Record<string, (value: Value, column: Column, context: CellContext) => string>} */
const WRITERS = {
  integer: writeGrouped,
  decimal: writeGrouped,
  float: writeGrouped,
  boolean: (value) => (value === true ? "true" : value === false ? "false" : String(value)),
  choice: (value, column) =>
    column.choices?.find(([key]) => String(key) === String(value))?.[1] ?? String(value),
  related: (value, column, { labels }) => labels(column.name).get(String(value)) ?? String(value),
  related_many: (value, column, context) => writeList(partsOf(column, value, context)),
  array: (value, column, context) =>
    Array.isArray(value) ? writeList(value.map((one) => itemText(one, column, context))) : value,
  date: (value, _column, { dates }) => showDate(String(value), dates ?? PLAIN_DATES),
  time: (value) => trimTime(String(value)),
  datetime: (value, _column, { zone, dates }) =>
    showDate(formatMoment(String(value), zone), dates ?? PLAIN_DATES),
  duration: (value, _column, { words }) => formatDuration(String(value), words ?? WORDS),
  json: (value) => writeJson(value),
  file: (value) => value?.name ?? asText(value),
  binary: (value) => (typeof value?.size === "number" ? sizeText(value.size) : asText(value)),
};

/**
 * @param {Value} value
 * @param {Column} column
 * @param {CellContext} context
 */
function writeGrouped(value, column, context) {
  const isKey = column.key || column.options?.grouping === false;
  const least = isKey ? Infinity : GROUPED_FROM[/** @type {"float"} */ (column.type)];
  return showNumber(String(value), context, least);
}

/**
 * @param {Value} item
 * @param {Column} column  the column of the list
 * @param {CellContext} context
 */
const itemText = (item, column, context) =>
  item === null ? null : copyText(itemOf(column), item, context);

/** @param {number} size */
function sizeText(size) {
  if (size < 1000) return `${size} bytes`;
  const units = ["kB", "MB", "GB"];
  const power = Math.min(Math.floor(Math.log10(size) / 3), units.length);
  return `${(size / 1000 ** power).toFixed(1)} ${units[power - 1]}`;
}

/** @param {Value} value */
const asText = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

/**
 * Returns the key by which a column is sorted; null comes last.
 * @param {Column} column
 * @param {Value} value
 * @param {CellContext} context
 * @returns {string | number | null}
 */
export function sortKey(column, value, context) {
  if (isEmpty(value)) return null;
  if (isNumber(column) || isBoolean(column)) return numberOrNull(value);
  if (column.type === "duration") return lengthOf(String(value));
  if (["date", "time", "datetime"].includes(column.type)) return String(value);
  return format(column, value, context);
}

/** A computed value that could not be read is a text, and comes last. @param {Value} value */
const numberOrNull = (value) => (Number.isNaN(Number(value)) ? null : Number(value));
