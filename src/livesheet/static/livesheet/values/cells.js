/**
 * Between the wire value of a cell and its text. As texts, values are shown, edited, copied and
 * sorted. A text that was typed or pasted becomes a wire value again. Reading never refuses: a text
 * that cannot be read is sent unchanged, so that the one validator, the server's serializer, says
 * what is wrong with it.
 */

import { asTyped, typedText } from "../protocol.js";
import { formatDuration, lengthOf, parseDuration } from "./durations.js";
import { emptyValue, isBoolean, isEmpty, isNumber, isText, itemOf } from "./kinds.js";
import {
  formatMoment,
  isoDate,
  PLAIN_DATES,
  parseDate,
  parseMoment,
  parseTime,
  showDate,
  trimTime,
} from "./moments.js";
import { exactNumber, plainNumber, showNumber, writeNumber } from "./numbers.js";

/** @import {Column, Value} from "../protocol.js" */
/** @import {DateSigns} from "./moments.js" */

/**
 * @typedef {object} CellContext
 * @property {string} zone  IANA name; "" means that times are shown as they are received
 * @property {boolean} decimalComma  whether a single comma is a decimal point here
 * @property {string} [group]  the separator of thousands
 * @property {DateSigns} [dates]
 * @property {{day: string, days: string}} [words]
 * @property {(column: string) => Map<string, string>} labels
 */

const TRUE = /^(true|yes|y|on|1|x|✓|wahr|ja|oui|vrai|s[ií])$/i;
const FALSE = /^(false|no|n|off|0|✗|falsch|nein|non|faux)$/i;
const WORDS = { day: "day", days: "days" };

/**
 * Returns the options of a listed column, in the order in which they are offered.
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
 * @param {Value} typed  a text; anything else is already a wire value
 * @param {CellContext} context
 * @returns {Value}
 */
export function parse(column, typed, context) {
  if (typed === undefined) return emptyValue(column);
  if (typeof typed !== "string") return typed === null ? emptyValue(column) : typed;
  const text = isText(column) ? typed : typed.trim();
  if (text === "") return emptyValue(column);
  const read = READERS[column.type];
  return read ? read(text, column, context) : text;
}

/** @type {Record<string, (text: string, column: Column, context: CellContext) => Value>} */
const READERS = {
  integer: (text, column, context) => parseInteger(plain(text, context), column),
  decimal: (text, { decimal_places: places }, context) =>
    places === undefined ? plain(text, context) : exactNumber(plain(text, context), places),
  float: (text, _column, context) => parseFloating(plain(text, context)),
  boolean: (text) => (TRUE.test(text) ? true : FALSE.test(text) ? false : text),
  choice: (text, column, context) => byText(text, options(column, context))?.value ?? text,
  related: (text, column, context) =>
    byText(text, options(column, context))?.value ?? asTyped(text),
  related_many: parseMany,
  array: (text, column, context) =>
    readList(text).map((item) => (item === null ? null : parse(itemOf(column), item, context))),
  date: (text, _column, { dates }) => parseDate(isoDate(text, dates ?? PLAIN_DATES)),
  time: parseTime,
  datetime: (text, _column, { zone, dates }) =>
    parseMoment(isoDate(text, dates ?? PLAIN_DATES), zone),
  duration: (text, _column, { words }) => parseDuration(text, words ?? WORDS),
  json: parseJson,
};

/**
 * @param {string} text
 * @param {CellContext} context
 */
const plain = (text, { decimalComma, group }) => plainNumber(text, { decimalComma, group });

/**
 * 64-bit integers are always strings on the wire.
 * @param {string} text
 * @param {Column} column
 */
function parseInteger(text, column) {
  const exact = exactNumber(text, 0);
  const number = Number(exact);
  const isNumeric = /^-?\d+$/.test(exact);
  if (column.big) return isNumeric ? exact : text;
  return isNumeric && Number.isSafeInteger(number) ? number : text;
}

/** @param {string} text */
function parseFloating(text) {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
}

/**
 * Leaves other texts to the server, which can explain the error, or keep all digits.
 * @param {string} text
 */
function parseJson(text) {
  const read = readJson(text);
  return read && typedText(read.value) === null ? read.value : asTyped(text);
}

/**
 * @param {string} text
 * @param {Column} column
 * @param {CellContext} context
 */
function parseMany(text, column, context) {
  const listed = options(column, context);
  const whole = byText(text, listed);
  const found = whole ? [whole] : readList(text).map((item) => byText(item ?? "null", listed));
  if (!found.every(Boolean)) return asTyped(text);
  const chosen = new Map(found.map((option) => [option?.value, option]));
  return inLabelOrder(/** @type {Option[]} */ ([...chosen.values()]));
}

/** @typedef {{value: Value, text: string}} Option */

/**
 * Sorts the keys like the server.
 * @param {Option[]} chosen
 * @returns {Value[]}
 */
export const inLabelOrder = (chosen) =>
  chosen
    .toSorted((a, b) => inOrder(a.text, b.text) || inOrder(a.value, b.value))
    .map(({ value }) => value);

/**
 * @param {Value} a
 * @param {Value} b
 */
const inOrder = (a, b) => Number(a > b) - Number(a < b);

/**
 * Finds an option by its label or by its key.
 * @param {string} text
 * @param {{value: Value, text: string}[]} listed
 */
function byText(text, listed) {
  const wanted = text.toLocaleLowerCase();
  return (
    listed.find((option) => option.text === text) ??
    listed.find((option) => option.text.toLocaleLowerCase() === wanted) ??
    listed.find((option) => String(option.value) === text)
  );
}

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

const SAFE = 2n ** 53n;

/**
 * A text with a number that a browser would round is not read here, but sent to the server
 * unchanged.
 * @param {string} text
 * @returns {{value: any} | null} null if it is not JSON, or would lose digits
 */
export function readJson(text) {
  try {
    const value = JSON.parse(text);
    return isExact(text) ? { value } : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} text  valid JSON
 * @returns {boolean} whether this browser can represent each of its numbers exactly
 */
function isExact(text) {
  const bare = text.replace(/"(\\.|[^"\\])*"/g, '""');
  return (bare.match(/-?\d+(\.\d+)?(e[+-]?\d+)?/gi) ?? []).every((number) => {
    if (/[.e]/i.test(number)) return Number.isFinite(Number(number));
    const size = BigInt(number);
    return size <= SAFE && size >= -SAFE;
  });
}

/**
 * A string that the server sends because of its numbers is returned unchanged. Other strings are
 * quoted.
 * @param {any} value
 * @param {boolean} pretty  on several lines
 * @returns {string}
 */
export function writeJson(value, pretty = false) {
  if (typeof value === "string" && isInexact(value)) return value;
  return JSON.stringify(value, null, pretty ? 2 : undefined);
}

/** @param {string} text */
function isInexact(text) {
  try {
    JSON.parse(text);
    return !isExact(text);
  } catch {
    return false;
  }
}

/**
 * `red, blue, "green, dark"`: commas separate the values; a value with a comma, a quote or a space
 * at its end is put in quotes.
 * @param {(string | null)[]} items  null has no text
 * @returns {string}
 */
export const writeList = (items) => items.map(writeItem).join(", ");

/** @param {string | null} item */
function writeItem(item) {
  if (item === null) return "null";
  const isPlain = item !== "" && item !== "null" && item.trim() === item && !/[",\n]/.test(item);
  return isPlain ? item : `"${item.replaceAll('"', '""')}"`;
}

/**
 * @param {string} text
 * @returns {(string | null)[]}
 */
export function readList(text) {
  /** @type {(string | null)[]} */
  const items = [];
  let rest = text.trim();
  while (rest) {
    const quoted = /^"((?:[^"]|"")*)"\s*(?:,|$)/.exec(rest);
    const [whole, item] = quoted ?? /^([^,]*)(?:,|$)/.exec(rest) ?? [rest, rest];
    const bare = quoted ? item.replaceAll('""', '"') : item.trim();
    items.push(!quoted && bare === "null" ? null : bare);
    rest = rest.slice(whole.length).trim();
  }
  return items;
}
