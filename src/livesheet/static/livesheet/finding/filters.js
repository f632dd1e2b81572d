/**
 * Which kinds of filter suit a column, and which rows a filter lets through.
 */

import { AN_HOUR, isActive, LIMIT_KINDS, partsOf, TEXT_KINDS } from "../store/conditions.js";
import { fold } from "../store/haystack.js";
import { inOrder } from "../store/sorting.js";
import { lengthOf } from "../values/durations.js";
import { hasDate, isBoolean, isListed, isMany, isNumber } from "../values/kinds.js";

/** @import {Clock, Column, Pk, Value} from "../protocol.js" */
/** @import {Entry, Filter, Kind, Rule} from "../store/conditions.js" */

/**
 * @typedef {object} Cells  provides values and texts
 * @property {(pk: Pk, column: string) => Value} shown
 * @property {(column: Column, value: Value) => string} text
 * @property {(pk: Pk, seconds: number) => boolean} isRecent
 * @property {() => Iterable<Pk>} pks  all rows
 * @property {string | null} [me]  the user's key
 */

/**
 * If there are more values, they are sorted by frequency, and the rare ones are found by typing.
 */
const MANY = 5_000;

const TEXTS = ["text", "email", "url", "other"];
/** @type {Kind[]} */
const EMPTINESS = ["empty", "filled"];

/**
 * Whether its values can be ordered on a line, so that a range can be entered.
 * @param {Column} column
 */
export const isRanged = (column) =>
  isNumber(column) || hasDate(column) || column.type === "time" || column.type === "duration";

/** @param {Column} column */
export const hasValues = (column) =>
  isListed(column) || isBoolean(column) || TEXTS.includes(column.type) || isMany(column);

/**
 * Returns the kinds that suit a column, the most likely first.
 * @param {Column} column
 * @returns {Kind[]}
 */
export function kindsOf(column) {
  if (isBoolean(column)) return ["in", "out"];
  if (isRanged(column)) {
    const isListable = isNumber(column);
    /** @type {Kind[]} */
    const lists = isListable ? ["in", "out"] : [];
    return ["range", "equals", "not", ...LIMIT_KINDS, ...lists, "repeated", ...EMPTINESS];
  }
  return [
    ...(column.related?.user ? /** @type {Kind[]} */ (["mine"]) : []),
    ...(hasValues(column) ? /** @type {Kind[]} */ (["in", "out"]) : []),
    ...TEXT_KINDS,
    .../** @type {Kind[]} */ (["repeated"]),
    ...EMPTINESS,
  ];
}

/** @param {Value} value */
export const isEmpty = (value) =>
  value === null || value === undefined || value === "" || value?.length === 0;

/**
 * Returns the keys under which a cell appears in a list of values: for a list, those of its items.
 * @param {Value} value
 * @returns {string[]}
 */
export const keysOf = (value) => (isEmpty(value) ? [""] : [value].flat().map(String));

/**
 * @param {Entry[]} entries
 * @param {Column[]} columns  conditions on other columns are ignored
 * @param {Cells} cells
 * @returns {((pk: Pk) => boolean) | null} null if all rows pass
 */
export function passing(entries, columns, cells) {
  const tests = entries.flatMap((entry) => {
    const parts = partsOf(entry).flatMap((filter) => rowTest(filter, columns, cells));
    return parts.length ? (/** @type {Pk} */ pk) => parts.some((test) => test(pk)) : [];
  });
  if (!tests.length) return null;
  return (pk) => tests.every((test) => test(pk));
}

/**
 * Returns a function that determines the colours given by rules.
 * @param {Rule[]} rules
 * @param {Column[]} columns
 * @param {Cells} cells
 * @returns {(pk: Pk, column: string) => string} "" if there is none
 */
export function colouring(rules, columns, cells) {
  const tests = rules.flatMap(({ when, colour, of }) =>
    rowTest(when, columns, cells).map((holds) => ({
      ...{ holds, colour },
      column: of === "row" ? "" : when.column,
    })),
  );
  return (pk, name) => {
    for (const { holds, colour, column } of tests) {
      if ((column === "" || column === name) && holds(pk)) return colour;
    }
    return "";
  };
}

/**
 * @param {Filter} filter
 * @param {Column[]} columns
 * @param {Cells} cells
 * @returns {((pk: Pk) => boolean)[]} one or none
 */
function rowTest(filter, columns, cells) {
  if (!isActive(filter)) return [];
  if (filter.kind === "recent") return [(pk) => cells.isRecent(pk, filter.seconds ?? AN_HOUR)];
  const column = columns.find(({ name }) => name === filter.column);
  if (!column || !suits(filter, column)) return [];
  if (filter.kind === "repeated") return [repeatedTest(column, cells)];
  const holds = testOf(filter, column, cells);
  return [(pk) => holds(cells.shown(pk, column.name))];
}

/**
 * Whether a condition makes sense for a column. Links may contain any condition, and those that do
 * not are ignored.
 * @param {Filter} filter
 * @param {Column} column
 */
function suits({ kind, text = "", from = "", to = "" }, column) {
  if (kind === "mine") return Boolean(column.related?.user);
  const hasLimit = kind === "range" || (kind in LIMIT_TESTS && isRanged(column));
  if (!hasLimit) return !LIMIT_KINDS.includes(kind);
  const place = placeOf(column);
  const isLimit = (/** @type {string} */ limit) => limit === "" || !Number.isNaN(place(limit));
  return isRanged(column) && [text, from, to].every(isLimit);
}

/**
 * @param {Filter} filter
 * @param {Column} column
 * @param {Cells} cells
 * @returns {(value: Value) => boolean}
 */
function testOf(filter, column, cells) {
  const { kind, text = "" } = filter;
  if (kind === "empty") return isEmpty;
  if (kind === "filled") return (value) => !isEmpty(value);
  if (kind === "mine") return (value) => !isEmpty(value) && keysOf(value).includes(cells.me ?? "");
  if (kind === "in" || kind === "out") return listTest(filter, column);
  if (kind === "range") return rangeTest(filter, column);
  if (kind in LIMIT_TESTS && isRanged(column)) return limitTest(kind, text, column);
  const wanted = fold(text);
  const holds = TEXT_TESTS[kind];
  return (value) => holds(fold(cells.text(column, value)), wanted);
}

/**
 * Numbers are compared by value, regardless of how they are written.
 * @param {Filter} filter
 * @param {Column} column
 * @returns {(value: Value) => boolean}
 */
function listTest({ kind, values = [] }, column) {
  const plain = (/** @type {string} */ key) =>
    isNumber(column) && key !== "" ? String(Number(key)) : key;
  const keys = new Set(values.map(plain));
  const isIn = (/** @type {Value} */ value) => keysOf(value).some((key) => keys.has(plain(key)));
  return kind === "in" ? isIn : (value) => !isIn(value);
}

/** @type {Record<string, (text: string, wanted: string) => boolean>} */
const TEXT_TESTS = {
  contains: (text, wanted) => text.includes(wanted),
  lacks: (text, wanted) => !text.includes(wanted),
  starts: (text, wanted) => text.startsWith(wanted),
  equals: (text, wanted) => text === wanted,
  not: (text, wanted) => text !== wanted,
};

/** @type {Record<string, (at: number, least: number, most: number) => boolean>} */
const LIMIT_TESTS = {
  lt: (at, least) => at < least,
  lte: (at, _least, most) => at <= most,
  gt: (at, _least, most) => at > most,
  gte: (at, least) => at >= least,
  equals: (at, least, most) => at >= least && at <= most,
  not: (at, least, most) => at < least || at > most,
};

/**
 * An empty cell is neither below nor above a limit, but it differs from it.
 * @param {Kind} kind
 * @param {string} text
 * @param {Column} column
 * @returns {(value: Value) => boolean}
 */
function limitTest(kind, text, column) {
  const place = placeOf(column);
  const least = place(text);
  const most = least + slackOf(column, text);
  const holds = LIMIT_TESTS[kind];
  return (value) => (isEmpty(value) ? kind === "not" : holds(place(value), least, most));
}

/**
 * Both ends are included.
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
  if (column.type === "duration") return (value) => Number(lengthOf(String(value)));
  if (column.type === "time") return (value) => Date.parse(`1970-01-01T${value}Z`);
  return (value) => Date.parse(String(value));
}

/** A time without seconds, or with zero seconds. */
const WHOLE_MINUTE = /(^|T)\d\d:\d\d(:00(\.0+)?)?Z?$/;

/**
 * “Until 12:30” includes that whole minute, because seconds are not shown.
 * @param {Column} column
 * @param {string} to
 */
const slackOf = (column, to) =>
  ["time", "datetime"].includes(column.type) && WHOLE_MINUTE.test(to) ? 59_999 : 0;

/**
 * Tests whether the value also occurs in another row. Each tested row is counted anew, because it
 * may have changed.
 * @param {Column} column
 * @param {Cells} cells
 * @returns {(pk: Pk) => boolean}
 */
function repeatedTest(column, cells) {
  /** @type {Map<Pk, string>} */
  const known = new Map();
  /** @type {Map<string, number>} */
  const counts = new Map();
  const count = (/** @type {string} */ key, /** @type {number} */ by) =>
    counts.set(key, (counts.get(key) ?? 0) + by);
  const learn = (/** @type {Pk} */ pk) => {
    const key = likeness(cells.shown(pk, column.name));
    const before = known.get(pk);
    if (before === key) return key;
    if (before !== undefined) count(before, -1);
    count(key, 1);
    known.set(pk, key);
    return key;
  };
  for (const pk of cells.pks()) learn(pk);
  return (pk) => {
    const key = learn(pk);
    return key !== "" && (counts.get(key) ?? 0) > 1;
  };
}

/** Ignores case and surrounding spaces, and the order of lists. @param {Value} value */
const likeness = (value) =>
  isEmpty(value)
    ? ""
    : JSON.stringify(
        keysOf(value)
          .map((key) => key.trim().toLowerCase())
          .sort(),
      );

/**
 * Returns the values of a column and their numbers of rows.
 * @param {Iterable<Pk>} pks
 * @param {Column} column
 * @param {Pick<Cells, "shown" | "text">} cells
 * @returns {{key: string, text: string, count: number}[]} sorted by text, with the empty value
 *   last; if there are very many, by frequency
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
 * Knows which rows were changed recently: from the server's log, and from changes that have arrived
 * since.
 */

export class Recent {
  /**
   * @param {(about: string, query: object) => Promise<any>} ask
   * @param {Clock} clock
   */
  constructor(ask, clock) {
    this.ask = ask;
    this.clock = clock;
    /** @type {Map<Pk, number>} when each row was seen to change */
    this.seen = new Map();
    /**
     * By span in seconds. all: there were too many changes for the log to name the rows.
     * @type {Map<number, {pks: Set<Pk>, all: boolean}>}
     */
    this.told = new Map();
  }

  /**
   * Asks the server once about each span, and forgets other spans.
   * @param {number[]} spans  in seconds
   * @returns {Promise<boolean>} whether the server was asked
   */
  async learn(spans) {
    for (const known of this.told.keys()) if (!spans.includes(known)) this.told.delete(known);
    const unknown = spans.filter((seconds) => !this.told.has(seconds));
    for (const seconds of unknown) this.told.set(seconds, { pks: new Set(), all: false });
    await Promise.all(unknown.map((seconds) => this.#load(seconds)));
    return unknown.length > 0;
  }

  /** @param {number} seconds */
  async #load(seconds) {
    const { pks, all } = await this.ask("recent", { seconds });
    if (this.told.has(seconds)) this.told.set(seconds, { pks: new Set(pks), all });
  }

  /** Asks about all spans again, because changes may have been missed. */
  forget() {
    this.told.clear();
  }

  /** @param {Pk[]} pks */
  note(pks) {
    for (const pk of pks) this.seen.set(pk, this.clock.now());
  }

  /** @param {Pk} pk @param {number} seconds */
  has = (pk, seconds) => {
    const told = this.told.get(seconds);
    if (told?.all || told?.pks.has(pk)) return true;
    const at = this.seen.get(pk);
    return at !== undefined && this.clock.now() - at <= seconds * 1_000;
  };
}
