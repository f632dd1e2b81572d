/**
 * Asks the server about all rows of a view if they are too many to be loaded: the values of a
 * column, and totals.
 */

import { sameValue } from "../protocol.js";
import { isMany } from "../values/kinds.js";

/** @import {Column, Value} from "../protocol.js" */
/** @import {Entry as Condition} from "../store/conditions.js" */
/** @import {Store} from "../store/store.js" */
/** @import {What} from "../values/kinds.js" */
/** @import {Entry} from "./valuelist.js" */

/** The server's names of the totals. @type {Record<What, string>} */
const NAMES = {
  ...{ sum: "sum", average: "avg", least: "min", most: "max" },
  ...{ filled: "filled", distinct: "distinct" },
};
/** How long an answer is used, even if rows are written all the time. */
const FRESH_MS = 5_000;
/** How many pieces of 500 values are read at most. Further values are found by typing. */
const MOST_PIECES = 4;

export class Far {
  /**
   * @param {Store} store
   * @param {(about: string, query: object) => Promise<any>} ask
   */
  constructor(store, ask) {
    this.store = store;
    this.ask = ask;
    /** @type {Record<string, Record<string, Value>>} by column and by the server's name of the
     * total */
    this.known = {};
    /** @type {object | null} the latest request */
    this.asked = null;
    this.askedAt = 0;
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
    /** @type {Record<string, string[]>} */
    const columns = {};
    for (const [{ name }, what] of wanted) columns[name] = [NAMES[what]];
    const query = { columns, ...this.#view() };
    const isOther = !sameValue(query, this.asked);
    if (isOther) this.known = {};
    if (wanted.length && (isOther || performance.now() - this.askedAt > FRESH_MS)) {
      this.asked = query;
      this.askedAt = performance.now();
      this.ask("sums", query).then(
        (result) => {
          if (this.asked !== query) return;
          this.known = result.columns;
          onKnown();
        },
        () => {}, // columns that the server cannot total show nothing
      );
    }
    return ({ name }, what) => this.known[name]?.[NAMES[what]] ?? null;
  }

  /** @param {Column} column @param {string} key @returns {Value} in the form that cells have */
  valueOf(column, key) {
    if (column.type === "boolean") return key === "true";
    if (isMany(column)) return [key];
    return column.choices?.find(([value]) => String(value) === key)?.[0] ?? key;
  }
}
