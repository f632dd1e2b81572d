/**
 * Calculates the values of cells over which the fill handle is dragged: a series of numbers, dates
 * or numbered texts is continued, anything else is repeated.
 */

import { PK } from "../protocol.js";
import { isNumber, isReadonly } from "../values/kinds.js";
import { isoDate } from "../values/moments.js";
import { isRow } from "./headings.js";

/** @import {Area} from "./place.js" */
/** @import {Column, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {PastedCell, Rows} from "./pasting.js" */

/** @typedef {Pick<Store, "editText" | "habits" | "parse">} SeriesHost */

const DAY_MS = 86_400_000;

/**
 * Returns the cells over which the handle was dragged.
 * @param {any[]} drawn  the arguments of `beforeAutofill`: in 6.2.2, the first and the last cell;
 *   in other versions, the data, the source range and the target range
 * @returns {{row: number, col: number}[]}
 */
export function targetsOf(drawn) {
  const [from, to] = Array.isArray(drawn[0]) ? [drawn[2].from, drawn[2].to] : drawn;
  return span(from.row, to.row).flatMap((row) =>
    span(from.col, to.col).map((col) => ({ row, col })),
  );
}

/**
 * @param {number} one
 * @param {number} other
 */
const span = (one, other) =>
  Array.from({ length: Math.abs(other - one) + 1 }, (_, at) => Math.min(one, other) + at);

/**
 * @param {Rows} grid
 * @param {Store} store
 * @param {Area} area  the selected area
 * @param {{row: number, col: number}[]} targets
 * @returns {PastedCell[]}
 */
export function filledCells(grid, store, area, targets) {
  /** @type {Map<number, (at: number) => Value>} */
  const series = new Map();
  const down = (/** @type {number} */ col) => {
    const column = grid.columns[col];
    const records = grid.records.slice(area.row, area.endRow + 1).filter(isRow);
    const values = records.map((one) => one[column.name]);
    const known = series.get(col) ?? seriesOf(column, values, store);
    series.set(col, known);
    return known;
  };
  const number = (/** @type {number} */ row) => grid.numberOf(row);
  const [first = area.row] = span(area.row, area.endRow).filter((row) => isRow(grid.records[row]));
  return targets.flatMap(({ row, col }) => {
    const column = grid.columns[col];
    const record = grid.records[row];
    if (!column || !record || !isRow(record) || isReadonly(column)) return [];
    const isDown = col >= area.col && col <= area.endCol;
    const value = isDown
      ? down(col)(number(row) - number(first))
      : across(grid, store, area, row, col);
    return [{ pk: record[PK], column, value }];
  });
}

/**
 * @param {Rows} grid
 * @param {Store} store
 * @param {Area} area
 * @param {number} row
 * @param {number} col
 * @returns {Value}
 */
function across(grid, store, area, row, col) {
  const from = grid.columns[area.col + modulo(col - area.col, area.endCol - area.col + 1)];
  const to = grid.columns[col];
  const value = grid.records[row][from.name];
  return from.type === to.type && !from.related && !from.choices
    ? value
    : store.parse(to, store.text(from, value));
}

/**
 * @param {Column} column
 * @param {Value[]} values
 * @param {SeriesHost} store
 * @returns {(at: number) => Value} calculates the value that is so many cells below the first one
 */
export function seriesOf(column, values, store) {
  const going = values.length > 1 ? goingOn(column, values, store) : null;
  return going ?? ((at) => values[modulo(at, values.length)]);
}

/**
 * @param {Column} column
 * @param {Value[]} values
 * @param {SeriesHost} store
 * @returns {((at: number) => Value) | null}
 */
function goingOn(column, values, store) {
  if (values.some((value) => value === null || value === "")) return null;
  if (isNumber(column)) return numbers(column, values.map(String));
  if (column.type === "date") return dates(values.map(String), (text) => text);
  if (column.type === "datetime") {
    // Calculates with the local time, so that noon remains noon when clocks are changed.
    const signs = store.habits.dates;
    const shown = values.map((value) => isoDate(store.editText(column, value), signs));
    return dates(shown, (text) => store.parse(column, text));
  }
  return ["text", "longtext"].includes(column.type) ? numbered(values.map(String)) : null;
}

/**
 * @param {Column} column
 * @param {string[]} texts
 */
function numbers(column, texts) {
  if (!texts.every((text) => /^[+-]?\d+(\.\d+)?$/.test(text))) return null;
  const places = Math.max(...texts.map((text) => (text.split(".")[1] ?? "").length));
  const scaled = texts.map((text) => {
    const [whole, fraction = ""] = text.split(".");
    return BigInt(whole + fraction.padEnd(places, "0"));
  });
  const next = arithmetic(scaled);
  if (!next) return null;
  const isText = typeof column.type === "string" && column.type === "decimal";
  return (/** @type {number} */ at) => {
    const text = unscaled(next(at), places);
    const number = Number(text);
    return isText || (column.type === "integer" && !Number.isSafeInteger(number)) ? text : number;
  };
}

/**
 * @param {bigint} value
 * @param {number} places
 */
function unscaled(value, places) {
  const digits = String(value < 0n ? -value : value).padStart(places + 1, "0");
  const at = digits.length - places;
  const text = places ? `${digits.slice(0, at)}.${digits.slice(at)}` : digits;
  return value < 0n ? `-${text}` : text;
}

/**
 * @param {bigint[]} values
 * @returns {((at: number) => bigint) | null} null if the steps differ
 */
function arithmetic(values) {
  const step = values[1] - values[0];
  const isEven = values.every((value, at) => at === 0 || value - values[at - 1] === step);
  return isEven ? (at) => values[0] + BigInt(at) * step : null;
}

/**
 * Steps are days or, if every date is the first of a month, months.
 * @param {string[]} texts  texts that begin with an ISO date
 * @param {(text: string) => Value} finish
 */
function dates(texts, finish) {
  const moments = texts.map((text) =>
    Date.parse(`${text.replace(" ", "T")}${text[10] ? "Z" : ""}`),
  );
  if (moments.some(Number.isNaN)) return null;
  const write = (/** @type {number} */ moment) => {
    const iso = new Date(moment).toISOString();
    return finish(
      texts[0][10] ? iso.slice(0, texts[0].length).replace("T", " ") : iso.slice(0, 10),
    );
  };
  const months = monthly(moments);
  if (months) return (/** @type {number} */ at) => write(months(at));
  const next = arithmetic(moments.map(BigInt));
  return next && ((/** @type {number} */ at) => write(Number(next(at))));
}

/** @param {number[]} moments */
function monthly(moments) {
  const all = moments.map((moment) => new Date(moment));
  const isSameDay = all.every((date) => date.getUTCDate() === all[0].getUTCDate());
  const isSameTime = moments.every((moment) => (moment - moments[0]) % DAY_MS === 0);
  const next = arithmetic(
    all.map((date) => BigInt(date.getUTCFullYear() * 12 + date.getUTCMonth())),
  );
  if (!isSameDay || !isSameTime || !next || next(0) === next(1)) return null;
  return (/** @type {number} */ at) => {
    const month = Number(next(at));
    const last = new Date(Date.UTC(Math.floor(month / 12), modulo(month, 12) + 1, 0)).getUTCDate();
    const day = Math.min(all[0].getUTCDate(), last);
    const time = modulo(moments[0], DAY_MS);
    return Date.UTC(Math.floor(month / 12), modulo(month, 12), day) + time;
  };
}

/**
 * Continues `Shelf 1`, `Shelf 2`, and so on.
 * @param {string[]} texts
 */
function numbered(texts) {
  const found = texts.map((text) => /^(.*?)(\d+)$/s.exec(text));
  const [, prefix, first] = found[0] ?? [];
  const next = found.every((one) => one?.[1] === prefix)
    ? arithmetic(found.map((one) => BigInt(one?.[2] ?? 0)))
    : null;
  if (!next) return null;
  return (/** @type {number} */ at) => {
    const number = next(at);
    const digits = String(number < 0n ? -number : number);
    return prefix + (first.startsWith("0") ? digits.padStart(first.length, "0") : digits);
  };
}

/**
 * @param {number} value
 * @param {number} by
 */
const modulo = (value, by) => ((value % by) + by) % by;
