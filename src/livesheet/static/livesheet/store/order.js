/**
 * The order in which rows are shown: a list of pks over rows.js. A row never jumps because its
 * value changed, here or elsewhere: it is marked as out of place, and moves, goes or comes when the
 * user sorts, filters or searches again, or asks for just that.
 */

/** @import {Pk} from "../protocol.js" */

/** @typedef {(pk: Pk, query: string) => boolean} Matches */

export class Order {
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
  }

  /** @param {((pk: Pk) => boolean) | null} passes */
  filter(passes) {
    this.passes = passes;
    this.arrange();
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
   * New rows go to the end, also where rows are sorted.
   * @param {Pk[]} pks
   */
  append(pks) {
    this.settle();
    const fresh = pks.filter((pk) => !this.all.has(pk) && !this.drafts.has(pk));
    for (const pk of fresh) this.all.add(pk);
    const found = this.isNarrowed ? fresh.filter((pk) => this.#isFound(pk)) : fresh;
    this.pks.splice(this.#end(), 0, ...found);
    for (const pk of found) this.shown?.add(pk);
    if (this.sorts.length) for (const pk of found) this.misplaced.add(pk);
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
    const known = this.all.has(pk) && this.shown?.has(pk) !== false;
    this.all.add(pk);
    const at = this.pks.indexOf(draft);
    if (at < 0) return;
    this.pks.splice(at, 1);
    this.shown?.add(pk);
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
    if (isShown && isMoved) this.misplaced.add(pk);
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
    this.placed.clear();
    this.pks = [...pks, ...this.drafts];
  }

  /** @param {Pk} pk */
  #isFound(pk) {
    if (this.passes && !this.passes(pk)) return false;
    return this.query === "" || this.matches(pk, this.query);
  }
}

/*
 * The order of a hundred thousand rows by several columns: each column's keys become numbers once,
 * so that what is compared again and again is numbers.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: all that ASCII has
const PLAIN = /^[\x00-\x7f]*$/;

/** A language's own order costs a second for a hundred thousand texts, that of code units a tenth. */
const MANY = 5_000;

/**
 * @typedef {{column: string, descending: boolean}} Sort
 * @typedef {string | number | null} Key  null sorts last, in either direction
 * @typedef {(pk: Pk, column: string) => Key} SortKey
 */

/**
 * @param {Pk[]} pks
 * @param {Sort[]} sorts  the first counts most
 * @param {SortKey} sortKey
 * @param {Intl.Collator} collator
 * @returns {Pk[]}
 */
export function sorted(pks, sorts, sortKey, collator) {
  const ranks = sorts.map(({ column, descending }) => {
    const keys = pks.map((pk) => sortKey(pk, column));
    return ranksOf(keys, descending ? -1 : 1, collator);
  });
  const order = pks.map((_, index) => index);
  order.sort((a, b) => {
    for (const rank of ranks) if (rank[a] !== rank[b]) return rank[a] < rank[b] ? -1 : 1;
    return a - b;
  });
  return order.map((index) => pks[index]);
}

/**
 * @param {Key[]} keys
 * @param {1 | -1} sign
 * @param {Intl.Collator} collator
 * @returns {Float64Array}
 */
function ranksOf(keys, sign, collator) {
  const places = keys.some((key) => typeof key === "string") ? placesOf(keys, collator) : null;
  const rank = (/** @type {Key} */ key) => {
    if (key === null) return Number.POSITIVE_INFINITY;
    return sign * (places ? /** @type {number} */ (places.get(String(key))) : Number(key));
  };
  return Float64Array.from(keys, rank);
}

/**
 * @param {Key[]} keys
 * @param {Intl.Collator} collator
 * @returns {Map<string, number>}
 */
function placesOf(keys, collator) {
  const texts = new Set(keys.flatMap((key) => (key === null ? [] : [String(key)])));
  return new Map(inOrder(texts, collator).map((text, at) => [text, at]));
}

/**
 * As people sort texts; very many of them a little more simply.
 * @param {Set<string>} texts
 * @param {Intl.Collator} collator
 * @returns {string[]}
 */
export function inOrder(texts, collator) {
  if (texts.size > MANY && isPlainAll(texts)) return byUnits(texts);
  return [...texts].sort(collator.compare);
}

/** @param {Set<string>} texts */
function isPlainAll(texts) {
  for (const text of texts) if (!PLAIN.test(text)) return false;
  return true;
}

/**
 * Where all is ASCII: without regard to case, numbers by their size.
 * @param {Set<string>} texts
 * @returns {string[]}
 */
function byUnits(texts) {
  const keyed = Array.from(texts, (text) => ({ text, key: naturalKey(text) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  return keyed.map(({ text }) => text);
}

/** A number is led by how long it is, between the signs and the letters. @param {string} text */
function naturalKey(text) {
  return text.toLowerCase().replace(/\d+/g, (digits) => {
    const number = digits.replace(/^0+(?=\d)/, "");
    return String.fromCharCode(48 + Math.min(number.length, 48)) + number;
  });
}
