/**
 * What other spreadsheets show, in terms of the wire: `1.234,50 €`, `12,5%`, `31/12/26`, `9:30 PM`,
 * `WAHR`. The block itself tells most of its language; where it leaves that open, the user's decides.
 * Undefined means that there is nothing foreign about a text.
 */

import { CENTURY } from "./dates.js";
import { isNumber } from "./kinds.js";
import { readNumber } from "./numbers.js";

/** @import {Column, Value} from "../protocol.js" */

/**
 * @typedef {{decimalComma: boolean, group?: string, dateOrder: string}} Habits  group: between
 *   thousands; dateOrder: `dmy`, `mdy` or `ymd`
 * @typedef {object} ForeignCell
 * @property {string} text  as it was shown
 * @property {number} [number]  what stood behind it, where the other program says so
 * @property {{type: string, value: Value, text: string, exact: string}} [own]  from a sheet of ours,
 *   with the text that it was copied as, and the one that stands in the cell
 */

const TRUE = /^(true|wahr|vrai|verdadero|vero|verdadeiro|waar|sant|prawda|истина)$/i;
const FALSE = /^(false|falsch|faux|falso|onwaar|falskt|fałsz|ложь)$/i;
const DATE = /^(\d{1,4})([./-])\s?(\d{1,2})\2\s?(\d{1,4})\.?$/;
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,](\d+))?\s*(?:([ap])\.?\s?m\.?)?$/i;
const DAY_MS = 86_400_000;
/** Day 0 of all spreadsheets of today. */
const EPOCH = Date.UTC(1899, 11, 30);

/** @param {string | number} number */
const two = (number) => String(number).padStart(2, "0");

/**
 * @param {[Column, ForeignCell][]} cells  of a block
 * @param {Habits} usual
 * @returns {Habits}
 */
export function habitsOf(cells, usual) {
  const habits = { ...usual };
  let commas = 0;
  let points = 0;
  for (const [column, { text }] of cells) {
    if (isNumber(column)) {
      if (/\d,(\d{1,2}|\d{4,})\D*$|\.\d{3},/.test(text)) commas += 1;
      if (/\d\.(\d{1,2}|\d{4,})\D*$|,\d{3}\./.test(text)) points += 1;
    } else if (column.type.startsWith("date")) {
      const found = DATE.exec(text.trim().split(/[ ,T]/)[0]);
      if (!found || found[1].length > 2) continue;
      if (found[2] === "." || Number(found[1]) > 12) habits.dateOrder = "dmy";
      else if (Number(found[3]) > 12) habits.dateOrder = "mdy";
    }
  }
  if (commas && !points) habits.decimalComma = true;
  if (points && !commas) habits.decimalComma = false;
  if (habits.decimalComma !== usual.decimalComma) delete habits.group; // that of another language
  return habits;
}

/**
 * @param {Column} column
 * @param {ForeignCell} cell
 * @param {Habits} habits
 * @returns {Value} a number with a decimal point, a date or a time in ISO 8601, true or false;
 *   undefined: to be read like a text that was typed
 */
export function understand(column, { text, number }, habits) {
  const bare = text.trim();
  if (bare === "") return undefined;
  if (isNumber(column)) return numberOf(bare, number, habits);
  if (column.type === "boolean") return readBoolean(bare, number);
  if (column.type === "date") return readDate(bare, number, habits.dateOrder);
  if (column.type === "time") return readTime(bare);
  return undefined;
}

/**
 * A date-time still has to be put into its zone: as a text that says it one way only.
 * @param {ForeignCell} cell
 * @param {Habits} habits
 * @returns {string | undefined}
 */
export function plainMoment({ text, number }, { dateOrder: order }) {
  const [, first, rest = ""] =
    /^(.*?\d{4}|\S+?)(?:(?:,?\s+|T)(\d{1,2}:.*))?$/.exec(text.trim()) ?? [];
  const date = first === undefined ? undefined : readDate(first, number, order);
  if (date === undefined) return undefined;
  const time = rest ? readTime(rest) : "00:00:00";
  return time && `${date} ${time}`;
}

/**
 * @param {string} text
 * @param {number | undefined} number  then the reading that comes nearest to it is right
 * @param {Habits} habits
 * @returns {string | undefined}
 */
function numberOf(text, number, { decimalComma, group }) {
  const usual = readNumber(text, { decimalComma, group });
  if (number === undefined) return usual;
  const other = readNumber(text, { decimalComma: !decimalComma });
  const far = (/** @type {string | undefined} */ plain) =>
    plain === undefined ? Number.POSITIVE_INFINITY : Math.abs(Number(plain) - number);
  return far(usual) <= far(other) ? usual : other;
}

/**
 * @param {string} text
 * @param {number | undefined} number
 */
function readBoolean(text, number) {
  if (number === 1 || number === 0) return number === 1;
  if (TRUE.test(text)) return true;
  return FALSE.test(text) ? false : undefined;
}

/**
 * @param {string} text
 * @param {number | undefined} number
 * @param {string} order
 * @returns {string | undefined} as ISO 8601
 */
function readDate(text, number, order) {
  const digits = (text.match(/\d+/g) ?? []).map(Number);
  if (number !== undefined && number >= 1) {
    const date = new Date(EPOCH + Math.floor(number) * DAY_MS).toISOString().slice(0, 10);
    const [year, , day] = date.split("-").map(Number);
    // Another epoch would show other days.
    if (digits.includes(day) && (digits.includes(year) || digits.includes(year % 100))) return date;
  }
  const found = DATE.exec(text);
  if (!found) return undefined;
  const [, one, , middle, last] = found;
  if (one.length > 2) return iso(one, middle, last);
  if (order.startsWith("y") && last.length <= 2 && found[2] !== ".") return iso(one, middle, last);
  const isMonthFirst = order === "mdy" && found[2] !== ".";
  return isMonthFirst ? iso(last, one, middle) : iso(last, middle, one);
}

/**
 * @param {string} year
 * @param {string} month
 * @param {string} day
 * @returns {string | undefined}
 */
function iso(year, month, day) {
  const short = Number(year);
  const full = year.length > 2 ? short : short + (short < CENTURY ? 2000 : 1900);
  if (Number(month) > 12 || Number(day) > 31 || day.length > 2) return undefined;
  return `${String(full).padStart(4, "0")}-${two(month)}-${two(day)}`;
}

/**
 * @param {string} text
 * @returns {string | undefined} as ISO 8601
 */
function readTime(text) {
  const found = TIME.exec(text.trim());
  if (!found) return undefined;
  const [, hours, minutes, seconds = "00", fraction, half] = found;
  const isAfternoon = half?.toLowerCase() === "p";
  const hour = half ? (Number(hours) % 12) + (isAfternoon ? 12 : 0) : Number(hours);
  return `${two(hour)}:${minutes}:${seconds}${fraction ? `.${fraction}` : ""}`;
}
