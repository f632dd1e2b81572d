/**
 * The groups of a large sheet. Which rows of a page begin a group is known from the page, and what
 * a whole group contains from the outline. The rows of closed groups are not in the order at all,
 * so that places remain the numbers of the rows that can be seen.
 */

import { realClock, sameValue } from "../protocol.js";
import { Groups, keyOf, valuesOf } from "../store/groups.js";
import { askedAs, isMany } from "../values/kinds.js";

/** @import {Clock, Column, Pk, Value} from "../protocol.js" */
/** @import {Group, Key} from "../store/groups.js" */
/** @import {What} from "../values/kinds.js" */
/** @import {Page} from "./pageorder.js" */

/** How many groups can be closed at a time. The server accepts no more. */
export const MOST_CLOSED = 500;

export class PageGroups extends Groups {
  /**
   * @param {Groups} former
   * @param {Outline} outline
   * @param {object} world
   * @param {() => string} world.zone  in which moments have their days
   * @param {(key: Key | null) => void} world.onFold  other groups are closed now; key: by the user,
   *   this one alone
   * @param {(key: Key) => void} world.onUnknown  nothing is known of this group, so it stays open
   * @param {(columns: Column[], isSorted: boolean) => void} world.onLeftOut  rows cannot be grouped
   *   by these columns; isSorted: nor groups sorted by a total
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
    /** @type {Set<Key>} the closed groups whose rows are left out of the order */
    this.folded = new Set();
    /** @type {[at: number, key: Key][]} the rows of the page that begin a group */
    this.starts = [];
  }

  /** Not by columns with several values, and sorted by values only. @param {Group[]} by */
  set(by) {
    const columnOf = (/** @type {Group} */ { column }) =>
      /** @type {Column} */ (this.host.column(column));
    const left = by.map(columnOf).filter(isMany);
    const possible = by.filter((one) => !left.includes(columnOf(one)));
    super.set(possible.map(({ column, descending }) => ({ column, descending })));
    if (!this.isOn) this.folded = new Set();
    const isSorted = possible.some((one) => one.by);
    const leftOut = JSON.stringify([left.map(({ name }) => name), isSorted]);
    if (leftOut !== this.leftOut) this.onLeftOut(left, isSorted);
    this.leftOut = leftOut;
  }

  /** What the server needs to know about the groups. */
  get view() {
    return { by: this.by, zone: this.zone() || "UTC" };
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

  /** The values of the closed groups. */
  get closedValues() {
    return [...this.folded].map(valuesOf);
  }

  /**
   * Decides which groups are closed in the next order. If any are, the outline must be known.
   * @param {() => void} run  called once this is decided
   */
  prepare(run) {
    this.outline.prepare(this.isOn && this.closed.size > 0, () => {
      this.#fold();
      run();
    });
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

/**
 * What the server says of the groups: their order, the number of their rows and their totals. It
 * counts all rows that the user may see, whether or not they are loaded or their group is closed.
 */
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
    /** @type {number | null} the number of rows in all groups; null if it is not known */
    this.count = null;
    /** Whether no other groups follow. */
    this.isWhole = true;
    /** @type {Question | null} the latest request */
    this.asked = null;
    /** @type {object | null} the view and search of the answer that is known */
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
    const isKnown = sameValue(this.known, aboutOf(question));
    if (!isKnown) this.#forget();
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
    this.known = aboutOf(question);
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
    this.#take([]);
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
    /** @type {Map<Key, any[]>} */
    const within = new Map(outer.map((one) => [keyOf(one.values), []]));
    for (const one of inner) within.get(keyOf(one.values.slice(0, 1)))?.push(one);
    const all = outer.flatMap((one) => [one, ...(within.get(keyOf(one.values)) ?? [])]);
    this.sums = new Map(all.map((one) => [keyOf(one.values), one]));
    this.list = [...this.sums.keys()];
    this.places = new Map(this.list.map((key, at) => [key, at]));
    this.outer = outer.map(({ values }) => keyOf(values));
    this.isWhole = !levels.some((level) => "isCut" in level);
    const isCounted = levels.length > 0 && this.isWhole;
    this.count = isCounted ? outer.reduce((sum, { count }) => sum + count, 0) : null;
  }
}

/** @param {Question | null} question */
const aboutOf = (question) => question && { view: question.view, search: question.search };
