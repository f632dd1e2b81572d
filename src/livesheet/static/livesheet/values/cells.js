/**
 * Turns a typed or pasted text into the wire value of each type of column. It never refuses: a text
 * that it cannot read is sent unchanged, so that the one validator, the server's serializer, says
 * what is wrong with it.
 */

import { asTyped, typedText } from "../protocol.js";
import { parseDuration } from "./durations.js";
import { readJson } from "./jsons.js";
import { emptyValue, isText, itemOf } from "./kinds.js";
import { readList } from "./lists.js";
import { isoDate, PLAIN_DATES, parseDate, parseMoment, parseTime } from "./moments.js";
import { exactNumber, plainNumber } from "./numbers.js";

/** @import {DateSigns} from "./moments.js" */
/** @import {Column, Value} from "../protocol.js" */

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
export const WORDS = { day: "day", days: "days" };

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
