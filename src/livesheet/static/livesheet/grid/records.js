/**
 * The rows as the grid holds them, by reference: a record for each, with its key and what its cells
 * show.
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
    /** @type {number[] | null} of each row, where there are headings */
    this.numbers = null;
  }

  /** @param {Pk} pk @returns {GridRow | undefined} */
  of(pk) {
    return this.list[this.places.get(pk) ?? -1];
  }

  /** The list is another one, by key. */
  index() {
    this.places = new Map(this.list.map((record, index) => [record[PK], index]));
    this.numbers = numbersOf(this.list);
  }

  /** @param {string[]} keys  rows that were there stay as they are */
  set(keys) {
    const known = new Map(this.list.map((record) => [record[PK], record]));
    this.list = keys.map((pk) => known.get(pk) ?? this.make(pk));
    this.index();
  }

  /**
   * As many other rows, in the very list that the grid holds: it need not be told.
   * @param {string[]} keys
   * @returns {boolean} whether there are as many
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

  /** @param {GridRow} record  takes the newest values */
  fillIn(record) {
    for (const { name } of this.columns) record[name] = this.store.shown(record[PK], name) ?? null;
    return record;
  }

  /**
   * The same rows, under other keys; of those that are new, the values are taken.
   * @param {Map<string, Pk>} names
   * @param {boolean} isNew
   * @returns {Pk[]} those that are here
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
