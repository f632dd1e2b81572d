/**
 * What is asked of the server about all rows of a view, where they are too many to be here: the
 * values of a column, and what columns amount to.
 */

import { sameValue } from "../protocol.js";
import { isMany } from "../values/kinds.js";

/** @import {Column, Value} from "../protocol.js" */
/** @import {Entry as Condition} from "../store/conditions.js" */
/** @import {Store} from "../store/store.js" */
/** @import {What} from "../values/kinds.js" */
/** @import {Entry} from "./valuelist.js" */

/** As the server calls them. @type {Record<What, string>} */
const NAMES = {
  ...{ sum: "sum", average: "avg", least: "min", most: "max" },
  ...{ filled: "filled", distinct: "distinct" },
};
/** What is known is good for so long, also where rows are written all the time. */
const FRESH_MS = 5_000;
/** Pieces of 500 values that are read at once: more are found by typing. */
const MOST_PIECES = 4;

export class Far {
  /**
   * @param {Store} store
   * @param {(about: string, query: object) => Promise<any>} ask
   */
  constructor(store, ask) {
    this.store = store;
    this.ask = ask;
    /** @type {Record<string, Record<string, Value>>} column → what, as the server says it */
    this.known = {};
    /** @type {object | null} what was asked last */
    this.asked = null;
    this.askedAt = 0;
  }

  /** @param {Condition[]} [filters]  others than those in effect */
  #view(filters = this.store.view.filters) {
    return { view: { filters }, search: this.store.order.query };
  }

  /**
   * @param {Column} column
   * @param {(key: string) => string} textOf
   * @returns {Promise<Entry[]>} the most frequent first
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
   * What is known of it by now; where that is old, it is asked for, and told of when it has come.
   * @param {[Column, What][]} wanted
   * @param {() => void} onKnown
   * @returns {(column: Column, what: What) => Value} null where it is not known
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
        () => {}, // a column that cannot be summed up there says nothing
      );
    }
    return ({ name }, what) => this.known[name]?.[NAMES[what]] ?? null;
  }

  /** @param {Column} column @param {string} key @returns {Value} as it stands in a cell */
  valueOf(column, key) {
    if (column.type === "boolean") return key === "true";
    if (isMany(column)) return [key];
    return column.choices?.find(([value]) => String(value) === key)?.[0] ?? key;
  }
}
