/**
 * Which kinds of filter suit a column, and which rows a filter lets through.
 */

import { AN_HOUR, isActive, LIMIT_KINDS, partsOf, TEXT_KINDS } from "../store/conditions.js";
import { inOrder } from "../store/sorting.js";
import { lengthOf } from "../values/durations.js";
import { fold } from "../values/folding.js";
import { hasDate, isBoolean, isListed, isMany, isNumber } from "../values/kinds.js";

/** @import {Clock, Column, Pk, Value} from "../protocol.js" */
/** @import {Entry, Filter, Kind, Rule} from "../store/conditions.js" */

/**
 * @typedef {object} Cells  where values and texts come from
 * @property {(pk: Pk, column: string) => Value} shown
 * @property {(column: Column, value: Value) => string} text
 * @property {(pk: Pk, seconds: number) => boolean} isRecent
 * @property {() => Iterable<Pk>} pks  every row
 * @property {string | null} [me]  the key of the user
 */

/** So many are not read through: the commonest come first, the others are found by typing. */
const MANY = 5_000;

const TEXTS = ["text", "email", "url", "other"];
/** @type {Kind[]} */
const EMPTINESS = ["empty", "filled"];

/** What has a place on a line. @param {Column} column */
export const isRanged = (column) =>
  isNumber(column) || hasDate(column) || column.type === "time" || column.type === "duration";

/** @param {Column} column */
export const hasValues = (column) =>
  isListed(column) || isBoolean(column) || TEXTS.includes(column.type) || isMany(column);

/**
 * The kinds that suit a column, the likeliest first.
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
 * What a cell counts as in a list of values; a list counts as each of its own.
 * @param {Value} value
 * @returns {string[]}
 */
export const keysOf = (value) => (isEmpty(value) ? [""] : [value].flat().map(String));

/**
 * @param {Entry[]} entries
 * @param {Column[]} columns  a condition on any other one is left out
 * @param {Cells} cells
 * @returns {((pk: Pk) => boolean) | null} null where they let everything through
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
 * The colours that rules give.
 * @param {Rule[]} rules
 * @param {Column[]} columns
 * @param {Cells} cells
 * @returns {(pk: Pk, column: string) => string} "": none
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
 * @returns {((pk: Pk) => boolean)[]} one, or none
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
 * A link may ask anything of any column: what has no meaning there is left out.
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
 * A number is one of a list by its size, however it is written.
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
 * An empty cell is on neither side of a limit; but it is not what the limit is.
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
  if (column.type === "duration") return (value) => Number(lengthOf(String(value)));
  if (column.type === "time") return (value) => Date.parse(`1970-01-01T${value}Z`);
  return (value) => Date.parse(String(value));
}

/** Without seconds, or with none of them. */
const WHOLE_MINUTE = /(^|T)\d\d:\d\d(:00(\.0+)?)?Z?$/;

/**
 * Until 12:30 is until that minute is over, since that is what was shown.
 * @param {Column} column
 * @param {string} to
 */
const slackOf = (column, to) =>
  ["time", "datetime"].includes(column.type) && WHOLE_MINUTE.test(to) ? 59_999 : 0;

/**
 * What stands in another row as well. A row that is asked about counts as what it holds by then.
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

/** Without regard to case and to spaces around it; a list without regard to its order. @param {Value} value */
const likeness = (value) =>
  isEmpty(value)
    ? ""
    : JSON.stringify(
        keysOf(value)
          .map((key) => key.trim().toLowerCase())
          .sort(),
      );

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
    /** @type {Map<Pk, number>} when it was seen to change */
    this.seen = new Map();
    /**
     * By the span in seconds; all: so much was changed at once that the log does not name the rows.
     * @type {Map<number, {pks: Set<Pk>, all: boolean}>}
     */
    this.told = new Map();
  }

  /**
   * What the server says of each span that is asked for, once; of others it is forgotten.
   * @param {number[]} spans  in seconds
   * @returns {Promise<boolean>} whether anything was asked
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

  /** All is asked anew: nobody knows what was missed. */
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
