/**
 * Decides which rows of the page to request: first those in sight, then a margin in the direction
 * of scrolling. Rows that have been scrolled past are not requested any more.
 */

/** @import {Sighted} from "../grid/surface.js" */
/** @import {PageOrder} from "./pageorder.js" */

/** @typedef {{from: number, to: number}} Range  rows of the page, `to` not included */

/** How many screens are fetched in advance, as soon as fewer than so many are left. */
const SCREENS = 3;
const LEFT = 1;
/** With more requests under way, the last would be answered after its rows are out of sight. */
const MOST_ASKED = 2;

export class Ahead {
  /**
   * @param {PageOrder} order
   * @param {() => number} most  the maximum of rows in one request
   */
  constructor(order, most) {
    this.order = order;
    this.most = most;
    /** @type {Map<string, Range>} requests under way, by ref */
    this.waiting = new Map();
    /** @type {number[]} rows to fetch even if they are out of sight */
    this.wanted = [];
    this.first = 0;
    this.isDown = true;
  }

  /** Forgets the requests under way: they are for another page, or their connection is lost. */
  forget() {
    this.waiting.clear();
    this.wanted = [];
  }

  /** @param {string[]} keys  as in the grid */
  want(keys) {
    this.wanted = keys.map((key) => this.order.rowOf(key)).filter((at) => at >= 0);
  }

  /** @param {string} ref @returns {boolean} whether this module sent the request */
  answered(ref) {
    return this.waiting.delete(ref);
  }

  /**
   * @param {Sighted} sight
   * @param {(range: Range) => string} ask  returns the ref, or "" if nothing can be requested
   */
  look(sight, ask) {
    if (sight.first !== this.first) this.isDown = sight.first > this.first;
    this.first = sight.first;
    while (this.waiting.size < MOST_ASKED) {
      const next = this.#next(sight);
      const ref = next ? ask(next) : "";
      if (!next || !ref) return;
      this.waiting.set(ref, next);
    }
  }

  /**
   * Waits until less than a screen is left, so that each request fetches many rows, which arrive
   * before they are drawn.
   * @param {Sighted} sight
   * @returns {Range | null}
   */
  #next({ first, rows }) {
    const near = this.#missing(first - LEFT * rows, first + (1 + LEFT) * rows);
    if (!near.length) return this.#nextWanted();
    const [before, after] = this.isDown ? [LEFT, SCREENS] : [SCREENS, LEFT];
    const all = this.#missing(first - before * rows, first + (1 + after) * rows);
    const [from, to] = [all[0], all[all.length - 1] + 1];
    return this.isDown
      ? { from, to: Math.min(to, from + this.most()) }
      : { from: Math.max(from, to - this.most()), to };
  }

  /** @returns {Range | null} */
  #nextWanted() {
    if (!this.wanted.length) return null;
    const missing = new Set(this.#missing(0, this.order.list.length));
    this.wanted = this.wanted.filter((at) => missing.has(at));
    const [from] = this.wanted;
    if (from === undefined) return null;
    const last = this.wanted.findLast((at) => at < from + this.most()) ?? from;
    return { from, to: last + 1 };
  }

  /**
   * @param {number} from  index in the grid
   * @param {number} to
   * @returns {number[]} the page's rows that are neither loaded nor requested
   */
  #missing(from, to) {
    const asked = [...this.waiting.values()];
    return this.order.list
      .slice(Math.max(0, from), Math.max(0, to))
      .map((key) => this.order.rowOf(key))
      .filter((at) => at >= 0 && !asked.some((one) => at >= one.from && at < one.to));
  }
}
