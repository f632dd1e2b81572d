/**
 * The order in which rows are shown: a list of pks. A row never moves because its value has
 * changed: it is marked as out of place, and moves, disappears or appears when the user sorts,
 * filters, searches or refreshes.
 */

import { sorted } from "./sorting.js";

/** @import {Pk} from "../protocol.js" */
/** @import {Groups} from "./groups.js" */
/** @import {Sort, SortKey} from "./sorting.js" */

/** @typedef {(pk: Pk, query: string) => boolean} Matches */
/**
 * @typedef {{shown: number, all: number, isExact: boolean, isAbout?: boolean}} Counted  not exact:
 *   at least this many, or about this many
 */

export class Order {
  /**
   * @param {SortKey} sortKey
   * @param {Matches} matches
   * @param {Groups} groups
   * @param {Intl.Collator} [collator]
   */
  constructor(
    sortKey,
    matches,
    groups,
    collator = new Intl.Collator(undefined, { numeric: true }),
  ) {
    this.sortKey = sortKey;
    this.matches = matches;
    this.groups = groups;
    this.collator = collator;
    /** @type {Set<Pk>} all rows, in the server's order */
    this.all = new Set();
    /** @type {Set<Pk>} new rows that the user is still filling in; they are at the end */
    this.drafts = new Set();
    /** @type {Set<Pk>} the drafts that were added at another place, and remain there */
    this.placed = new Set();
    /** @type {Pk[]} the rows that are shown, in their order */
    this.pks = [];
    /** @type {Sort[]} the first one has precedence */
    this.sorts = [];
    this.query = "";
    /** @type {((pk: Pk) => boolean) | null} the test of the filters */
    this.passes = null;
    /** @type {Set<Pk> | null} the rows that are shown, if some are not */
    this.shown = null;
    /** @type {Set<Pk>} rows that are out of place because a value has changed */
    this.misplaced = new Set();
    /** @type {Set<Pk>} rows that are shown, but no longer match */
    this.unmatched = new Set();
    /** @type {Set<Pk>} rows that match, but are not shown */
    this.missing = new Set();
    /** @type {Set<Pk>} rows that have been removed, but are still in `pks` */
    this.gone = new Set();
    /** @type {Set<Pk>} rows that are kept although the server does not report on them */
    this.stale = new Set();
    /** Whether there are new rows that are not in their groups yet. */
    this.isScattered = false;
  }

  /** @param {((pk: Pk) => boolean) | null} passes */
  filter(passes) {
    this.passes = passes;
    this.arrange();
  }

  /** Whether the server arranges the rows of a large sheet, of which one page is here. */
  get isPaged() {
    return false;
  }

  /** Whether it is not known yet which rows there are. */
  get isWaiting() {
    return false;
  }

  /** Whether no row follows the last one that is here. */
  get isAtEnd() {
    return true;
  }

  /** Whether nothing is shown, not even the heading of a closed group. */
  get isEmpty() {
    return this.pks.length === 0;
  }

  /** The place of the first row in the whole order. */
  get from() {
    return 0;
  }

  /** @returns {number | null} the number of rows that would be added by arranging; null if there
   * are very many */
  get fresh() {
    return 0;
  }

  /** @returns {string[]} what the grid shows: rows, headings and placeholders */
  entries() {
    return this.groups.entries(this.settle());
  }

  /**
   * @param {number} all  the number of known rows
   * @returns {Counted}
   */
  counted(all) {
    return { shown: this.settle().length - this.drafts.size, all, isExact: true };
  }

  /**
   * @param {Groups} [groups]
   * @returns {Order} an order of all rows, with the same arrangement
   */
  whole(groups = this.groups) {
    const made = new Order(this.sortKey, this.matches, groups, this.collator);
    made.drafts = new Set(this.drafts);
    made.sorts = this.sorts;
    made.query = this.query;
    made.passes = this.passes;
    made.arrange();
    return made;
  }

  /** @param {Pk} pk @returns {number} its place in the whole order, from 0, or -1 */
  placeOf(pk) {
    return this.pks.indexOf(pk);
  }

  /** @param {number} row  in the grid @returns {number} its place in the whole order, from 0 */
  placeAt(row) {
    return row;
  }

  /** How the server would sort and group the rows. @returns {object} */
  get view() {
    return { sorts: this.sorts };
  }

  /** Whether the row may be on another page. @param {Pk} _pk */
  isElsewhere(_pk) {
    return false;
  }

  /**
   * Makes sure that the row is shown.
   * @param {Pk} pk
   * @returns {Promise<boolean>} whether it is
   */
  async reach(pk) {
    return this.pks.includes(pk);
  }

  /**
   * Runs it once these rows are loaded, unless the user stops that or goes elsewhere.
   * @param {string[]} _keys  of placeholders
   * @param {() => void} run
   */
  whenLoaded(_keys, run) {
    run();
  }

  get isNarrowed() {
    return this.query !== "" || this.passes !== null;
  }

  /** The number of rows that would move, disappear or appear by arranging. */
  get strays() {
    const both = [...this.misplaced].filter((pk) => this.unmatched.has(pk)).length;
    return this.misplaced.size + this.unmatched.size + this.missing.size - both;
  }

  /** @param {Iterable<Pk>} pks */
  reset(pks) {
    this.all = new Set(pks);
    this.gone.clear();
    this.arrange();
  }

  /**
   * Puts new rows and new groups at the end, even if rows are sorted.
   * @param {Pk[]} pks
   */
  append(pks) {
    this.#clean();
    const fresh = pks.filter((pk) => !this.all.has(pk) && !this.drafts.has(pk));
    for (const pk of fresh) this.all.add(pk);
    const found = this.isNarrowed ? fresh.filter((pk) => this.#isFound(pk)) : fresh;
    this.pks.splice(this.#end(), 0, ...found);
    for (const pk of found) this.shown?.add(pk);
    const isSorted = this.sorts.length > 0;
    for (const pk of found) if (isSorted || this.groups.opens(pk)) this.misplaced.add(pk);
    this.isScattered ||= this.groups.isOn && found.length > 0;
  }

  /**
   * This must be cheap, because a thousand rows may be removed one by one.
   * @param {Pk} pk
   */
  remove(pk) {
    this.placed.delete(pk);
    if (!this.all.delete(pk) && !this.drafts.delete(pk)) return;
    this.gone.add(pk);
    for (const pks of [this.misplaced, this.unmatched, this.missing]) pks.delete(pk);
    this.shown?.delete(pk);
    this.groups.remove(pk);
  }

  /** @returns {Pk[]} the rows that are shown, including those in closed groups */
  settle() {
    this.#clean();
    if (this.isScattered) this.pks = this.groups.settle(this.pks);
    this.isScattered = false;
    return this.pks;
  }

  #clean() {
    if (this.gone.size) this.pks = this.pks.filter((pk) => !this.gone.has(pk));
    this.gone.clear();
  }

  /**
   * @param {Pk} pk
   * @param {Pk | null} [before]  the row below the new one; by default, it is added at the end
   * @param {string} [like]  a row or heading of its group; by default, the group to which it
   *   belongs
   */
  addDraft(pk, before = null, like = "") {
    this.#clean();
    this.drafts.add(pk);
    if (this.groups.isOn) {
      this.groups.join(pk, like);
      this.placed.add(pk);
      this.isScattered = true;
    }
    const at = before === null ? -1 : this.pks.indexOf(before);
    if (at < 0) this.pks.push(pk);
    else this.pks.splice(at, 0, pk);
    if (at >= 0) this.placed.add(pk);
  }

  /** The place after the last row, and before the new rows that are being filled in. */
  #end() {
    return this.pks.length - (this.drafts.size - this.placed.size);
  }

  /**
   * A draft has become a row. It remains in its place.
   * @param {Pk} draft
   * @param {Pk} pk
   */
  adopt(draft, pk) {
    this.#clean();
    this.drafts.delete(draft);
    const isPlaced = this.placed.delete(draft);
    const known = this.all.has(pk) && this.shown?.has(pk) !== false;
    this.all.add(pk);
    const at = this.pks.indexOf(draft);
    if (at < 0) return;
    this.pks.splice(at, 1);
    this.shown?.add(pk);
    if (known) this.groups.remove(draft);
    else this.groups.rename(draft, pk);
    if (!known) this.pks.splice(isPlaced ? at : this.#end(), 0, pk);
  }

  /**
   * A row has changed: checks whether it is still in place, and still matches.
   * @param {Pk} pk
   * @param {string[]} columns  columns with changed values
   */
  touched(pk, columns) {
    if (!this.all.has(pk)) return;
    const isShown = this.shown?.has(pk) ?? true;
    const isMoved = this.sorts.some(({ column }) => columns.includes(column));
    const isAstray = this.groups.touched(pk);
    if (isShown && (isMoved || isAstray)) this.misplaced.add(pk);
    if (!this.isNarrowed) return;
    const strays = isShown ? this.unmatched : this.missing;
    if (this.#isFound(pk) === isShown) strays.delete(pk);
    else strays.add(pk);
  }

  /**
   * Switches a header to its next state: ascending, descending, unsorted. If rows are out of place,
   * they are first put in order again.
   * @param {string} column
   * @param {boolean} [isAdded]  keeps the columns by which rows are sorted already
   */
  toggleSort(column, isAdded = false) {
    const current = this.sorts.find((sort) => sort.column === column);
    const isOnly = current && this.sorts.length === 1;
    const isStale = (isOnly || isAdded) && current && this.misplaced.size > 0;
    if (!isStale) {
      const next = !current
        ? [{ column, descending: false }]
        : current.descending
          ? []
          : [{ column, descending: true }];
      if (!isAdded) this.sorts = next;
      else if (!current) this.sorts = [...this.sorts, ...next];
      else this.sorts = this.sorts.flatMap((sort) => (sort === current ? next : [sort]));
    }
    this.arrange();
  }

  /** @param {string} query */
  search(query) {
    this.query = query.trim();
    this.arrange();
  }

  /** Arranges all rows. Nothing else moves rows. */
  arrange() {
    for (const pks of [this.gone, this.misplaced, this.unmatched, this.missing]) pks.clear();
    let pks = [...this.all];
    if (this.isNarrowed) pks = pks.filter((pk) => this.#isFound(pk));
    this.shown = this.isNarrowed ? new Set(pks) : null;
    if (this.sorts.length) pks = sorted(pks, this.sorts, this.sortKey, this.collator);
    this.placed = this.groups.isOn ? new Set(this.drafts) : new Set();
    this.pks = this.groups.arrange([...pks, ...this.drafts]);
    this.isScattered = false;
  }

  /** @param {Pk} pk */
  #isFound(pk) {
    if (this.passes && !this.passes(pk)) return false;
    return this.query === "" || this.matches(pk, this.query);
  }
}
