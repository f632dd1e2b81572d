/**
 * Asks the server about all rows of a view if they are too many to be loaded: the values of a
 * column, and totals.
 */

import { sameValue } from "../protocol.js";
import { askedAs, hasDate, isMany, isNumber } from "../values/kinds.js";

/** @import {Column, Value} from "../protocol.js" */
/** @import {Entry as Condition} from "../store/conditions.js" */
/** @import {Store} from "../store/store.js" */
/** @import {What} from "../values/kinds.js" */
/** @import {Entry} from "./valuelist.js" */

/** How long an answer is used, even if rows are written all the time. */
const FRESH_MS = 5_000;
/** As many as the server adds up at once. */
const MOST_COLUMNS = 50;
/** How many pieces of 500 values are read at most. Further values are found by typing. */
const MOST_PIECES = 4;

export class Far {
  /**
   * @param {Store} store
   * @param {(about: string, query: object, signal?: AbortSignal) => Promise<any>} ask
   */
  constructor(store, ask) {
    this.store = store;
    this.ask = ask;
    this.ofAll = new Answer(ask);
    this.ofSelected = new Answer(ask);
  }

  /** @param {Condition[]} [filters]  instead of those in effect */
  #view(filters = this.store.view.filters) {
    return { view: { filters }, search: this.store.order.query };
  }

  /**
   * @param {Column} column
   * @param {(key: string) => string} textOf
   * @returns {Promise<Entry[]>} the most frequent ones first
   */
  async values(column, textOf) {
    const others = this.store.view.filters.filter(
      (entry) => "any" in entry || entry.column !== column.name,
    );
    /** @type {Entry[]} */
    const found = [];
    for (let piece = 0; piece < MOST_PIECES; piece += 1) {
      const query = { column: column.name, ...this.#view(others), skip: found.length };
      const { values, labels, more } = await this.ask("values", query);
      this.store.rows.addLabels(column.name, labels ?? {});
      for (const [key, count] of values) found.push({ key, count, text: key && textOf(key) });
      if (!more) break;
    }
    return found;
  }

  /**
   * Returns the totals that are known. If they are old, they are requested again, and `onKnown` is
   * called when the answer arrives.
   * @param {[Column, What][]} wanted
   * @param {() => void} onKnown
   * @returns {(column: Column, what: What) => Value} null if it is not known
   */
  totals(wanted, onKnown) {
    if (!wanted.length) return () => null;
    /** @type {Record<string, string[]>} */
    const columns = {};
    for (const [column, what] of wanted) columns[column.name] = [askedAs(column, what)];
    const known = this.ofAll.to({ columns, ...this.#view() }, onKnown)?.result?.columns;
    return (column, what) => known?.[column.name]?.[askedAs(column, what)] ?? null;
  }

  /**
   * Returns the totals of columns over all rows that are shown, like `totals()`.
   * @param {Column[]} selected
   * @param {() => void} onKnown
   * @returns {Answered | null} null if they are not known yet
   */
  selected(selected, onKnown) {
    const { filters } = this.store.view;
    const columns = Object.fromEntries(
      selected.slice(0, MOST_COLUMNS).map((column) => [column.name, functionsOf(column)]),
    );
    const { view, query } = this.store.order; // rows of closed groups are not shown
    return this.ofSelected.to({ columns, view: { ...view, filters }, search: query }, onKnown);
  }

  /** @param {Column} column @param {string} key @returns {Value} in the form that cells have */
  valueOf(column, key) {
    if (column.type === "boolean") return key === "true";
    if (isMany(column)) return [key];
    return column.choices?.find(([value]) => String(value) === key)?.[0] ?? key;
  }
}

/** @param {Column} column @returns {string[]} what the foot shows of selected cells */
function functionsOf(column) {
  if (isNumber(column)) return ["filled", "sum", "min", "max"];
  return hasDate(column) ? ["filled", "min", "max"] : ["filled"];
}

/** @typedef {{result?: {count: number, columns: Record<string, Record<string, Value>>},
 *   problem?: string}} Answered */

/** The answer to the latest question about totals, which is asked again when it is old. */
class Answer {
  /** @param {(about: string, query: object, signal?: AbortSignal) => Promise<any>} ask */
  constructor(ask) {
    this.ask = ask;
    /** @type {object | null} the latest request */
    this.asked = null;
    this.asking = new AbortController();
    this.askedAt = 0;
    this.isUnderWay = false;
    /** @type {Answered | null} */
    this.known = null;
  }

  /**
   * @param {object} query
   * @param {() => void} onKnown
   * @returns {Answered | null}
   */
  to(query, onKnown) {
    const isOther = !sameValue(query, this.asked);
    if (isOther) this.known = null;
    const isFresh = this.isUnderWay || performance.now() - this.askedAt <= FRESH_MS;
    if (!isOther && isFresh) return this.known;
    this.asking.abort();
    this.asking = new AbortController();
    this.asked = query;
    this.isUnderWay = true;
    this.askedAt = performance.now();
    const learn = (/** @type {Answered} */ known) => {
      if (this.asked !== query) return;
      this.isUnderWay = false;
      this.known = known;
      onKnown();
    };
    this.ask("sums", query, this.asking.signal).then(
      (result) => learn({ result }),
      ({ message }) => learn({ problem: message }),
    );
    return this.known;
  }
}
