/**
 * Finds a text in the sheet, in the order of the rows on the screen: in the rows that are loaded,
 * and with the help of the server in those of a large sheet that are not.
 */

import { Rows } from "../store/rows.js";
import { count, fill } from "../texts.js";
import { isReadonly } from "../values/kinds.js";

/** @import {Column, Pk, WireRow} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Commit} from "../surfaces.js" */

/** @typedef {{pk: Pk, column: string}} Place */
/** @typedef {{pks: Pk[], columns: string[]}} Scope */

/** How many cells are searched before other work gets a turn. */
const AT_ONCE = 20_000;

/** Searches the loaded rows, a part at a time. */
export class Finder {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.turn = 0;
    /** @type {Place[]} */
    this.found = [];
    this.at = -1;
  }

  /**
   * @param {Wanted} wanted
   * @param {Scope | null} scope  null for the whole sheet
   * @returns {Promise<boolean>} whether the search was completed, and not replaced by a newer one
   */
  async find(wanted, scope) {
    this.turn += 1;
    const { turn } = this;
    /** @type {Place[]} */
    const found = [];
    const match = matcher(wanted);
    const columns = this.#columns(scope);
    const pks = scope ? this.#shown(scope.pks) : [...this.store.order.settle()];
    const rowsAtOnce = Math.ceil(AT_ONCE / Math.max(1, columns.length));
    for (let row = 0; match && row < pks.length; row += 1) {
      if (row % rowsAtOnce === rowsAtOnce - 1) await new Promise((go) => setTimeout(go));
      if (turn !== this.turn) return false;
      found.push(...cellsIn(this.store, pks[row], columns, match));
    }
    const here = this.found[this.at];
    this.found = found;
    this.at = here
      ? found.findIndex(({ pk, column }) => pk === here.pk && column === here.column)
      : -1;
    return true;
  }

  /**
   * @param {1 | -1} step
   * @returns {Place | null}
   */
  go(step) {
    const { length } = this.found;
    if (!length) return null;
    this.at = this.at < 0 && step < 0 ? length - 1 : (this.at + step + length) % length;
    return this.found[this.at];
  }

  /**
   * Returns the edits that replace the text. Cells that the user may not write are left out.
   * @param {Place[]} places
   * @param {Wanted} wanted
   * @param {string} by
   * @returns {Commit[]}
   */
  replaced(places, wanted, by) {
    const { store } = this;
    const match = matcher(wanted);
    return places.flatMap(({ pk, column: name }) => {
      const column = store.column(name);
      const isOurs = store.can.change || store.drafts.has(pk);
      if (!match || !column || !isOurs || isReadonly(column)) return [];
      const before = store.shown(pk, name);
      const text = store.text(column, before);
      const fresh = match.replace(text, by);
      if (fresh === text) return [];
      const value = store.parse(column, fresh);
      return [{ pk, column: name, value, base: store.base(pk, name), before }];
    });
  }

  /** @param {Scope | null} scope */
  #columns(scope) {
    return this.store.columns.filter(({ name }) => !scope || scope.columns.includes(name));
  }

  /** @param {Pk[]} pks */
  #shown(pks) {
    const shown = new Set(this.store.order.settle());
    return pks.filter((pk) => shown.has(pk));
  }
}

/**
 * @param {Store} store
 * @param {Pk} pk
 * @param {Wanted} wanted
 * @returns {Place[]} the cells of the row that contain the text
 */
export function cellsOf(store, pk, wanted) {
  const match = matcher(wanted);
  return match ? cellsIn(store, pk, store.columns, match) : [];
}

/**
 * @param {Store} store
 * @param {Pk} pk
 * @param {Column[]} columns
 * @param {NonNullable<ReturnType<typeof matcher>>} match
 */
function cellsIn(store, pk, columns, match) {
  const isFound = (/** @type {Column} */ column) =>
    match.in(store.text(column, store.shown(pk, column.name)));
  return columns.filter(isFound).map(({ name }) => ({ pk, column: name }));
}

/*
 * Finds a text in a cell, and replaces it.
 */

/**
 * @typedef {object} Wanted
 * @property {string} text
 * @property {boolean} matchCase
 * @property {boolean} wholeCell
 */

/**
 * @param {Wanted} wanted
 * @returns {{in: (text: string) => boolean, replace: (text: string, by: string) => string} | null}
 *   null if there is nothing to find
 */
export function matcher({ text, matchCase, wholeCell }) {
  if (!text) return null;
  const plain = text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&").replace(/\\-/g, "-");
  const source = wholeCell ? `^${plain}$` : plain;
  const pattern = new RegExp(source, matchCase ? "gu" : "giu");
  return {
    in: (cell) => {
      pattern.lastIndex = 0;
      return pattern.test(cell);
    },
    // A function, because in a string `$1` would be a pattern.
    replace: (cell, by) => cell.replace(pattern, () => by),
  };
}

/** How many rows to ask for, and how many if the server does not know which of them are wanted. */
const FEW = 20;
const MANY = 500;
/** Beyond this, the server does not count. */
const MOST_COUNTED = 1_000;

/**
 * @typedef {object} Counted  the rows that contain the text
 * @property {number | null} count  null: more than the server counts
 * @property {number | null} at  how many there are up to the current one; null: not known
 */

/**
 * Asks the server for the next rows that contain the text, a few at a time, and how many rows that
 * are.
 */
export class FarFinder {
  /**
   * @param {Store} store
   * @param {(about: string, query: object, signal?: AbortSignal) => Promise<any>} ask
   */
  constructor(store, ask) {
    this.store = store;
    this.ask = ask;
    this.turn = 0;
    /** For the question that is under way: it is not answered to its end if another one is asked. */
    this.finding = new AbortController();
    this.tallying = new AbortController();
    /** What is being counted, as JSON. */
    this.underWay = "";
    /** What has been counted, as JSON. */
    this.asked = "";
    /** @type {Counted | null} null: not known, or not asked for */
    this.counted = null;
    /** @type {Promise<unknown>} the count that is under way */
    this.counting = Promise.resolve();
    /** @type {Pk | null} the row to which the user was led */
    this.pk = null;
  }

  /** Ignores the answers that are under way, and has the server stop looking. */
  stop() {
    this.turn += 1;
    this.finding.abort();
    this.#stopCounting();
    if (this.counted === null) this.asked = "";
  }

  /**
   * @param {Wanted} wanted
   * @param {1 | -1} step
   * @param {{pk: Pk | null, column: string | null}} from  where the user is; null: at the beginning
   * @returns {Promise<Place | null | undefined>} null: there is none; undefined: it was stopped
   */
  async next(wanted, step, { pk, column }) {
    this.turn += 1;
    const { turn, store } = this;
    this.finding.abort();
    this.finding = new AbortController();
    if (this.counted && pk !== this.pk) this.counted.at = null;
    const isKnown = pk !== null && store.rows.has(pk);
    const here = isKnown ? this.#cells(store, pk, wanted) : [];
    const names = store.columns.map(({ name }) => name);
    const at = names.indexOf(column ?? "");
    const others = here.filter(({ column: name }) => (names.indexOf(name) - at) * step > 0);
    const near = others.at(step > 0 ? 0 : -1);
    if (near && column !== null) {
      this.pk = pk;
      return near;
    }
    let from = isKnown ? pk : null;
    let isWhole = from === null;
    for (;;) {
      const most = isExact(wanted) ? MANY : FEW;
      const query = { ...this.#query(wanted), back: step < 0, from, rows: most };
      const answer = await this.ask("find", query, this.finding.signal).catch((error) => {
        if (turn === this.turn) throw error;
      });
      if (turn !== this.turn) return undefined;
      const { rows, labels, more } = answer;
      const found = this.#among(rows, labels, wanted, step);
      if (found) return this.#led(found, step, from === null);
      if (!more && isWhole) return null;
      isWhole ||= !more;
      if (more && !rows.length) return null; // all of them are gone by now
      from = more ? rows[rows.length - 1][0] : null;
    }
  }

  /**
   * Counts the rows that contain the text, if that has not been done. The server does not tell them
   * apart by case.
   * @param {Wanted} wanted
   * @returns {Promise<boolean>} whether there is something new to be shown
   */
  async count(wanted) {
    const query = { ...this.#query(wanted), at: this.pk };
    const asked = JSON.stringify(this.#query(wanted));
    const isOther = asked !== this.asked;
    if (isOther) this.pk = query.at = null;
    if (isOther) this.counted = null;
    if (!wanted.text.trim() || isExact(wanted)) {
      this.#stopCounting();
      this.asked = "";
      this.counted = null;
      return true;
    }
    const isKnown =
      this.counted === null || this.counted.count === null || this.counted.at !== null;
    if (!isOther && (this.pk === null || isKnown)) return this.pk !== null;
    this.asked = asked;
    return this.#tally(query);
  }

  /**
   * To count may take the database seconds. What is typed meanwhile is not asked for each time.
   * @param {object} query
   */
  async #tally(query) {
    const wanted = JSON.stringify(query);
    if (wanted === this.underWay) return false;
    this.#stopCounting();
    this.underWay = wanted;
    const { signal } = this.tallying;
    try {
      await this.counting.catch(() => {});
      if (signal.aborted) return false;
      const counting = this.ask("found", query, signal);
      this.counting = counting;
      const counted = await counting;
      if (signal.aborted) return false;
      this.counted = counted;
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    } finally {
      if (!signal.aborted) this.underWay = "";
    }
  }

  #stopCounting() {
    this.tallying.abort();
    this.tallying = new AbortController();
    this.underWay = "";
  }

  /**
   * @param {Record<string, string>} texts
   * @returns {string} what has been counted, in words
   */
  said(texts) {
    if (!this.counted) return "";
    const { count: rows, at } = this.counted;
    if (rows === 0) return texts.notFound;
    if (rows === null) return fill(texts.foundRowsMany, { n: MOST_COUNTED });
    if (at) return fill(texts.rowPlace, { at, n: rows });
    return count(texts, "foundRows", rows);
  }

  /** @param {Wanted} wanted */
  #query({ text }) {
    const { view, query } = this.store.order;
    return { view: { ...view, filters: this.store.view.filters }, search: query, text };
  }

  /**
   * @param {WireRow[]} found
   * @param {Record<string, Record<string, string>>} labels
   * @param {Wanted} wanted
   * @param {1 | -1} step
   */
  #among(found, labels, wanted, step) {
    const rows = new Rows();
    rows.describe(this.store.columns);
    for (const row of found) rows.merge(row);
    for (const [column, texts] of Object.entries(labels)) this.store.rows.addLabels(column, texts);
    const store = this.store.over(rows);
    for (const pk of rows.pks()) {
      const place = this.#cells(store, pk, wanted).at(step > 0 ? 0 : -1);
      if (place) return place;
    }
    return null;
  }

  /**
   * The cells of a row in which the text is. The search finds more than what is spelled alike, such
   * as other accents; then the row is found by its first cell.
   * @param {Store} store
   * @param {Pk} pk
   * @param {Wanted} wanted
   * @returns {Place[]}
   */
  #cells(store, pk, wanted) {
    const found = cellsOf(store, pk, wanted);
    if (found.length || isExact(wanted) || store === this.store) return found;
    return [{ pk, column: store.shownColumns[0].name }];
  }

  /**
   * @param {Place} place
   * @param {1 | -1} step
   * @param {boolean} isFromEnd  it is the first or the last one of all
   */
  #led(place, step, isFromEnd) {
    const { counted } = this;
    if (counted && isFromEnd) counted.at = step > 0 ? 1 : counted.count;
    else if (counted?.at && this.pk !== null && place.pk !== this.pk) counted.at += step;
    this.pk = place.pk;
    return place;
  }
}

/** Whether not every row that the search finds is wanted. @param {Wanted} wanted */
const isExact = ({ matchCase, wholeCell }) => matchCase || wholeCell;
