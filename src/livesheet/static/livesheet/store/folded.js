/**
 * Which groups the user has closed stays in this browser, from one visit to the next, and is no part
 * of a view: who closes a group closes it for nobody else. What is kept of a group is a number made
 * of its values, since the values are not to lie about when the user has signed out.
 */

import { hash } from "../values/colours.js";

const KEY = "livesheet:closed";
/** What was closed last takes the place of what was closed longest ago. */
const MOST_SHEETS = 50;
const MOST_GROUPS = 1_000;

/** @typedef {[path: string, columns: string, groups: string[]]} Entry */

/** @param {string} key  of a heading */
const markOf = (key) => hash(key).toString(36);

export class Folded {
  /**
   * @param {string} [path]  of the sheet's socket, its params included; without it nothing is kept
   * @param {() => Storage} [storage]  reading it throws where the browser forbids it
   */
  constructor(path = "", storage = () => localStorage) {
    this.path = path;
    this.storage = storage;
    this.columns = "";
    /** @type {Set<string>} */
    this.marks = new Set();
  }

  get size() {
    return this.marks.size;
  }

  /** Rows are grouped by these now. @param {string[]} columns */
  begin(columns) {
    this.columns = columns.join();
    this.marks = new Set(this.#entries().find((entry) => this.#isOwn(entry))?.[2]);
  }

  /** @param {string} key */
  has(key) {
    return this.marks.size > 0 && this.marks.has(markOf(key));
  }

  /** @param {string} key */
  toggle(key) {
    const mark = markOf(key);
    if (!this.marks.delete(mark)) this.marks.add(mark);
    this.#keep();
  }

  /** @param {string[]} keys */
  open(keys) {
    for (const key of keys) this.marks.delete(markOf(key));
    this.#keep();
  }

  /** These and no others. @param {string[]} keys */
  set(keys) {
    this.marks = new Set(keys.map(markOf));
    this.#keep();
  }

  #keep() {
    if (!this.path) return;
    const others = this.#entries().filter((entry) => !this.#isOwn(entry));
    /** @type {Entry} */
    const own = [this.path, this.columns, [...this.marks].slice(-MOST_GROUPS)];
    const entries = this.size ? [own, ...others] : others;
    try {
      this.storage().setItem(KEY, JSON.stringify(entries.slice(0, MOST_SHEETS)));
    } catch {
      // Forbidden, or full: then it holds as long as the page.
    }
  }

  /** @param {Entry} entry */
  #isOwn([path, columns]) {
    return path === this.path && columns === this.columns;
  }

  /** @returns {Entry[]} */
  #entries() {
    try {
      const found = this.path ? JSON.parse(this.storage().getItem(KEY) ?? "[]") : [];
      return found.filter((/** @type {Entry} */ entry) => Array.isArray(entry[2]));
    } catch {
      return [];
    }
  }
}
