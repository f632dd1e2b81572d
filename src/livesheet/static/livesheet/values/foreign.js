/**
 * Reads what other spreadsheets show: `1.234,50 €`, `12,5%`, `31/12/26`, `9:30 PM`, `WAHR`. The
 * block itself usually shows its language; otherwise, the user's language decides. `undefined`
 * means that a text needs no special reading.
 */

import { isNumber } from "./kinds.js";
import { CENTURY } from "./moments.js";
import { readNumber } from "./numbers.js";

/** @import {Column, Value} from "../protocol.js" */

/**
 * @typedef {{decimalComma: boolean, group?: string, dateOrder: string}} Habits  group: the
 *   separator of thousands; dateOrder: `dmy`, `mdy` or `ymd`
 * @typedef {object} ForeignCell
 * @property {string} text  the displayed text
 * @property {number} [number]  the number behind it, if the other program provides it
 * @property {{type: string, value: Value, text: string, exact: string}} [own]  if it was copied
 *   from a sheet of ours: its value, the text of the copy, and the text of the cell
 */

const TRUE = /^(true|wahr|vrai|verdadero|vero|verdadeiro|waar|sant|prawda|истина)$/i;
const FALSE = /^(false|falsch|faux|falso|onwaar|falskt|fałsz|ложь)$/i;
const DATE = /^(\d{1,4})([./-])\s?(\d{1,2})\2\s?(\d{1,4})\.?$/;
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,](\d+))?\s*(?:([ap])\.?\s?m\.?)?$/i;
const DAY_MS = 86_400_000;
/** Day 0 in all current spreadsheet programs. */
const EPOCH = Date.UTC(1899, 11, 30);

/** @param {string | number} number */
const two = (number) => String(number).padStart(2, "0");

/**
 * @param {[Column, ForeignCell][]} cells  the cells of a block
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
  if (habits.decimalComma !== usual.decimalComma) delete habits.group; // for another language
  return habits;
}

/**
 * @param {Column} column
 * @param {ForeignCell} cell
 * @param {Habits} habits
 * @returns {Value} a number with a decimal point, a date or a time in ISO 8601, true or false;
 *   undefined if the text must be read like a typed one
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
 * Returns a date-time, whose zone is still unknown, as an unambiguous text.
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
 * @param {number | undefined} number  if given, the reading that is nearest to it is right
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
 * @returns {string | undefined} in ISO 8601
 */
function readDate(text, number, order) {
  const digits = (text.match(/\d+/g) ?? []).map(Number);
  if (number !== undefined && number >= 1) {
    const date = new Date(EPOCH + Math.floor(number) * DAY_MS).toISOString().slice(0, 10);
    const [year, , day] = date.split("-").map(Number);
    // With another epoch, the days would not match the text.
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
 * @returns {string | undefined} in ISO 8601
 */
function readTime(text) {
  const found = TIME.exec(text.trim());
  if (!found) return undefined;
  const [, hours, minutes, seconds = "00", fraction, half] = found;
  const isAfternoon = half?.toLowerCase() === "p";
  const hour = half ? (Number(hours) % 12) + (isAfternoon ? 12 : 0) : Number(hours);
  return `${two(hour)}:${minutes}:${seconds}${fraction ? `.${fraction}` : ""}`;
}

/*
 * Reads the HTML that a spreadsheet puts on the clipboard beside the text, if it contains more:
 * LibreOffice includes the numbers behind the shown texts, and line breaks; a sheet of ours
 * includes the values themselves. It is read as a text, tag by tag. No document is made of it, so
 * that nothing in it can run.
 */

const CALC = /<meta name="generator" content="(LibreOffice|OpenOffice)/i;
const OWN = "data-livesheet";
/** Line breaks of the markup, as word processors insert them. A visible line break is a `<br>`. */
const LAID_OUT = /[ \t]*[\r\n][ \t\r\n]*/g;
const INDENTATION = "\r";
const BLOCK = /^(p|div|li)$/;
/** @type {Record<string, string>} */
const SIGNS = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/**
 * @param {string} html
 * @returns {ForeignCell[][] | null} null if the HTML says no more than the text
 */
export function parseMarked(html) {
  if (!CALC.test(html) && !html.includes(`<table ${OWN}`)) return null;
  const rows = readRows(html);
  return rows?.length && rows.every((row) => row.length) ? rows : null;
}

/**
 * @param {string} html
 * @returns {ForeignCell[][] | null}
 */
function readRows(html) {
  /** @type {ForeignCell[][]} */
  const rows = [];
  /** @type {ForeignCell | null} */
  let cell = null;
  for (const piece of html.split("<")) {
    const end = piece.indexOf(">");
    const tag = piece.slice(0, end);
    const name = /^\/?\w+/.exec(tag)?.[0].toLowerCase();
    if (name === "td" && /\b(row|col)span=/.test(tag)) return null;
    if (name === "tr") rows.push([]);
    if (name === "td") cell = newCell(tag);
    if (name === "td" && cell) rows.at(-1)?.push(cell);
    if (name === "/td" && cell) finish(cell);
    if (name === "/td") cell = null;
    if (cell && (name === "br" || (BLOCK.test(name ?? "") && cell.text.trim()))) {
      cell.text += "\n";
    }
    if (cell) cell.text += decode(piece.slice(end + 1).replace(LAID_OUT, INDENTATION));
  }
  return rows;
}

/**
 * Reduces a cell to what is visible, without the markup's indentation. A value of ours is used only
 * if nobody has changed the text.
 * @param {ForeignCell} cell
 */
function finish(cell) {
  const text = cell.text
    .replace(/\r*\n\r*/g, "\n")
    .replace(/^\r+|\r+$/g, "")
    .replace(/\r+/g, " ");
  // A line break at the end of a cell is invisible, but in our own cells it belongs to the text.
  cell.text = cell.own && text !== "\n" ? text : text.replace(/\n$/, "");
  if (cell.own && bare(cell.own.text) !== bare(cell.text)) delete cell.own;
}

/** Programs change line breaks and double spaces. @param {string} text */
const bare = (text) => text.replace(/\s+/g, " ").trim();

/**
 * @param {string} tag
 * @returns {ForeignCell}
 */
function newCell(tag) {
  const number = /\bsdval="([^"]*)"/.exec(tag)?.[1];
  const own = /\bdata-value="([^"]*)"/.exec(tag)?.[1];
  return {
    text: "",
    ...(number === undefined ? {} : { number: Number(number) }),
    ...(own === undefined ? {} : { own: readOwn(decode(own)) }),
  };
}

/** @param {string} text */
function readOwn(text) {
  try {
    const [type, value, shown, exact = shown] = JSON.parse(text);
    return { type, value, text: String(shown), exact: String(exact) };
  } catch {
    return undefined;
  }
}

/** @param {string} text */
function decode(text) {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name) return SIGNS[name] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** @param {string} text */
function encode(text) {
  const names = { "&": "amp", "<": "lt", ">": "gt", '"': "quot" };
  return text.replace(/[&<>"]/g, (sign) => `&${names[/** @type {"&"} */ (sign)]};`);
}

/** Without this style, Excel would begin a new cell after a line break, and read its text anew. */
const LINE_BREAK = '<br style="mso-data-placement:same-cell">';

/** @typedef {{text: string, exact?: string, value: Value, column: Column}} CopiedCell */

/**
 * @param {CopiedCell[][]} rows  exact: the text of the cell, if it differs from what is shown
 * @returns {string}
 */
export function writeMarked(rows) {
  const cell = (/** @type {CopiedCell} */ { text, exact = text, value, column }) => {
    const known = [kindOf(column), value, text, ...(exact === text ? [] : [exact])];
    const own = encode(JSON.stringify(known));
    return `<td data-value="${own}">${encode(text).replace(/\r\n?|\n/g, LINE_BREAK)}</td>`;
  };
  const lines = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`);
  return `<table ${OWN}>${lines.join("")}</table>`;
}

/**
 * Identifies columns between which values can be copied unchanged. Keys are valid only for their
 * own relation.
 * @param {Column} column
 * @returns {string}
 */
export function kindOf({ name, related, choices, ...rest }) {
  const { type, big, items } = /** @type {Record<string, any>} */ (rest);
  if (related) return `${type} ${related.model}`;
  if (choices) return `${type} ${name} ${choices.map(([value]) => value).join(" ")}`;
  return [type, big ? "big" : "", items?.type ?? ""].filter(Boolean).join(" ");
}
