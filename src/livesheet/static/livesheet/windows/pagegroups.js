/**
 * The groups of a large sheet. Which rows of a page begin a group is known from the page, and what
 * a whole group contains from the outline. The rows of closed groups are not in the order at all,
 * so that places remain the numbers of the rows that can be seen.
 */

import { Groups, keyOf, valuesOf } from "../store/groups.js";
import { askedAs, isMany } from "../values/kinds.js";

/** @import {Column, Pk, Value} from "../protocol.js" */
/** @import {Group, Key} from "../store/groups.js" */
/** @import {What} from "../values/kinds.js" */
/** @import {Outline} from "./outline.js" */
/** @import {Page} from "./pageorder.js" */

/** How many groups can be closed, and sorted by a total. The server accepts no more. */
export const MOST_CLOSED = 500;
export const MOST_SORTED = 50;

export class PageGroups extends Groups {
  /**
   * @param {Groups} former
   * @param {Outline} outline
   * @param {object} world
   * @param {() => string} world.zone  in which moments have their days
   * @param {(key: Key | null) => void} world.onFold  other groups are closed now; key: by the user,
   *   this one alone
   * @param {(key: Key) => void} world.onUnknown  nothing is known of this group, so it stays open
   * @param {(columns: Column[], isByValue: boolean) => void} world.onLeftOut  rows cannot be grouped
   *   by these columns; isByValue: nor so many groups be sorted by a total
   */
  constructor(former, outline, { zone, onFold, onUnknown, onLeftOut }) {
    super(former.host, former.closed, former.collator);
    this.outline = outline;
    this.zone = zone;
    this.onFold = onFold;
    this.onUnknown = onUnknown;
    this.onLeftOut = onLeftOut;
    /** What was left out last, so that the user is told once. */
    this.leftOut = "[[],false]";
    /** @type {Column[]} */
    this.left = [];
    /** @type {Key[]} all groups in the order of the rows, if they are sorted by a total */
    this.first = [];
    /** @type {Set<Key>} the closed groups whose rows are left out of the order */
    this.folded = new Set();
    /** @type {[at: number, key: Key][]} the rows of the page that begin a group */
    this.starts = [];
  }

  /** Not by columns with several values. @param {Group[]} by */
  set(by) {
    const columnOf = (/** @type {Group} */ { column }) =>
      /** @type {Column} */ (this.host.column(column));
    this.left = by.map(columnOf).filter(isMany);
    super.set(by.filter((one) => !this.left.includes(columnOf(one))));
    if (!this.isOn) this.folded = new Set();
    this.#tell(false);
  }

  /** @param {boolean} isByValue */
  #tell(isByValue) {
    const leftOut = JSON.stringify([this.left.map(({ name }) => name), isByValue]);
    if (leftOut !== this.leftOut) this.onLeftOut(this.left, isByValue);
    this.leftOut = leftOut;
  }

  get isByTotal() {
    return this.by.some(({ by }) => by);
  }

  /** What the server needs to know about the groups. It sorts by their values. */
  get view() {
    const by = this.by.map(({ column, descending, by }) => ({
      column,
      descending: !by && descending,
    }));
    return { by, zone: this.zone() || "UTC" };
  }

  /**
   * Adds the headings to rows that need not be on the page.
   * @param {Pk[]} pks  in the order of the groups
   */
  entries(pks) {
    /** @type {string[]} */
    let former = [];
    return pks.flatMap((pk) => {
      const values = this.by.map(({ column }) => this.host.valueOf(pk, column));
      const chain = values.map((_, level) => keyOf(values.slice(0, level + 1)));
      const begun = chain.filter((key, level) => key !== former[level]);
      former = chain;
      return [...begun, pk];
    });
  }

  /** The closed groups, and those that come first in an order by a total. */
  get named() {
    const closed = [...this.folded].map(valuesOf);
    return this.first.length ? { closed, first: this.first.map(valuesOf) } : { closed };
  }

  /**
   * Decides the order of the groups, and which are closed. If they are sorted by a total, or any is
   * closed, the outline must be known.
   * @param {() => void} run  called once this is decided
   */
  prepare(run) {
    this.outline.prepare(this.isOn && (this.isByTotal || this.closed.size > 0), () => {
      this.#sort();
      this.#fold();
      run();
    });
  }

  #sort() {
    const { outline, isByTotal } = this;
    const isFew = outline.isWhole && outline.list.length <= MOST_SORTED;
    const isSorted = isByTotal && isFew;
    this.first = isSorted ? outline.sort((keys, level) => this.byTotal(keys, level)) : [];
    this.#tell(isByTotal && !isFew);
  }

  #fold() {
    const { closed, outline } = this;
    const isShut = (/** @type {Key} */ key) => {
      const [outer] = chainOf(key);
      return closed.has(key) && (outer === key || !closed.has(outer));
    };
    this.folded = new Set(closed.size ? outline.list.filter(isShut).slice(0, MOST_CLOSED) : []);
  }

  // Places

  /**
   * Returns the headings of a page, each with the row of the page above which it is. Closed groups
   * are between those that are next to them in the outline.
   * @param {Page} page
   * @param {boolean} isLast  whether it is the last page
   * @returns {[at: number, keys: Key[]][]}
   */
  headings({ groups = [], within = 0, from, rows }, isLast) {
    const { places, list } = this.outline;
    this.starts = groups.map(([at, values]) => [at, keyOf(values)]);
    const [first] = this.starts;
    const isWithin = within === this.by.length;
    const isTop = from === 0 || !first;
    let last = isTop ? -1 : isWithin ? (places.get(first[1]) ?? -1) : this.#before(first[1]);
    let former = isTop ? [] : chainOf(first[1]).slice(0, within);
    if (last >= 0) former.push(...chainOf(list[last]));
    /** @param {Key[]} keys  the innermost headings */
    const added = (keys) =>
      keys.flatMap((key) => {
        const known = former;
        former = chainOf(key);
        return former.filter((one) => !known.includes(one));
      });
    /** @type {[number, Key[]][]} */
    const found = [];
    for (const [at, key] of isWithin ? this.starts.slice(1) : this.starts) {
      const place = places.get(key) ?? last;
      found.push([at, added([...this.#shut(last, place), key])]);
      last = Math.max(last, place);
    }
    if (isLast) found.push([rows, added(this.#shut(last, list.length))]);
    return found;
  }

  /** @param {number} from @param {number} to @returns {Key[]} the closed groups between them */
  #shut(from, to) {
    return this.outline.list.slice(from + 1, to).filter((key) => this.folded.has(key));
  }

  /** @param {Key} key @returns {number} the place of the last group before it that has rows */
  #before(key) {
    const { places, list } = this.outline;
    const isOpen = (/** @type {Key} */ one) =>
      valuesOf(one).length === this.by.length && !chainOf(one).some((k) => this.folded.has(k));
    return list.slice(0, places.get(key) ?? 0).findLastIndex(isOpen);
  }

  /** Another page is shown. @param {(pk: Pk) => boolean} isKept */
  turn(isKept) {
    for (const pk of [...this.places.keys()]) if (!isKept(pk)) this.remove(pk);
  }

  /**
   * @param {Pk} pk
   * @param {number} at  its row on the page
   */
  put(pk, at) {
    const start = this.starts.findLast(([first]) => first <= at);
    if (!start) return;
    this.places.set(pk, start[1]);
    this.touched(pk);
  }

  // What the server counts

  /** @param {Key} key */
  heading(key) {
    const values = valuesOf(key);
    const count = this.outline.sums.get(key)?.count ?? null;
    return { values, level: values.length, isOpen: !this.folded.has(key), count };
  }

  /**
   * @param {Key} key
   * @param {string} name
   * @param {What | "count"} what
   * @returns {Value}
   */
  total(key, name, what) {
    const sums = this.outline.sums.get(key);
    const column = this.host.column(name);
    if (what === "count" || !column) return sums?.count ?? null;
    return sums?.columns[name]?.[askedAs(column, what)] ?? null;
  }

  /** The totals of all groups are known anew. */
  counted() {
    for (const key of this.outline.list) this.changed.add(key);
  }

  // Opening and closing

  /** @param {Key} key */
  toggle(key) {
    const isFull = this.folded.size >= MOST_CLOSED && !this.folded.has(key);
    if (isFull || !this.outline.places.has(key)) {
      this.onUnknown(key);
      return;
    }
    super.toggle(key);
    this.onFold(key);
  }

  /** @param {boolean} isOpen */
  openAll(isOpen) {
    this.closed.set(isOpen ? [] : this.outline.outer);
    this.onFold(null);
  }

  /** A row that is loaded is in no closed group. */
  reveal() {
    return false;
  }
}

/** @param {Key} key @returns {Key[]} from the outermost group to this one */
const chainOf = (key) => valuesOf(key).map((_, at, values) => keyOf(values.slice(0, at + 1)));
