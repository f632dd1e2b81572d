/**
 * Which kinds of filter suit a column, and which rows a filter lets through.
 */

import { inOrder } from "../store/order.js";
import { isActive, TEXT_KINDS } from "../store/view.js";
import { fold } from "../values/folding.js";
import { hasDate, isBoolean, isListed, isNumber } from "../values/kinds.js";

/** @import {Clock, Column, Pk, Value} from "../protocol.js" */
/** @import {Filter, Kind} from "../store/view.js" */

/**
 * @typedef {object} Cells  where values and texts come from
 * @property {(pk: Pk, column: string) => Value} shown
 * @property {(column: Column, value: Value) => string} text
 * @property {(pk: Pk) => boolean} isRecent
 */

/** So many are not read through: the commonest come first, the others are found by typing. */
const MANY = 5_000;

const TEXTS = ["text", "email", "url", "other"];
/** @type {Kind[]} */
const EMPTINESS = ["empty", "filled"];

/** @param {Column} column */
export const isRanged = (column) => isNumber(column) || hasDate(column) || column.type === "time";

/** @param {Column} column */
export const hasValues = (column) =>
  isListed(column) || isBoolean(column) || TEXTS.includes(column.type) || isMany(column);

/** @param {Column} column */
const isMany = (column) => column.type === "related_many";

/**
 * The kinds that suit a column, the likeliest first. `in` stands for `out` as well.
 * @param {Column} column
 * @returns {Kind[]}
 */
export function kindsOf(column) {
  if (isBoolean(column)) return ["in"];
  if (isRanged(column)) return ["range", ...EMPTINESS];
  return [
    ...(hasValues(column) ? /** @type {Kind[]} */ (["in"]) : []),
    ...TEXT_KINDS,
    ...EMPTINESS,
  ];
}

/** @param {Value} value */
export const isEmpty = (value) =>
  value === null || value === undefined || value === "" || value?.length === 0;

/**
 * What a cell counts as in a list of values; a list counts as each of its own.
 * @param {Value} value
 * @returns {string[]}
 */
export const keysOf = (value) => (isEmpty(value) ? [""] : [value].flat().map(String));

/**
 * @param {Filter[]} filters
 * @param {Column[]} columns  a filter on any other one is left out
 * @param {Cells} cells
 * @returns {((pk: Pk) => boolean) | null} null where they let everything through
 */
export function passing(filters, columns, cells) {
  const tests = filters.filter(isActive).flatMap((filter) => {
    if (filter.kind === "recent") return cells.isRecent;
    const column = columns.find(({ name }) => name === filter.column);
    if (!column) return [];
    const holds = testOf(filter, column, cells);
    return (/** @type {Pk} */ pk) => holds(cells.shown(pk, column.name));
  });
  if (!tests.length) return null;
  return (pk) => tests.every((test) => test(pk));
}

/**
 * @param {Filter} filter
 * @param {Column} column
 * @param {Cells} cells
 * @returns {(value: Value) => boolean}
 */
function testOf(filter, column, cells) {
  const { kind, values, text = "" } = filter;
  if (kind === "empty") return isEmpty;
  if (kind === "filled") return (value) => !isEmpty(value);
  if (kind === "range") return rangeTest(filter, column);
  if (kind === "in" || kind === "out") {
    const keys = new Set(values);
    const isIn = (/** @type {Value} */ value) => keysOf(value).some((key) => keys.has(key));
    return kind === "in" ? isIn : (value) => !isIn(value);
  }
  const wanted = fold(text);
  const holds = TEXT_TESTS[kind];
  return (value) => holds(fold(cells.text(column, value)), wanted);
}

/** @type {Record<string, (text: string, wanted: string) => boolean>} */
const TEXT_TESTS = {
  contains: (text, wanted) => text.includes(wanted),
  starts: (text, wanted) => text.startsWith(wanted),
  equals: (text, wanted) => text === wanted,
  not: (text, wanted) => text !== wanted,
};

/**
 * Both ends belong to it.
 * @param {Filter} filter
 * @param {Column} column
 * @returns {(value: Value) => boolean}
 */
function rangeTest({ from = "", to = "" }, column) {
  const place = placeOf(column);
  const least = from === "" ? Number.NEGATIVE_INFINITY : place(from);
  const most = to === "" ? Number.POSITIVE_INFINITY : place(to) + slackOf(column, to);
  return (value) => {
    if (isEmpty(value)) return false;
    const at = place(value);
    return at >= least && at <= most;
  };
}

/**
 * @param {Column} column
 * @returns {(value: Value) => number}
 */
function placeOf(column) {
  if (isNumber(column)) return Number;
  if (column.type === "time") return (value) => Date.parse(`1970-01-01T${value}Z`);
  return (value) => Date.parse(String(value));
}

/**
 * Until 12:30 is until that minute is over, since that is what was shown.
 * @param {Column} column
 * @param {string} to
 */
const slackOf = (column, to) =>
  ["time", "datetime"].includes(column.type) && /:\d\d(:00(\.0+)?)?Z?$/.test(to) ? 59_999 : 0;

/**
 * What stands in a column, and how often.
 * @param {Iterable<Pk>} pks
 * @param {Column} column
 * @param {Pick<Cells, "shown" | "text">} cells
 * @returns {{key: string, text: string, count: number}[]} by their texts, the empty one last; very
 *   many by their counts
 */
export function valuesOf(pks, column, cells) {
  /** @type {Map<string, {key: string, text: string, count: number}>} */
  const found = new Map();
  for (const pk of pks) {
    const value = cells.shown(pk, column.name);
    const parts = Array.isArray(value) && value.length ? value : [value];
    for (const part of parts) {
      const key = isEmpty(part) ? "" : String(part);
      const known = found.get(key);
      if (known) known.count += 1;
      else
        found.set(key, {
          key,
          text: key && cells.text(column, isMany(column) ? [part] : part),
          count: 1,
        });
    }
  }
  const entries = [...found.values()];
  if (entries.length > MANY) return entries.sort((a, b) => b.count - a.count);
  const texts = new Set(entries.map(({ text }) => text));
  const collator = new Intl.Collator(undefined, { numeric: true });
  const places = new Map(inOrder(texts, collator).map((text, at) => [text, at]));
  const placed = ({ key = "", text = "" }) => (key === "" ? texts.size : (places.get(text) ?? 0));
  return entries.sort((a, b) => placed(a) - placed(b));
}

/*
 * Which rows were changed lately: what the server's log knows, and what has changed before our eyes.
 */

export class Recent {
  /**
   * @param {(about: string, query: object) => Promise<any>} ask
   * @param {Clock} clock
   */
  constructor(ask, clock) {
    this.ask = ask;
    this.clock = clock;
    this.seconds = 3_600;
    this.isAsked = false;
    /** So much was changed at once that the log does not name the rows. */
    this.isAll = false;
    /** @type {Map<Pk, number>} when it was seen to change */
    this.seen = new Map();
    /** @type {Set<Pk>} */
    this.told = new Set();
  }

  /** @param {number} seconds */
  async load(seconds) {
    this.seconds = seconds;
    this.isAsked = true;
    const { pks, all } = await this.ask("recent", { seconds });
    this.told = new Set(pks);
    this.isAll = all;
  }

  /** @param {Pk[]} pks */
  note(pks) {
    for (const pk of pks) this.seen.set(pk, this.clock.now());
  }

  /** @param {Pk} pk */
  has = (pk) => {
    if (this.isAll || this.told.has(pk)) return true;
    const at = this.seen.get(pk);
    return at !== undefined && this.clock.now() - at <= this.seconds * 1_000;
  };
}
