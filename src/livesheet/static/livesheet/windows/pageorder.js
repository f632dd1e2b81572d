/**
 * The order of a large sheet, of which only one page is loaded. A placeholder with a key of its own
 * represents each row that has not arrived. The row later replaces it in the same place, so that
 * nothing moves. Sorting and filtering are requested from the server.
 */

import { ABSENT, isAbsent, isHeading } from "../protocol.js";
import { Order } from "../store/order.js";

/** @import {OrderFrame, PageFrame, Pk} from "../protocol.js" */
/** @import {PageGroups} from "./pagegroups.js" */

/** @typedef {Pick<PageFrame, "from" | "to" | "rows" | "groups" | "within">} Page  the places `from`
 * to `to`, and the number of its rows */

const NO_PAGE = { from: 0, to: 0, rows: 0 };
/** How many added rows keep their places: the server must be told each of them. */
const MOST_OWN = 100;
/** A new row is added at the end of its group, unless that is further away. */
const NEAR_END = 200;

export class PageOrder extends Order {
  /**
   * @param {Order} former  the order before, for the user's sorting and filters, and for new rows
   *   that are being filled in
   * @param {PageGroups} groups
   * @param {object} world
   * @param {(isStale: boolean) => void} world.onArrange  arranges the rows anew; isStale: some rows
   *   are not where they belong
   * @param {() => Pk | null} world.top  the first row in sight
   * @param {(pk: Pk) => Promise<boolean>} world.reach  loads the page of the row
   * @param {(keys: string[], run: () => void) => void} world.load  see `whenLoaded()`
   */
  constructor(former, groups, { onArrange, top, reach, load }) {
    super(former.sortKey, former.matches, groups, former.collator);
    this.paged = groups;
    this.wholeGroups = former.groups;
    this.onArrange = onArrange;
    this.top = top;
    this.reach = reach;
    this.whenLoaded = load;
    this.drafts = new Set(former.drafts);
    /** @type {Map<Pk, number>} rows that the user has added, and the places that they keep until
     * the rows are arranged anew */
    this.own = new Map([...this.drafts].map((pk) => [pk, 0]));
    this.sorts = former.sorts;
    this.query = former.query;
    this.passes = former.passes;
    /** @type {Page} */
    this.page = NO_PAGE;
    this.pages = 0;
    /** @type {string[]} what the grid shows, from the top */
    this.list = [...this.drafts];
    this.pks = [...this.drafts];
    /** @type {number[]} the rows of the grid that are headings */
    this.heads = [];
    /** @type {Pick<OrderFrame, "count" | "exact" | "about" | "building" | "new"> | null} null: not
     * known yet */
    this.known = null;
  }

  get isPaged() {
    return true;
  }

  get isWaiting() {
    return this.known === null || this.pages === 0;
  }

  get isAtEnd() {
    return (this.known?.exact ?? false) && this.page.to >= this.count;
  }

  get isEmpty() {
    return this.list.length === 0;
  }

  get from() {
    return this.page.from;
  }

  get fresh() {
    return this.known ? this.known.new : 0;
  }

  /** The number of rows, or 0 if it is not known yet. */
  get count() {
    return this.known?.count ?? 0;
  }

  entries() {
    this.settle();
    return this.list;
  }

  /** @param {Pk} pk */
  isElsewhere(pk) {
    return !this.list.includes(pk);
  }

  /** @param {Pk} pk */
  placeOf(pk) {
    const at = this.list.indexOf(pk);
    return at < 0 ? -1 : this.placeAt(at);
  }

  /** @param {number} row  for a heading, the place of the row below it */
  placeAt(row) {
    const above = this.heads.findIndex((at) => at >= row);
    return this.page.from + row - (above < 0 ? this.heads.length : above);
  }

  /** @param {number} place @returns {number} the row of the grid at this place of the page */
  rowAt(place) {
    let row = place - this.page.from;
    for (const at of this.heads) if (at <= row) row += 1;
    return row;
  }

  /** @param {number} row @returns {number} the first of the headings directly above it */
  leadOf(row) {
    let lead = row;
    while (lead > 0 && isHeading(this.list[lead - 1])) lead -= 1;
    return lead;
  }

  get view() {
    const { sorts, paged } = this;
    if (!paged.isOn) return { sorts };
    return { sorts, grouped: { ...paged.view, ...paged.named } };
  }

  whole() {
    return super.whole(this.wholeGroups);
  }

  /** With groups, the rows of closed ones as well. */
  counted() {
    const grouped = this.paged.isOn ? this.paged.outline.count : null;
    const { count, exact = true, about = null } = this.known ?? { count: 0 };
    const all = grouped ?? (about === null ? count : Number(about.toPrecision(2)));
    return { shown: all, all, isExact: exact, isAbout: grouped === null && about !== null };
  }

  settle() {
    if (this.gone.size) this.#put(this.list.filter((key) => !this.gone.has(key)));
    this.gone.clear();
    return this.pks;
  }

  // What the server sends

  /** @param {OrderFrame} frame */
  learn(frame) {
    this.known = frame;
  }

  /** The rows about which the server reports on any page. @returns {Pk[]} */
  get kept() {
    return [...this.own.keys()].filter((pk) => !this.drafts.has(pk));
  }

  /**
   * Shows another page. At first, all its rows are placeholders. New rows that are being filled in
   * are always shown, and saved ones where they were.
   * @param {Page} page
   */
  turn(page) {
    this.page = page;
    this.pages += 1;
    this.all.clear();
    for (const pks of [this.gone, this.misplaced, this.unmatched, this.placed]) pks.clear();
    this.#put(this.#listOf(page));
    this.paged.turn((pk) => this.own.has(pk));
    for (const [pk, place] of [...this.own].sort(([, one], [, other]) => one - other)) {
      const isHere = place >= page.from && place <= page.from + page.rows;
      if (!isHere && !this.drafts.has(pk)) continue;
      if (!this.drafts.has(pk)) this.all.add(pk);
      // In the middle of another page, it would shift the places of all rows below.
      this.#insert(pk, isHere ? Math.min(this.rowAt(place), this.list.length) : this.list.length);
    }
  }

  /** @param {Page} page @returns {string[]} its placeholders and headings */
  #listOf(page) {
    const rows = Array.from({ length: page.rows }, (_, at) => this.#absent(at));
    if (!this.paged.isOn) return rows;
    /** @type {string[]} */
    const list = [];
    let last = 0;
    for (const [at, keys] of this.paged.headings(page, this.isAtEnd)) {
      list.push(...rows.slice(last, at), ...keys);
      last = at;
    }
    return [...list, ...rows.slice(last)];
  }

  /**
   * The rows are arranged anew. Added rows go where they belong. Those that are being filled in go
   * to the end or, if that is thousands of rows away, to the place where the user is.
   * @param {Page} page
   * @param {number} row  the first row in sight, as an index on the page
   */
  regroup(page, row) {
    const place = page.from + (page.to < this.count ? row : page.rows);
    this.own = new Map([...this.drafts].map((pk) => [pk, place]));
  }

  /**
   * @param {Pk} pk
   * @param {number} at
   */
  #insert(pk, at) {
    if (at < this.list.length && this.drafts.has(pk)) this.placed.add(pk);
    this.#put(this.list.toSpliced(at, 0, pk));
  }

  /**
   * Replaces placeholders by rows. The placeholder of a row that is deleted or elsewhere is
   * removed.
   * @param {number} from
   * @param {Pk[]} keys
   * @param {(pk: Pk) => boolean} isThere
   * @returns {{arrived: Map<string, Pk>, isGone: boolean}} arrived: the rows by their placeholders
   */
  fill(from, keys, isThere) {
    const arrived = new Map();
    const known = new Set(this.list);
    let isGone = false;
    keys.forEach((pk, at) => {
      const absent = this.#absent(from + at);
      if (!known.has(absent)) return;
      if (isThere(pk) && !known.has(pk)) arrived.set(absent, pk);
      else this.gone.add(absent);
      isGone ||= this.gone.has(absent);
    });
    keys.forEach((pk, at) => {
      if (this.paged.isOn && isThere(pk)) this.paged.put(pk, from + at);
    });
    for (const pk of arrived.values()) this.all.add(pk);
    this.#put(this.list.map((key) => arrived.get(key) ?? key));
    return { arrived, isGone };
  }

  /** @param {number} at  index on the page @returns {string} */
  #absent(at) {
    return `${ABSENT}${this.pages}:${at}`;
  }

  /**
   * @param {string} key
   * @returns {number} the index on the page that a placeholder represents, or -1 for other keys
   */
  rowOf(key) {
    return isAbsent(key) ? Number(key.slice(key.lastIndexOf(":") + 1)) : -1;
  }

  /** @param {string[]} list */
  #put(list) {
    this.list = list;
    this.pks = list.filter((key) => !isAbsent(key) && !isHeading(key));
    this.heads = this.paged.isOn ? list.flatMap((key, at) => (isHeading(key) ? at : [])) : [];
  }

  // The interface of every order

  arrange() {
    this.onArrange(this.strays > 0 || this.fresh !== 0);
  }

  /** Forgets everything that is known of the order. */
  reset() {
    this.known = null;
    this.turn(NO_PAGE);
  }

  /** Does nothing: a new row is only counted, and is shown when the rows are arranged anew. */
  append() {}

  /** @param {Pk} pk */
  remove(pk) {
    this.placed.delete(pk);
    this.own.delete(pk);
    if (!this.all.delete(pk) && !this.drafts.delete(pk)) return;
    this.gone.add(pk);
    this.groups.remove(pk);
    for (const pks of [this.misplaced, this.unmatched]) pks.delete(pk);
  }

  /**
   * Adds a new row at the end or, if that is thousands of rows away, above the first row in sight.
   * If rows are grouped, it is added at the end of its group, or at the beginning of a long one.
   * @param {Pk} pk
   * @param {Pk | null} [before]
   * @param {string} [like]  a row or heading of its group
   */
  addDraft(pk, before = null, like = "") {
    this.settle();
    this.drafts.add(pk);
    const above = before ?? (this.page.to < this.count ? this.top() : null);
    const found = above === null ? -1 : this.list.indexOf(above);
    const inGroup = this.paged.isOn && before === null ? this.#endOf(pk, like) : -1;
    const at = inGroup >= 0 ? inGroup : found < 0 ? this.list.length : found;
    this.own.set(pk, this.placeAt(at));
    this.#insert(pk, at);
  }

  /**
   * @param {Pk} pk  a new row
   * @param {string} like  a row or heading of its group
   * @returns {number} the row of the grid at which it is added, or -1
   */
  #endOf(pk, like) {
    const { paged, list, heads } = this;
    paged.join(pk, like);
    const heading = list.indexOf(paged.places.get(pk) ?? "");
    const first = heading < 0 ? list.indexOf(like) : heading;
    if (first < 0) return -1;
    const end = heads.find((at) => at > first) ?? list.length;
    return end - first > NEAR_END ? first + 1 : end;
  }

  /**
   * @param {Pk} draft
   * @param {Pk} pk
   */
  adopt(draft, pk) {
    this.settle();
    this.drafts.delete(draft);
    this.placed.delete(draft);
    const place = this.own.get(draft);
    this.own.delete(draft);
    if (place !== undefined) this.own.set(pk, place);
    const [oldest] = this.kept;
    if (this.kept.length > MOST_OWN) this.own.delete(oldest);
    const isKnown = this.list.includes(pk);
    if (isKnown) this.groups.remove(draft);
    else this.groups.rename(draft, pk);
    this.all.add(pk);
    this.#put(this.list.flatMap((key) => (key !== draft ? key : isKnown ? [] : pk)));
  }

  /**
   * @param {Pk} pk
   * @param {string[]} columns
   */
  touched(pk, columns) {
    if (!this.all.has(pk)) return;
    const isMoved = this.sorts.some(({ column }) => columns.includes(column));
    if (this.groups.touched(pk) || isMoved) this.misplaced.add(pk);
    const isFound =
      (!this.passes || this.passes(pk)) && (!this.query || this.matches(pk, this.query));
    this.unmatched[isFound ? "delete" : "add"](pk);
  }
}
