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
/** @typedef {{shown: number, all: number, isExact: boolean, isAbout?: boolean}} Counted  not exact: so many
 * at least, or about so many */

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
    /** @type {Set<Pk>} every row, in the order the server gave */
    this.all = new Set();
    /** @type {Set<Pk>} rows the user is still filling in; they stand at the end */
    this.drafts = new Set();
    /** @type {Set<Pk>} those of them that were asked for at another place; they stand there */
    this.placed = new Set();
    /** @type {Pk[]} what is shown, in that order */
    this.pks = [];
    /** @type {Sort[]} the first counts most */
    this.sorts = [];
    this.query = "";
    /** @type {((pk: Pk) => boolean) | null} what the filters let through */
    this.passes = null;
    /** @type {Set<Pk> | null} the shown rows, where some are not */
    this.shown = null;
    /** @type {Set<Pk>} rows that stand where their value no longer says */
    this.misplaced = new Set();
    /** @type {Set<Pk>} rows that are shown and no longer found */
    this.unmatched = new Set();
    /** @type {Set<Pk>} rows that would be found and are not shown */
    this.missing = new Set();
    /** @type {Set<Pk>} taken out, but not yet out of `pks` */
    this.gone = new Set();
    /** Rows have come that do not stand in their groups yet. */
    this.isScattered = false;
  }

  /** @param {((pk: Pk) => boolean) | null} passes */
  filter(passes) {
    this.passes = passes;
    this.arrange();
  }

  /** A large sheet shows a page of its rows, and arranges them on the server. */
  get isPaged() {
    return false;
  }

  /** It is not known yet which rows there are. */
  get isWaiting() {
    return false;
  }

  /** No row comes after the last one that is here. */
  get isAtEnd() {
    return true;
  }

  /** The place of the first row in the whole order. */
  get from() {
    return 0;
  }

  /** @returns {number | null} how many rows the next arranging would add; null: very many */
  get fresh() {
    return 0;
  }

  /** @returns {string[]} what stands in the grid: rows, and headings or what stands for a row */
  entries() {
    return this.groups.entries(this.settle());
  }

  /**
   * @param {number} all  rows that are known
   * @returns {Counted}
   */
  counted(all) {
    return { shown: this.settle().length - this.drafts.size, all, isExact: true };
  }

  /** @returns {Order} of all rows, arranged as this one is */
  whole() {
    const made = new Order(this.sortKey, this.matches, this.groups, this.collator);
    made.drafts = new Set(this.drafts);
    made.sorts = this.sorts;
    made.query = this.query;
    made.passes = this.passes;
    made.arrange();
    return made;
  }

  /** @param {Pk} pk @returns {number} where it stands in the whole order, from 0; -1: not there */
  placeOf(pk) {
    return this.pks.indexOf(pk);
  }

  /** It may be shown, on another page. @param {Pk} _pk */
  isElsewhere(_pk) {
    return false;
  }

  /**
   * The row is among those that are shown, wherever it stood.
   * @param {Pk} pk
   * @returns {Promise<boolean>} whether it is
   */
  async reach(pk) {
    return this.pks.includes(pk);
  }

  get isNarrowed() {
    return this.query !== "" || this.passes !== null;
  }

  /** How many rows the next arranging would move, take or bring. */
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
   * New rows go to the end, also where rows are sorted; so does a new group.
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
   * Cheap, so that a thousand rows may go one by one.
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

  /** @returns {Pk[]} what is shown now, or would be if no group were closed */
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
   * @param {Pk | null} [before]  the row above which it is to stand; else at the end
   * @param {string} [like]  the row or the heading whose group it is put into; else where it belongs
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

  /** Where the rows end and new ones that are being filled in begin. */
  #end() {
    return this.pks.length - (this.drafts.size - this.placed.size);
  }

  /**
   * A draft has become a row. It stays where it is.
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
   * A row changed: does it still stand where it should, and is it still found?
   * @param {Pk} pk
   * @param {string[]} columns  that have another value
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
   * The next state of a header: ascending, descending, as the server gave. An order with rows out of
   * place is first put in order again.
   * @param {string} column
   * @param {boolean} [isAdded]  to the columns that it is sorted by already
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

  /** Builds the order anew: the only place where rows move. */
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
