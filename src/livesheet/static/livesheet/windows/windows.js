/**
 * What a large sheet requests from the server: an order of its rows, a page of that order, and the
 * rows around those in sight, but none that have been scrolled past. Calls listeners after changes.
 */

import { realClock, sameValue } from "../protocol.js";
import { Retries } from "../wire/backoff.js";
import { Ahead } from "./ahead.js";
import { firstLoaded, heldOf, turn } from "./turning.js";

/**
 * @import {ErrorFrame, OrderFrame, PageFrame, PartFrame, Pk, ServerFrame} from "../protocol.js"
 */
/** @import {Store} from "../store/store.js" */
/** @import {Sighted} from "../grid/surface.js" */
/** @import {PageOrder} from "./pageorder.js" */
/** @import {Entry, Glass, Held} from "./turning.js" */

/** The next page is requested this many rows before the end of the current one. */
const NEAR_END = 500;
const USUAL_WINDOW = 500;
const LEAST_ROWS = 60;
/** The server may be able to answer a little later. Nothing is wrong with the request. */
const PASSING = ["failed", "too_many"];

/**
 * @typedef {{sorts: object[], by: object[], filters: object[], search: string}} Arranged
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
    /** @type {(() => void)[]} called when the count, the page or the rows in sight have changed */
    this.listeners = [];
    this.refs = 0;
    /** The number of the current order on this connection. */
    this.number = 0;
    /** Whether the server is connected and waits for requests. */
    this.isReady = false;
    /** @type {Arranged | null} the latest request */
    this.asked = null;
    /** @type {Entry | null} */
    this.entry = null;
    /** @type {{page: PageFrame, entry: Entry} | null} a page that waits for its first rows */
    this.coming = null;
    /** @type {{about: Omit<Entry, "ref" | "settle">, settle: (isFound: boolean) => void} | null}
     * requested as soon as there is an order */
    this.later = null;
    this.ahead = new Ahead(this.order, () => limitOf(store));
    this.retries = new Retries(realClock, Math.random);
    this.tries = 0; // how many requests have failed since the last one was answered
  }

  // For parts that show where the user is

  /** The number of rows in the order; a minimum if it is not exact. */
  get count() {
    return this.order.count;
  }

  get isExact() {
    return this.order.known?.exact ?? false;
  }

  /** Whether the server is still reading the order. */
  get isBuilding() {
    return this.order.known?.building ?? false;
  }

  /** The place in the order of the first row in sight, from 0. */
  get place() {
    return this.order.placeAt(this.glass.sight()?.first ?? 0);
  }

  /**
   * @param {number} place  in the order, from 0
   * @param {boolean} [isNeeded]  the row itself must be loaded
   * @returns {Promise<boolean>} whether its row is the first in sight now
   */
  goTo(place, isNeeded = false) {
    const { order } = this;
    const wanted = Math.max(0, Math.floor(place));
    const row = order.rowAt(wanted);
    const isThere = !isNeeded || this.store.rows.has(order.list[row]);
    if (wanted >= order.page.from && wanted < order.page.to && isThere) {
      this.glass.turned({ row: order.leadOf(Math.min(row, order.list.length - 1)), shift: 0 });
      this.look();
      return Promise.resolve(true);
    }
    return this.#enter({ place: wanted, near: null, isKept: false });
  }

  /**
   * @param {Pk} pk
   * @returns {Promise<boolean>} whether the row is in the order and loaded now
   */
  goToKey(pk) {
    if (this.order.pks.includes(pk)) return Promise.resolve(true);
    return this.#enter({ place: this.place, near: pk, isKept: false });
  }

  /** Stops the server from reading on. What is known of the order remains. */
  cancel() {
    this.send({ type: "cancel" });
  }

  // Receiving

  /** The server has forgotten what it sent, and waits for requests. */
  begin() {
    this.isReady = true;
    this.number = 0; // it numbers its orders anew
    this.arrange(sameValue(this.#view(), this.asked) ? this.top() : null);
  }

  /** The connection is lost: open requests will not be answered. The rows remain on screen. */
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
    else if (frame.type === "change") for (const [pk] of frame.rows) this.order.stale.delete(pk);
    else if (frame.type === "error" && frame.ref) this.#failed(frame);
  }

  // Arranging

  /** @param {boolean} isStale  some rows are not where they belong */
  rearrange(isStale) {
    const isOther = !sameValue(this.#view(), this.asked);
    if (!this.isReady || !(isOther || isStale)) return;
    this.arrange(isOther ? null : this.top());
  }

  /** @returns {Arranged} */
  #view() {
    const { sorts, paged, query } = this.order;
    return { sorts, by: paged.by, filters: this.store.view.filters, search: query };
  }

  /**
   * @param {Pk | null} near  the row that keeps its position; null: start at the first row
   * @param {Held | null} [held]
   * @param {number} [place]  that of the row below the heading
   */
  arrange(near, held = null, place = 0) {
    this.#forget();
    const asked = this.#view();
    this.asked = asked;
    this.order.paged.prepare(() => {
      if (this.isReady && this.asked === asked) this.#request(asked, { near, held, place });
    });
  }

  /**
   * @param {Arranged} asked
   * @param {{near: Pk | null, held: Held | null, place: number}} begin
   */
  #request({ filters, search }, { near, held, place }) {
    const about = { place: this.place, near, isKept: near !== null, isFirst: true, held };
    const { ref } = this.#begin(about, () => {});
    const view = { ...this.order.view, filters };
    const begin = { near, rows: this.#rows(), ...(place ? { place } : {}) };
    this.send({ type: "arrange", ref, view, search, ...begin });
  }

  /** Other groups are closed now. @param {string | null} heading  it stays where it is */
  fold(heading) {
    if (!this.isReady) return;
    const held = heldOf(this.order, this.glass.sight(), heading);
    this.arrange(null, held, held ? Math.min(this.place, held.place) : 0);
  }

  #forget() {
    this.entry?.settle(false);
    this.entry = null;
    this.coming = null;
    this.ahead.forget();
    this.retries.close();
  }

  /** @returns {Pk | null} the first loaded row in sight */
  top() {
    return firstLoaded(this.order, this.store.rows, this.glass.sight());
  }

  #rows() {
    return Math.min(limitOf(this.store), Math.max(LEAST_ROWS, 3 * (this.glass.sight()?.rows ?? 0)));
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

  /** Waits for the page's first rows, so that nobody sees an empty page. */
  #paged(/** @type {PageFrame} */ page) {
    const { entry } = this;
    if (page.order !== this.number || page.ref !== entry?.ref) return;
    this.ahead.forget();
    for (const pk of this.store.rows.pks()) this.order.stale.add(pk);
    this.coming = { page, entry };
    if (!page.rows) this.glass.whenFree(() => this.#turn(page.ref, { from: 0, keys: [] }));
  }

  /** @param {PartFrame} part */
  #part(part) {
    if (part.order !== this.number) return;
    for (const row of part.rows) {
      this.store.rows.merge(row);
      this.store.haystack.forget(row[0]);
      this.order.stale.delete(row[0]);
    }
    // The row was deleted while nobody told about it.
    for (const pk of part.keys) if (this.order.stale.delete(pk)) this.store.rows.remove(pk);
    if (this.coming?.page.ref === part.ref) {
      this.glass.whenFree(() => this.#turn(part.ref, part));
      return;
    }
    // If these are the first rows of a page that is no longer wanted, their indexes do not apply.
    if (this.ahead.answered(part.ref) && !this.coming) this.#fill(part);
  }

  /**
   * @param {string} ref
   * @param {Pick<PartFrame, "from" | "keys">} part  the first rows of the page
   */
  #turn(ref, part) {
    const { coming, order, store } = this;
    if (coming?.page.ref !== ref) return; // another page has been requested meanwhile
    const { page, entry } = coming;
    const sighted = { sight: this.glass.sight(), place: this.place };
    this.coming = null;
    this.#succeeded();
    if (this.entry === entry) this.entry = null; // otherwise another page has been requested
    this.glass.turned(turn(order, store, { page, part, entry }, sighted));
    const isFound = entry.near === null || part.keys[0] === entry.near;
    entry.settle(isFound);
    // The row to be kept is gone, and other rows are in its place.
    if (this.later) this.#enterLater();
    else if (!isFound && entry.isKept && entry.place !== null) this.goTo(entry.place);
    else this.look();
    this.#tell();
  }

  /** @param {PartFrame} part */
  #fill(part) {
    const { rows } = this.store;
    this.#succeeded();
    const { arrived, isGone } = this.order.fill(part.from, part.keys, (pk) => rows.has(pk));
    this.glass.arrived(arrived);
    if (isGone) this.glass.arranged();
    this.look();
  }

  /** @param {ErrorFrame} frame */
  #failed(frame) {
    const [{ ref = "", code }, { entry, coming }] = [frame, this];
    const isEntry = entry?.ref === ref;
    if (isEntry) {
      entry.settle(false);
      this.entry = null;
      this.coming = null; // its first rows will not come
    } else if (!this.ahead.answered(ref)) return;
    if (code === "no_order") this.arrange(this.top());
    else if (PASSING.includes(code)) {
      const isLost = isEntry && (entry.isFirst || coming?.entry === entry);
      // A row that takes long to be found is a wish, and not asked for again and again.
      const near = this.tries > 1 ? null : entry?.isFirst ? entry.near : this.top();
      this.retries.later(this.tries, () => (isLost ? this.arrange(near) : this.look()));
      this.tries += 1;
    } else if (isEntry && entry.isFirst && code !== "superseded") {
      this.later?.settle(false);
      this.later = null; // there is no order of which it could be requested
    }
    if (code !== "no_order" && code !== "superseded") this.glass.failed(frame);
    this.#tell();
  }

  #succeeded() {
    if (this.tries) this.glass.failed(null);
    this.tries = 0;
  }

  // Rows in sight

  /** Requests rows in sight that are not loaded. */
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

  /** Requests selected rows as well, because they may be copied. @param {string[]} keys */
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

  /** Requests a page from a screen above, to scroll on seamlessly. @param {Sighted} sight */
  #enterNext({ first, rows }) {
    const { list } = this.order;
    const begin = Math.max(0, first - rows);
    const near = list.slice(begin, first + rows).find((key) => this.store.rows.has(key)) ?? null;
    this.#enter({ place: this.order.placeAt(begin), near, isKept: true });
  }
}

/** @param {Store} store @returns {number} the maximum of rows in one request */
const limitOf = (store) => store.hello?.limits.window ?? USUAL_WINDOW;
