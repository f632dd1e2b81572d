/**
 * The rows in the form of the grid, which holds them by reference: a record for each, with its key
 * and the values of its cells. One list of rows is turned into another with as little disturbance
 * as possible, by removing and inserting whole runs of rows. If this would take many steps, or if
 * rows change places, everything is drawn again.
 */

import { PK } from "../protocol.js";
import { numbersOf } from "./headings.js";

/** @import {Column, GridRow, Pk} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {GridSurface} from "./surface.js" */

export class Records {
  /**
   * @param {Store} store
   * @param {Column[]} columns
   */
  constructor(store, columns) {
    this.store = store;
    this.columns = columns;
    /** @type {GridRow[]} */
    this.list = [];
    /** @type {Map<Pk, number>} */
    this.places = new Map();
    /** @type {number[] | null} the number of each row, if there are headings */
    this.numbers = null;
  }

  /** @param {Pk} pk @returns {GridRow | undefined} */
  of(pk) {
    return this.list[this.places.get(pk) ?? -1];
  }

  /** Updates the index after the list has changed. */
  index() {
    this.places = new Map(this.list.map((record, index) => [record[PK], index]));
    this.numbers = this.store.order.isPaged ? null : numbersOf(this.list);
  }

  /** @param {string[]} keys  rows that exist already keep their records */
  set(keys) {
    const known = new Map(this.list.map((record) => [record[PK], record]));
    this.list = keys.map((pk) => known.get(pk) ?? this.make(pk));
    this.index();
  }

  /**
   * Replaces the rows by the same number of others in the list that the grid holds, so that the
   * grid need not be told.
   * @param {string[]} keys
   * @returns {boolean} false if the numbers differ
   */
  exchange(keys) {
    const { list } = this;
    if (!list.length || keys.length !== list.length) return false;
    this.set(keys);
    this.list.forEach((record, at) => {
      list[at] = record;
    });
    this.list = list;
    return true;
  }

  /** @param {Pk} pk @returns {GridRow} */
  make(pk) {
    return this.fillIn(/** @type {GridRow} */ ({ [PK]: pk }));
  }

  /** @param {GridRow} record  updated with the newest values */
  fillIn(record) {
    for (const { name } of this.columns) record[name] = this.store.shown(record[PK], name) ?? null;
    return record;
  }

  /**
   * Gives rows other keys. The values of new rows are filled in.
   * @param {Map<string, Pk>} names
   * @param {boolean} isNew
   * @returns {Pk[]} those of these rows that are here
   */
  rename(names, isNew) {
    const found = [];
    for (const [former, pk] of names) {
      const record = this.of(former);
      if (!record || this.places.has(pk)) continue;
      record[PK] = pk;
      if (isNew) this.fillIn(record);
      found.push(pk);
    }
    if (found.length) this.index();
    return found;
  }
}

/** With a hundred thousand rows, each step takes the grid some tens of milliseconds. */
const MOST_STEPS = 12;
/** The grid inserts rows one by one. With more than this, loading the whole list is faster. */
const MOST_INSERTED = 500;

/**
 * @typedef {object} Plan
 * @property {{at: number, count: number}[]} removals  from the bottom upwards
 * @property {{at: number, pks: Pk[]}[]} insertions  from the top downwards
 */

/**
 * @param {Pk[]} shown
 * @param {Pk[]} wanted
 * @returns {Plan | null} null if everything must be shown again
 */
export function planOf(shown, wanted) {
  if (!shown.length && wanted.length) return null;
  const wantedSet = new Set(wanted);
  const shownSet = new Set(shown);
  const removals = runsOf(shown, (pk) => !wantedSet.has(pk)).reverse();
  const insertions = runsOf(wanted, (pk) => !shownSet.has(pk));
  const inserted = insertions.reduce((sum, { count }) => sum + count, 0);
  if (removals.length + insertions.length > MOST_STEPS || inserted > MOST_INSERTED) return null;
  const stay = shown.filter((pk) => wantedSet.has(pk));
  const keep = wanted.filter((pk) => shownSet.has(pk));
  if (stay.some((pk, index) => pk !== keep[index])) return null;
  return {
    removals,
    insertions: insertions.map(({ at, count }) => ({ at, pks: wanted.slice(at, at + count) })),
  };
}

/**
 * @param {Pk[]} pks
 * @param {(pk: Pk) => boolean} picked
 * @returns {{at: number, count: number}[]}
 */
function runsOf(pks, picked) {
  /** @type {{at: number, count: number}[]} */
  const runs = [];
  for (let at = 0; at < pks.length; at += 1) {
    if (!picked(pks[at])) continue;
    const last = runs.at(-1);
    if (last && last.at + last.count === at) last.count += 1;
    else runs.push({ at, count: 1 });
  }
  return runs;
}

const OURS = "ls.remote";

/**
 * The action was renamed in 12.2, and each version throws an error for the other name.
 * @param {any} hot
 * @param {number} at
 * @param {number} count
 */
function insertRows(hot, at, count) {
  try {
    hot.alter("insert_row_above", at, count, OURS);
  } catch {
    hot.alter("insert_row", at, count, OURS);
  }
}

/**
 * @param {any} hot
 * @param {number} at
 * @param {number} count
 */
function removeRows(hot, at, count) {
  hot.alter("remove_row", at, count, OURS);
}

/**
 * Removes and inserts rows according to the plan, in the grid and in its records.
 * @param {GridSurface} grid
 * @param {{removals: {at: number, count: number}[], insertions: {at: number, pks: Pk[]}[]}} plan
 * @param {(pk: Pk) => GridRow} record
 */
export function carryOut({ hot, records }, { removals, insertions }, record) {
  for (const { at, count } of removals) removeRows(hot, at, count);
  for (const { at, pks } of insertions) {
    insertRows(hot, at, pks.length);
    pks.forEach((pk, index) => {
      records[at + index] = record(pk);
    });
  }
}
