/**
 * What the server says of the groups of a large sheet: their order, the number of their rows and
 * their totals. It counts all rows that the user may see, whether or not they are loaded or their
 * group is closed.
 */

import { realClock, sameValue } from "../protocol.js";
import { keyOf } from "../store/groups.js";

/** @import {Clock, Value} from "../protocol.js" */
/** @import {Key} from "../store/groups.js" */

/**
 * @typedef {{count: number, columns: Record<string, Record<string, Value>>}} Sums
 * @typedef {{view: {grouped: {by: object[], zone: string}, filters: object[]}, search: string,
 *   columns: Record<string, string[]>}} Question
 *
 * @typedef {object} OutlineHost
 * @property {(about: string, query: object, signal?: AbortSignal) => Promise<any>} ask
 * @property {() => Question | null} question  about the present view; null if it has no groups
 * @property {(column: string, labels: Record<string, string>) => void} onLabels
 * @property {() => void} onKnown  the groups are known, or known anew
 */

/** How many pieces of 500 groups are read at most. Further groups have no counts. */
const MOST_PIECES = 4;
/** The least time between two requests, even if rows are written all the time. */
const FRESH_MS = 5_000;
/** The database may spend a tenth of its time on them. */
const REST = 10;

export class Outline {
  /**
   * @param {OutlineHost} host
   * @param {Clock} [clock]
   */
  constructor(host, clock = realClock) {
    this.host = host;
    this.clock = clock;
    /** @type {Map<Key, Sums>} */
    this.sums = new Map();
    /** @type {Key[]} all headings in their order, also those within closed groups */
    this.list = [];
    /** @type {Map<Key, number>} */
    this.places = new Map();
    /** @type {Key[]} the outermost groups */
    this.outer = [];
    /** @type {Map<Key, Key[]>} the groups within each of them */
    this.inner = new Map();
    /** Whether the groups keep the order that `sort()` has given them. */
    this.isSorted = false;
    /** @type {number | null} the number of rows in all groups; null if it is not known */
    this.count = null;
    /** Whether no other groups follow. */
    this.isWhole = true;
    /** @type {Question | null} the latest request */
    this.asked = null;
    /** @type {Question | null} that of the answer that is known */
    this.known = null;
    this.turn = 0;
    this.asking = new AbortController();
    this.isUnderWay = false;
    this.freshUntil = 0;
    /** @type {any} */
    this.timer = null;
  }

  /**
   * Makes sure that the groups of the present view are asked for.
   * @param {boolean} isNeeded  `run` needs to know them
   * @param {() => void} run
   */
  prepare(isNeeded, run) {
    const question = this.host.question();
    const isSame = sameValue(this.known && aboutOf(this.known), aboutOf(question));
    if (!isSame) this.#forget();
    const isKnown = isSame && (!isNeeded || sameValue(this.known, question));
    if (!question) this.close();
    else if (!isKnown && isNeeded) {
      this.#load(question).then(run);
      return;
    } else if (isKnown) this.soon();
    else this.#load(question);
    run();
  }

  /** Other totals may be wanted now. */
  renew() {
    const question = this.host.question();
    if (question && this.asked && !sameValue(this.asked, question)) this.#load(question);
  }

  /** @param {Question} question @returns {Promise<void>} */
  async #load(question) {
    this.#leave();
    const { turn } = this;
    this.asked = question;
    this.clock.clearTimeout(this.timer);
    this.timer = null;
    this.isUnderWay = true;
    const begun = this.clock.now();
    const levels = await this.#levels(question).catch(() => null);
    if (turn !== this.turn) return;
    this.isUnderWay = false;
    this.freshUntil = this.clock.now() + Math.max(FRESH_MS, REST * (this.clock.now() - begun));
    if (!levels) return; // headings without counts are shown
    this.#take(levels);
    this.known = question;
    this.host.onKnown();
  }

  /** Rows have been written: asks again, after a pause. */
  soon() {
    if (!this.asked || this.timer !== null || this.isUnderWay) return;
    const wait = Math.max(0, this.freshUntil - this.clock.now());
    this.timer = this.clock.setTimeout(() => {
      this.timer = null;
      if (this.asked) this.#load(this.asked);
    }, wait);
  }

  /** Forgets the groups. */
  close() {
    this.#leave();
    this.clock.clearTimeout(this.timer);
    this.timer = null;
    this.isUnderWay = false;
    this.asked = null;
    this.#forget();
  }

  /** The answers that are under way are not wanted any more. */
  #leave() {
    this.turn += 1;
    this.asking.abort();
    this.asking = new AbortController();
  }

  /** What is known is about other groups. */
  #forget() {
    this.known = null;
    this.isSorted = false;
    this.#take([]);
  }

  /**
   * Sorts the groups, which keep that order until they are sorted again.
   * @param {(keys: Key[], level: number) => Key[]} order
   * @returns {Key[]}
   */
  sort(order) {
    this.outer = order(this.outer, 0);
    this.list = this.outer.flatMap((key) => {
      const inner = this.inner.get(key) ?? [];
      return inner.length ? [key, ...order(inner, 1)] : [key];
    });
    this.places = new Map(this.list.map((key, at) => [key, at]));
    this.isSorted = true;
    return this.list;
  }

  /** @param {Question} question @returns {Promise<any[][]>} the headings of each level */
  async #levels(question) {
    const levels = [];
    for (let level = 1; level <= question.view.grouped.by.length; level += 1)
      levels.push(await this.#level(question, level));
    return levels;
  }

  /**
   * @param {Question} question
   * @param {number} level
   */
  async #level(question, level) {
    const found = [];
    for (let piece = 0; piece < MOST_PIECES; piece += 1) {
      const query = { ...question, level, skip: found.length };
      const { headings, more, labels } = await this.host.ask("headings", query, this.asking.signal);
      for (const [column, texts] of Object.entries(labels)) this.host.onLabels(column, texts);
      found.push(...headings);
      if (!more) return found;
    }
    return Object.assign(found, { isCut: true });
  }

  /** @param {any[][]} levels */
  #take(levels) {
    const [outer = [], inner = []] = levels;
    const inGroup = (/** @type {any} */ { values }) => keyOf(values.slice(0, 1));
    this.sums = new Map([...outer, ...inner].map((one) => [keyOf(one.values), one]));
    this.outer = outer.map(({ values }) => keyOf(values));
    this.inner = new Map(this.outer.map((key) => [key, []]));
    for (const one of inner) this.inner.get(inGroup(one))?.push(keyOf(one.values));
    const { places, isSorted } = this;
    const place = (/** @type {Key} */ key) => places.get(key) ?? places.size;
    this.sort((keys) => (isSorted ? keys.sort((a, b) => place(a) - place(b)) : keys));
    this.isSorted = isSorted;
    this.isWhole = !levels.some((level) => "isCut" in level);
    const isCounted = levels.length > 0 && this.isWhole;
    this.count = isCounted ? outer.reduce((sum, { count }) => sum + count, 0) : null;
  }
}

/** @param {Question | null} question */
const aboutOf = (question) => question && { view: question.view, search: question.search };
