/**
 * Which rows of the page are to be asked for: those in sight first, then a margin where the user is
 * going. What was scrolled past is not asked for any more.
 */

/** @import {Sighted} from "../grid/surface.js" */
/** @import {PageOrder} from "./pageorder.js" */

/** @typedef {{from: number, to: number}} Range  rows of the page, `to` not included */

/** Screens that are fetched before the user comes there. */
const SCREENS = 2;
/** Under way at once: one more would be of what is scrolled past by then. */
const MOST_ASKED = 2;

export class Ahead {
  /**
   * @param {PageOrder} order
   * @param {() => number} most  rows that may be asked for at once
   */
  constructor(order, most) {
    this.order = order;
    this.most = most;
    /** @type {Map<string, Range>} under way, by their refs */
    this.waiting = new Map();
    /** @type {number[]} rows that are wanted wherever the user is */
    this.wanted = [];
    this.first = 0;
    this.isDown = true;
  }

  /** What is under way is of another page, or of a lost line. */
  forget() {
    this.waiting.clear();
    this.wanted = [];
  }

  /** @param {string[]} keys  what stands in the grid */
  want(keys) {
    this.wanted = keys.map((key) => this.order.rowOf(key)).filter((at) => at >= 0);
  }

  /** @param {string} ref @returns {boolean} whether it was asked */
  answered(ref) {
    return this.waiting.delete(ref);
  }

  /**
   * @param {Sighted} sight
   * @param {(range: Range) => string} ask  its ref; "" where it could not be asked
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
   * Not before half a screen is left, so that many are fetched at once.
   * @param {Sighted} sight
   * @returns {Range | null}
   */
  #next({ first, rows }) {
    const half = Math.ceil(rows / 2);
    const near = this.#missing(first - half, first + rows + half);
    if (!near.length) return this.#nextWanted();
    const [before, after] = this.isDown ? [half, SCREENS * rows] : [SCREENS * rows, half];
    const all = this.#missing(first - before, first + rows + after);
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
   * @param {number} from  of what stands in the grid
   * @param {number} to
   * @returns {number[]} which of the page's rows have neither come nor been asked for
   */
  #missing(from, to) {
    const asked = [...this.waiting.values()];
    return this.order.list
      .slice(Math.max(0, from), Math.max(0, to))
      .map((key) => this.order.rowOf(key))
      .filter((at) => at >= 0 && !asked.some((one) => at >= one.from && at < one.to));
  }
}
