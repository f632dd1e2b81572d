/**
 * The server's latest values: pk → row, and the labels of relations. The newest value wins; nothing
 * that the user types is stored here.
 */

/** @import {Column, Pk, Value, WireRow} from "../protocol.js" */

import { sameValue } from "../protocol.js";

/** The size of an `open` frame without its rows. */
const OPEN_BYTES = 256;
const INTEGER = /^(0|[1-9]\d{0,14})$/;

/**
 * @typedef {object} Merged
 * @property {Pk} pk
 * @property {boolean} added
 * @property {string[]} columns  the columns whose values have changed
 */

export class Rows {
  constructor() {
    /** @type {Column[]} */
    this.columns = [];
    /** @type {Map<string, number>} column name → index in a wire row */
    this.places = new Map();
    /** @type {Map<Pk, WireRow>} */
    this.byPk = new Map();
    /** @type {Map<string, Map<string, string>>} column → key → text */
    this.texts = new Map();
  }

  /** @param {Column[]} columns */
  describe(columns) {
    this.columns = columns;
    this.places = new Map(columns.map((column, index) => [column.name, index + 1]));
  }

  clear() {
    this.byPk.clear();
  }

  get size() {
    return this.byPk.size;
  }

  pks() {
    return this.byPk.keys();
  }

  /** @param {Pk} pk */
  has(pk) {
    return this.byPk.has(pk);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @returns {Value} undefined if there is no such row or column
   */
  value(pk, column) {
    return this.byPk.get(pk)?.[this.places.get(column) ?? -1];
  }

  /**
   * @param {WireRow} row
   * @returns {Merged}
   */
  merge(row) {
    const pk = row[0];
    const former = this.byPk.get(pk);
    this.byPk.set(pk, row);
    if (!former) return { pk, added: true, columns: [] };
    const columns = this.columns
      .filter((_, index) => !sameValue(former[index + 1], row[index + 1]))
      .map((column) => column.name);
    return { pk, added: false, columns };
  }

  /**
   * @param {Pk} pk
   * @returns {string} the colour that the sheet gives it, which follows the columns in a wire row
   */
  style(pk) {
    return this.byPk.get(pk)?.[this.columns.length + 1] ?? "";
  }

  /** @param {Pk} pk */
  remove(pk) {
    return this.byPk.delete(pk);
  }

  /**
   * @param {string} column
   * @param {Record<string, string>} labels
   */
  addLabels(column, labels) {
    const texts = this.texts.get(column) ?? new Map();
    for (const [key, text] of Object.entries(labels)) texts.set(key, text);
    this.texts.set(column, texts);
  }

  /**
   * @param {string} column
   * @returns {Map<string, string>}
   */
  labels(column) {
    return this.texts.get(column) ?? new Map();
  }

  /**
   * Returns what `open` tells the server about the rows that are here: runs `[first, count]` of
   * consecutive integers, and other pks unchanged. Null if that exceeds the server's limits: then a
   * snapshot is cheaper.
   * @param {{have: number, frame_bytes: number}} limits
   * @returns {([string, number] | string)[] | null}
   */
  have({ have: most, frame_bytes: bytes }) {
    if (this.byPk.size > most) return null;
    /** @type {number[]} */
    const integers = [];
    /** @type {string[]} */
    const others = [];
    for (const pk of this.byPk.keys()) {
      if (INTEGER.test(pk)) integers.push(Number(pk));
      else others.push(pk);
    }
    const found = [...runs(integers.sort((a, b) => a - b)), ...others];
    const size = new TextEncoder().encode(JSON.stringify(found)).length;
    return size > bytes - OPEN_BYTES ? null : found;
  }
}

/**
 * @param {number[]} sorted
 * @returns {[string, number][]}
 */
function runs(sorted) {
  /** @type {[string, number][]} */
  const found = [];
  let next = Number.NaN;
  for (const pk of sorted) {
    if (pk === next) found[found.length - 1][1] += 1;
    else found.push([String(pk), 1]);
    next = pk + 1;
  }
  return found;
}
