/**
 * Finds a text in the sheet, in the order of the rows on the screen. A large sheet is searched a
 * part at a time.
 */

import { isReadonly } from "../values/kinds.js";

/** @import {Column, Pk} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Commit} from "../surfaces.js" */

/** @typedef {{pk: Pk, column: string}} Place */
/** @typedef {{pks: Pk[], columns: string[]}} Scope */

/** How many cells are searched before other work gets a turn. */
const AT_ONCE = 20_000;

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
