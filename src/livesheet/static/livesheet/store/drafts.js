/**
 * New rows that the user is still filling in. A draft contains what was typed; the server fills in
 * the rest as usual. A refused draft stays, with everything that was typed.
 */

import { sameValue } from "../protocol.js";
import { isEmpty, isReadonly } from "../values/kinds.js";

/** @import {Column, Pk, Value} from "../protocol.js" */

/** A key that no database uses: no pk begins like this, and no pk is empty. */
const PREFIX = "+new:";

export class Drafts {
  constructor() {
    this.count = 0;
    /** @type {Map<Pk, Record<string, Value>>} */
    this.byPk = new Map();
    /** @type {Map<Pk, Record<string, Value>>} values that were not typed, but filled in for the
     * user */
    this.given = new Map();
  }

  /**
   * @param {Record<string, Value>} values
   * @param {Record<string, Value>} given  filled in for the user if they have typed nothing
   * @returns {Pk} a key of its own until the server provides a pk
   */
  create(values = {}, given = {}) {
    this.count += 1;
    const draft = `${PREFIX}${this.count}`;
    this.byPk.set(draft, { ...given, ...values });
    this.given.set(draft, given);
    return draft;
  }

  /** @param {Pk} pk */
  isDraft(pk) {
    return pk.startsWith(PREFIX);
  }

  /** @param {Pk} pk */
  has(pk) {
    return this.byPk.has(pk);
  }

  /**
   * @param {Pk} pk
   * @returns {Record<string, Value>}
   */
  values(pk) {
    return this.byPk.get(pk) ?? {};
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @param {Value} value
   */
  set(pk, column, value) {
    const values = this.byPk.get(pk);
    if (values) values[column] = value;
  }

  /**
   * Removes a value, so that the server fills it in.
   * @param {Pk} pk
   * @param {string} column
   */
  unset(pk, column) {
    delete this.byPk.get(pk)?.[column];
  }

  /** Whether nothing has been typed into it. @param {Pk} pk */
  isUntouched(pk) {
    const given = this.given.get(pk) ?? {};
    return Object.entries(this.values(pk)).every(
      ([name, value]) => isEmpty(value) || sameValue(value, given[name]),
    );
  }

  /** @param {Pk | null} pk @param {boolean} editing  whether it is being typed into now */
  isBeingAdded(pk, editing) {
    return pk !== null && this.has(pk) && (editing || !this.isUntouched(pk));
  }

  /** @param {Pk} pk */
  delete(pk) {
    this.byPk.delete(pk);
    this.given.delete(pk);
  }

  /**
   * The server has given it a pk. Its values are shown until the row arrives.
   * @param {Pk} draft
   * @param {Pk} pk
   */
  rename(draft, pk) {
    const values = this.byPk.get(draft);
    if (!values) return;
    this.byPk.delete(draft);
    this.given.delete(draft);
    this.byPk.set(pk, values);
  }

  /**
   * The columns that must be filled in before the row can be sent.
   * @param {Pk} pk
   * @param {Column[]} columns
   * @returns {Column[]}
   */
  missing(pk, columns) {
    const values = this.values(pk);
    return columns.filter(
      (column) => column.required && !isReadonly(column) && isEmpty(values[column.name]),
    );
  }
}
