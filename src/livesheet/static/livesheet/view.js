/**
 * The order in which rows are shown: a list of pks over rows.js. A row never jumps because its
 * sort key changed elsewhere: it is marked as out of place and moves when the user sorts again.
 */

/** @import {Pk} from "./protocol.js" */

/**
 * @typedef {{column: string, descending: boolean}} Sort
 * @typedef {(pk: Pk, column: string) => string | number | null} SortKey  null sorts last
 * @typedef {(pk: Pk, query: string) => boolean} Matches
 */

export class View {
  /**
   * @param {SortKey} sortKey
   * @param {Matches} matches
   * @param {Intl.Collator} [collator]
   */
  constructor(sortKey, matches, collator = new Intl.Collator(undefined, { numeric: true })) {
    this.sortKey = sortKey;
    this.matches = matches;
    this.collator = collator;
    /** @type {Set<Pk>} every row, in the order the server gave */
    this.all = new Set();
    /** @type {Set<Pk>} rows the user is still filling in; they stand at the end */
    this.drafts = new Set();
    /** @type {Set<Pk>} those of them that were asked for at another place; they stand there */
    this.placed = new Set();
    /** @type {Pk[]} what is shown, in that order */
    this.pks = [];
    /** @type {Sort | null} */
    this.sort = null;
    this.query = "";
    /** @type {Set<Pk>} rows that stand where their value no longer says */
    this.misplaced = new Set();
    /** @type {Set<Pk>} taken out, but not yet out of `pks` */
    this.gone = new Set();
  }

  /** @param {Iterable<Pk>} pks */
  reset(pks) {
    this.all = new Set(pks);
    this.gone.clear();
    this.arrange();
  }

  /**
   * New rows go to the end, also in a sorted view.
   * @param {Pk[]} pks
   */
  append(pks) {
    this.settle();
    const fresh = pks.filter((pk) => !this.all.has(pk) && !this.drafts.has(pk));
    for (const pk of fresh) this.all.add(pk);
    const shown = this.query ? fresh.filter((pk) => this.matches(pk, this.query)) : fresh;
    this.pks.splice(this.#end(), 0, ...shown);
    if (this.sort) for (const pk of shown) this.misplaced.add(pk);
  }

  /**
   * Cheap, so that a thousand rows may go one by one.
   * @param {Pk} pk
   */
  remove(pk) {
    this.placed.delete(pk);
    if (!this.all.delete(pk) && !this.drafts.delete(pk)) return;
    this.gone.add(pk);
    this.misplaced.delete(pk);
  }

  /** @returns {Pk[]} what is shown now */
  settle() {
    if (this.gone.size) this.pks = this.pks.filter((pk) => !this.gone.has(pk));
    this.gone.clear();
    return this.pks;
  }

  /**
   * @param {Pk} pk
   * @param {Pk | null} [before]  the row above which it is to stand; else at the end
   */
  addDraft(pk, before = null) {
    this.settle();
    this.drafts.add(pk);
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
    this.settle();
    this.drafts.delete(draft);
    const isPlaced = this.placed.delete(draft);
    const known = this.all.has(pk);
    this.all.add(pk);
    const at = this.pks.indexOf(draft);
    if (at < 0) return;
    this.pks.splice(at, 1);
    if (!known) this.pks.splice(isPlaced ? at : this.#end(), 0, pk);
  }

  /**
   * A value changed: does the row still stand where it should?
   * @param {Pk} pk
   * @param {string[]} columns
   */
  touched(pk, columns) {
    if (this.sort && columns.includes(this.sort.column)) this.misplaced.add(pk);
  }

  /**
   * The next state of a header: ascending, descending, as the server gave. A view with rows out of
   * place is first put in order again.
   * @param {string} column
   */
  toggleSort(column) {
    const current = this.sort?.column === column ? this.sort : null;
    if (!current) this.sort = { column, descending: false };
    else if (this.misplaced.size === 0)
      this.sort = current.descending ? null : { column, descending: true };
    this.arrange();
  }

  /** @param {string} query */
  search(query) {
    this.query = query.trim();
    this.arrange();
  }

  /** Builds the order anew: the only place where rows move. */
  arrange() {
    this.gone.clear();
    this.misplaced.clear();
    let pks = [...this.all];
    if (this.query) pks = pks.filter((pk) => this.matches(pk, this.query));
    if (this.sort) pks = this.#sorted(pks, this.sort);
    this.placed.clear();
    this.pks = [...pks, ...this.drafts];
  }

  /**
   * @param {Pk[]} pks
   * @param {Sort} sort
   */
  #sorted(pks, { column, descending }) {
    const keyed = pks.map((pk) => ({ pk, key: this.sortKey(pk, column) }));
    const sign = descending ? -1 : 1;
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
      if (typeof a.key === "number" && typeof b.key === "number") return sign * (a.key - b.key);
      return sign * this.collator.compare(String(a.key), String(b.key));
    });
    return keyed.map(({ pk }) => pk);
  }
}
