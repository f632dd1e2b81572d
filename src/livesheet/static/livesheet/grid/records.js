/**
 * The rows in the form of the grid, which holds them by reference: a record for each, with its key
 * and the values of its cells.
 */

import { PK } from "../protocol.js";
import { numbersOf } from "./headings.js";

/** @import {Column, GridRow, Pk} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */

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
    this.numbers = numbersOf(this.list);
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
