/**
 * What a large sheet asks of the server: an order of its rows, a page of that, and the rows around
 * those in sight. It asks for what is on the screen, and for nothing that was scrolled past; whoever
 * wants to know of a change listens.
 */

import { sameValue } from "../protocol.js";
import { Ahead } from "./ahead.js";

/**
 * @import {ErrorFrame, OrderFrame, PageFrame, PartFrame, Pk, ServerFrame} from "../protocol.js"
 */
/** @import {Store} from "../store/store.js" */
/** @import {Sighted, Topmost} from "../grid/surface.js" */
/** @import {PageOrder} from "./pageorder.js" */

/** The next page is entered so many rows before the end of this one. */
const NEAR_END = 500;
const USUAL_WINDOW = 500;
const LEAST_ROWS = 60;

/**
 * @typedef {object} Glass  what the windows show their rows in
 * @property {() => Sighted | null} sight  null: there is no grid yet
 * @property {(top: Topmost | null) => void} turned  another page; top: the row that is to be the
 *   first in sight, null where all stays as it is
 * @property {(keys: Map<string, Pk>) => void} arrived  rows, by what stood in their places
 * @property {() => void} arranged  rows have gone, or the counts are others
 * @property {(run: () => void) => void} whenFree  nobody is typing, dragging or touching
 * @property {() => boolean} isFree
 * @property {(error: ErrorFrame) => void} failed
 *
 * @typedef {{ref: string, place: number | null, near: Pk | null, isKept: boolean,
 *   isFirst?: boolean, settle: (isFound: boolean) => void}} Entry  a page that is waited for. isKept:
 *   what is in sight stays in sight. isFirst: of an order that is not there yet
 * @typedef {{sorts: object[], filters: object[], search: string}} Arranged
 */

export class Windows {
  /**
   * @param {Store} store
   * @param {PageOrder} order  the store's
   * @param {(frame: object) => boolean} send
   * @param {Glass} glass
   */
  constructor(store, order, send, glass) {
    this.store = store;
    this.send = send;
    this.glass = glass;
    this.order = order;
    /** @type {(() => void)[]} called when the count, the page or what is in sight are others */
    this.listeners = [];
    this.refs = 0;
    /** Of the order, on this line. */
    this.number = 0;
    /** The line stands, and the server waits to be asked. */
    this.isReady = false;
    /** @type {Arranged | null} what was asked for last */
    this.asked = null;
    /** @type {Entry | null} */
    this.entry = null;
    /** @type {{page: PageFrame, entry: Entry} | null} a page whose first rows are on their way */
    this.coming = null;
    /** @type {{about: Omit<Entry, "ref" | "settle">, settle: (isFound: boolean) => void} | null} to be
     * entered as soon as there is an order */
    this.later = null;
    this.ahead = new Ahead(this.order, () => limitOf(store));
    /** @type {Set<Pk>} rows of a former page, which nobody tells us of any more */
    this.stale = new Set();
  }

  // For whoever shows where the user is

  /** How many rows the order has; if it is not exact, at least so many. */
  get count() {
    return this.order.count;
  }

  get isExact() {
    return this.order.known?.exact ?? false;
  }

  /** More of the order is being read. */
  get isBuilding() {
    return this.order.known?.building ?? false;
  }

  /** The place in the order of the first row in sight, from 0. */
  get place() {
    return this.order.from + (this.glass.sight()?.first ?? 0);
  }

  /** A page is on its way. */
  get isTurning() {
    return this.entry !== null;
  }

  /**
   * @param {number} place  in the order, from 0
   * @param {boolean} [isNeeded]  the row itself, which may not have come yet
   * @returns {Promise<boolean>} whether its row is the first in sight now
   */
  goTo(place, isNeeded = false) {
    const { from, to } = this.order.page;
    const wanted = Math.max(0, Math.floor(place));
    const isThere = !isNeeded || this.store.rows.has(this.order.list[wanted - from]);
    if (wanted >= from && wanted < to && isThere) {
      this.glass.turned({ row: Math.min(wanted - from, this.order.list.length - 1), shift: 0 });
      this.look();
      return Promise.resolve(true);
    }
    return this.#enter({ place: wanted, near: null, isKept: false });
  }

  /**
   * @param {Pk} pk
   * @returns {Promise<boolean>} whether the row is in the order, and loaded now
   */
  goToKey(pk) {
    if (this.order.pks.includes(pk)) return Promise.resolve(true);
    return this.#enter({ place: this.place, near: pk, isKept: false });
  }

  /** Read no more of the order: what is known of it stays. */
  cancel() {
    this.send({ type: "cancel" });
  }

  // What is heard

  /** The server has forgotten what it sent, and waits to be asked. */
  begin() {
    this.isReady = true;
    this.arrange(sameValue(this.#view(), this.asked) ? this.top() : null);
  }

  /** The line is lost: what was asked is not answered. What is shown stays. */
  end() {
    this.isReady = false;
    this.#forget();
  }

  close() {
    this.end();
    this.listeners = [];
  }

  /** @param {ServerFrame} frame */
  take(frame) {
    if (frame.type === "order") this.#ordered(frame);
    else if (frame.type === "page") this.#paged(frame);
    else if (frame.type === "part") this.#part(frame);
    else if (frame.type === "change") for (const [pk] of frame.rows) this.stale.delete(pk);
    else if (frame.type === "error" && frame.ref) this.#failed(frame);
  }

  // Arranging

  /** @param {boolean} isStale  some rows do not stand where they should */
  rearrange(isStale) {
    const isOther = !sameValue(this.#view(), this.asked);
    if (!this.isReady || !(isOther || isStale)) return;
    this.arrange(isOther ? null : this.top());
  }

  /** @returns {Arranged} */
  #view() {
    const { order, view } = this.store;
    return { sorts: order.sorts, filters: view.filters, search: order.query };
  }

  /** @param {Pk | null} near  the row that is to stay where it is; null: from the first row on */
  arrange(near) {
    this.#forget();
    this.asked = this.#view();
    const { sorts, filters, search } = this.asked;
    const place = this.place;
    const entry = this.#begin({ place, near, isKept: near !== null, isFirst: true }, () => {});
    const rows = this.#rows();
    this.send({ type: "arrange", ref: entry.ref, view: { sorts, filters }, search, near, rows });
  }

  #forget() {
    this.entry?.settle(false);
    this.entry = null;
    this.coming = null;
    this.ahead.forget();
  }

  /** @returns {Pk | null} the first row in sight that has come */
  top() {
    const first = this.glass.sight()?.first ?? 0;
    const key = this.order.list.slice(first).find((one) => this.store.rows.has(one));
    return key ?? this.order.pks.findLast((one) => this.store.rows.has(one)) ?? null;
  }

  #rows() {
    const screen = this.glass.sight()?.rows ?? 0;
    return Math.min(limitOf(this.store), Math.max(LEAST_ROWS, 3 * screen));
  }

  /**
   * @param {Omit<Entry, "ref" | "settle">} about
   * @param {(isFound: boolean) => void} settle
   * @returns {Entry}
   */
  #begin(about, settle) {
    this.entry?.settle(false);
    this.entry = { ...about, settle, ref: this.#ref() };
    return this.entry;
  }

  #ref() {
    this.refs += 1;
    return `w${this.refs}`;
  }

  /**
   * @param {Omit<Entry, "ref" | "settle">} about
   * @returns {Promise<boolean>}
   */
  #enter(about) {
    return new Promise((settle) => {
      if (!this.isReady || !this.number || this.entry?.isFirst) {
        this.later?.settle(false);
        this.later = { about, settle };
        return;
      }
      const { ref, near } = this.#begin(about, settle);
      const [place, rows, keep] = [about.place ?? 0, this.#rows(), this.order.kept];
      this.send({ type: "enter", ref, order: this.number, place, near, rows, keep });
      this.#tell();
    });
  }

  #enterLater() {
    const { later } = this;
    this.later = null;
    if (later) this.#enter(later.about).then(later.settle);
  }

  // Answers

  /** @param {OrderFrame} frame */
  #ordered(frame) {
    const isAnswer = frame.ref !== null && frame.ref === this.entry?.ref;
    if (!isAnswer && frame.order !== this.number) return;
    this.number = frame.order;
    this.order.learn(frame);
    this.glass.arranged();
    this.look();
    this.#tell();
  }

  /** Only when its first rows have come as well, so that nobody sees a page of nothing. */
  #paged(/** @type {PageFrame} */ page) {
    const { entry } = this;
    if (page.order !== this.number || page.ref !== entry?.ref) return;
    this.ahead.forget();
    this.stale = new Set(this.store.rows.pks());
    this.coming = { page, entry };
    if (!page.rows) this.glass.whenFree(() => this.#turn(page.ref, { from: 0, keys: [] }));
  }

  /** @param {PartFrame} part */
  #part(part) {
    if (part.order !== this.number) return;
    for (const row of part.rows) {
      this.store.rows.merge(row);
      this.store.haystack.forget(row[0]);
      this.stale.delete(row[0]);
    }
    if (this.coming?.page.ref === part.ref) {
      this.glass.whenFree(() => this.#turn(part.ref, part));
      return;
    }
    // Also the first rows come of a page that is not wanted any more: they have other places.
    if (this.ahead.answered(part.ref) && !this.coming) this.#fill(part);
  }

  /**
   * @param {string} ref
   * @param {Pick<PartFrame, "from" | "keys">} part  the first rows of the page
   */
  #turn(ref, part) {
    const { coming, order, store } = this;
    if (coming?.page.ref !== ref) return; // another one was asked for meanwhile
    const { page, entry } = coming;
    const shift = order.from - page.from;
    const sight = this.glass.sight();
    if (entry.isFirst) order.regroup(page, part.from);
    this.coming = null;
    if (this.entry === entry) this.entry = null; // else the server has gone on to another page
    for (const pk of this.stale) {
      // What is to be done to these is still to be done; the base says if they were others by then.
      if (store.ticked.has(pk) || store.opened === pk || order.own.has(pk)) continue;
      store.rows.remove(pk);
      store.haystack.forget(pk);
    }
    this.stale.clear();
    order.turn(page);
    order.fill(part.from, part.keys, (pk) => store.rows.has(pk));
    this.glass.turned(this.#topOf(entry, part, page, sight, shift));
    const isFound = entry.near === null || part.keys[0] === entry.near;
    entry.settle(isFound);
    // The row that was to be kept is gone: where it stood, others stand now.
    if (this.later) this.#enterLater();
    else if (!isFound && entry.isKept && entry.place !== null) this.goTo(entry.place);
    else this.look();
    this.#tell();
  }

  /**
   * What is to be first in sight. What is kept stands where it stood, to the pixel, by its key if that
   * has come, else by its place.
   * @param {Entry} entry
   * @param {Pick<PartFrame, "from" | "keys">} part
   * @param {PageFrame} page
   * @param {Sighted | null} sight
   * @param {number} shift  what was the first row of the page is this one now
   * @returns {Topmost}
   */
  #topOf({ isKept }, part, page, sight, shift) {
    const first = this.order.list.indexOf(part.keys[0]);
    if (!isKept || !sight) return { row: first < 0 ? part.from : first, shift: 0 };
    const at = this.order.list.indexOf(sight.key);
    const row = Math.max(0, Math.min(sight.first + shift, page.rows - 1));
    return { row: at < 0 ? row : at, shift: sight.shift };
  }

  /** @param {PartFrame} part */
  #fill(part) {
    const { rows } = this.store;
    const { arrived, isGone } = this.order.fill(part.from, part.keys, (pk) => rows.has(pk));
    this.glass.arrived(arrived);
    if (isGone) this.glass.arranged();
    this.look();
  }

  /** @param {ErrorFrame} frame */
  #failed(frame) {
    const { ref = "", code } = frame;
    if (this.entry?.ref === ref) {
      this.entry.settle(false);
      this.entry = null;
    } else if (!this.ahead.answered(ref)) return;
    if (code === "no_order") this.arrange(this.top());
    else if (code !== "superseded") this.glass.failed(frame);
    this.#tell();
  }

  // What is in sight

  /** Something else may be in sight: asks for what is not there yet. */
  look() {
    const sight = this.glass.sight();
    if (!sight || !this.isReady || this.entry || !this.number) return;
    if (this.#isNearEnd(sight) && this.glass.isFree()) this.#enterNext(sight);
    else
      this.ahead.look(sight, (range) => {
        const ref = this.#ref();
        return this.send({ type: "window", ref, order: this.number, ...range }) ? ref : "";
      });
  }

  /** What is selected is fetched as well: it may be copied. @param {string[]} keys */
  want(keys) {
    this.ahead.want(keys);
    this.look();
  }

  /** The user has scrolled. */
  scrolled() {
    this.look();
    this.#tell();
  }

  #tell() {
    for (const listener of this.listeners) listener();
  }

  /** @param {Sighted} sight */
  #isNearEnd({ first, rows }) {
    const { page, list, count } = this.order;
    const near = Math.min(NEAR_END, Math.floor(list.length / 4));
    const isBefore = page.from > 0 && first < near;
    return isBefore || (page.to < count && first + rows > list.length - near);
  }

  /** Begins a screen above what is in sight, which goes on being scrolled. @param {Sighted} sight */
  #enterNext({ first, rows }) {
    const { list, from } = this.order;
    const begin = Math.max(0, first - rows);
    const near = list.slice(begin, first + rows).find((key) => this.store.rows.has(key)) ?? null;
    this.#enter({ place: from + begin, near, isKept: true });
  }
}

/** @param {Store} store @returns {number} rows that may be asked for at once */
const limitOf = (store) => store.hello?.limits.window ?? USUAL_WINDOW;
