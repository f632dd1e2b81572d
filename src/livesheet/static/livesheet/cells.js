/**
 * Each column type as text and back: what stands in a cell, what the editor starts with, what a
 * typed or pasted text means on the wire. Never refuses: what cannot be understood is sent as it
 * is, so that the one validator, the server's serializer, says what is wrong with it.
 */

import { formatMoment, parseDate, parseMoment, parseTime, trimTime } from "./moments.js";

/** @import {Column, Value} from "./protocol.js" */

/**
 * @typedef {object} CellContext
 * @property {string} zone  IANA name; "" means times are shown as they come
 * @property {boolean} decimalComma  whether a lone comma is a decimal point here
 * @property {(column: string) => Map<string, string>} labels
 */

const NUMBERS = new Set(["integer", "decimal", "float"]);
const TEXTS = new Set(["text", "longtext", "email", "url"]);
const TRUE = /^(true|yes|y|on|1|x|✓|wahr|ja|oui|vrai|s[ií])$/i;
const FALSE = /^(false|no|n|off|0|✗|falsch|nein|non|faux)$/i;

/** @param {Column} column */
export const isNumber = (column) => NUMBERS.has(column.type);
/** @param {Column} column */
export const isBoolean = (column) => column.type === "boolean";
/** @param {Column} column */
export const isListed = (column) => column.type === "choice" || column.type === "related";
/** @param {Column} column */
export const hasDate = (column) => column.type === "date" || column.type === "datetime";
/** @param {Column} column */
export const isReadonly = (column) =>
  column.readonly || ["file", "binary", "related_many"].includes(column.type);

/**
 * What the Delete key leaves in a cell.
 * @param {Column} column
 * @returns {Value}
 */
export function emptyValue(column) {
  if (column.null) return null;
  if (TEXTS.has(column.type) || column.type === "choice") return "";
  return column.type === "boolean" ? false : null;
}

/**
 * The options of a listed column, in the order they are offered.
 * @param {Column} column
 * @param {CellContext} context
 * @returns {{value: Value, text: string}[]}
 */
export function options(column, context) {
  if (column.choices) return column.choices.map(([value, text]) => ({ value, text }));
  const labels = [...context.labels(column.name)];
  return labels
    .map(([value, text]) => ({ value, text }))
    .sort((a, b) => a.text.localeCompare(b.text, undefined, { numeric: true }));
}

/**
 * @param {Column} column
 * @param {Value} value
 * @param {CellContext} context
 * @returns {string}
 */
export function format(column, value, context) {
  if (value === null || value === undefined) return "";
  const write = WRITERS[column.type];
  return write ? write(value, column, context) : asText(value);
}

/** @type {Record<string, (value: Value, column: Column, context: CellContext) => string>} */
const WRITERS = {
  boolean: (value) => (value === true ? "true" : value === false ? "false" : String(value)),
  choice: (value, column) =>
    column.choices?.find(([key]) => String(key) === String(value))?.[1] ?? String(value),
  related: (value, column, { labels }) => labels(column.name).get(String(value)) ?? String(value),
  related_many: (value, column, { labels }) =>
    [value]
      .flat()
      .map((key) => labels(column.name).get(String(key)) ?? String(key))
      .join(", "),
  time: (value) => trimTime(String(value)),
  datetime: (value, _column, { zone }) => formatMoment(String(value), zone),
  file: (value) => value?.name ?? asText(value),
  binary: (value) => (typeof value?.size === "number" ? `${value.size} bytes` : asText(value)),
};

/** @param {Value} value */
const asText = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

/**
 * @param {Column} column
 * @param {Value} typed  a text; anything else is a wire value already
 * @param {CellContext} context
 * @returns {Value}
 */
export function parse(column, typed, context) {
  if (typed === undefined) return emptyValue(column);
  if (typeof typed !== "string") return typed === null ? emptyValue(column) : typed;
  const text = TEXTS.has(column.type) ? typed : typed.trim();
  if (text === "") return emptyValue(column);
  const read = READERS[column.type];
  return read ? read(text, column, context) : text;
}

/** @type {Record<string, (text: string, column: Column, context: CellContext) => Value>} */
const READERS = {
  integer: (text, _column, context) => parseInteger(plainNumber(text, context.decimalComma)),
  decimal: (text, _column, context) => plainNumber(text, context.decimalComma),
  float: (text, _column, context) => parseFloating(plainNumber(text, context.decimalComma)),
  boolean: (text) => (TRUE.test(text) ? true : FALSE.test(text) ? false : text),
  choice: (text, column, context) => byText(text, options(column, context)),
  related: (text, column, context) => byText(text, options(column, context)),
  date: parseDate,
  time: parseTime,
  datetime: (text, _column, { zone }) => parseMoment(text, zone),
  json: parseJson,
};

/** @param {string} text */
function parseInteger(text) {
  const number = Number(text);
  return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(number) ? number : text;
}

/** @param {string} text */
function parseFloating(text) {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/** @param {string} text */
function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * `1 234,50`, `1,234.50`, `1'234.50` → `1234.50`. A dot is always the decimal point, since that is
 * how numbers are shown; a lone comma is one where the language says so. A text of which this
 * cannot be sure stays as it is.
 * @param {string} text
 * @param {boolean} decimalComma
 * @returns {string}
 */
export function plainNumber(text, decimalComma) {
  const bare = text.replace(/[\s'’_\u00a0\u202f]/g, "").replace("−", "-");
  if (/^[+-]?\d{1,3}(,\d{3})+\.\d*$/.test(bare)) return bare.replaceAll(",", "");
  if (/^[+-]?\d{1,3}(\.\d{3})+,\d+$/.test(bare)) return bare.replaceAll(".", "").replace(",", ".");
  if (decimalComma && /^[+-]?\d*,\d+$/.test(bare)) return bare.replace(",", ".");
  if (!decimalComma && /^[+-]?\d{1,3}(,\d{3})+$/.test(bare)) return bare.replaceAll(",", "");
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(bare) ? bare : text;
}

/**
 * A label names its key; so does the key itself.
 * @param {string} text
 * @param {{value: Value, text: string}[]} listed
 */
function byText(text, listed) {
  const wanted = text.toLocaleLowerCase();
  const found =
    listed.find((option) => option.text === text) ??
    listed.find((option) => option.text.toLocaleLowerCase() === wanted) ??
    listed.find((option) => String(option.value) === text);
  return found ? found.value : text;
}

/**
 * What a column is sorted by; null stands last.
 * @param {Column} column
 * @param {Value} value
 * @param {CellContext} context
 * @returns {string | number | null}
 */
export function sortKey(column, value, context) {
  if (value === null || value === undefined || value === "") return null;
  if (isNumber(column)) return Number(value);
  if (isBoolean(column)) return Number(value);
  if (["date", "time", "datetime"].includes(column.type)) return String(value);
  return format(column, value, context);
}
