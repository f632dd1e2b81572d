/**
 * Remembers in this browser which groups the user has closed. This is not part of a view, because
 * closing a group must not close it for others. Only a hash of a group's values is stored, so that
 * the values do not remain on the machine after the user has signed out.
 */

import { hash } from "../values/colours.js";

const KEY = "livesheet:closed";
/** If there are too many, the group that was closed first is forgotten. */
const MOST_SHEETS = 50;
const MOST_GROUPS = 1_000;

/** @typedef {[path: string, columns: string, groups: string[]]} Entry */

/** @param {string} key  the key of a heading */
const markOf = (key) => hash(key).toString(36);

export class Folded {
  /**
   * @param {string} [path]  the path of the sheet's socket, including its params; without it,
   *   nothing is stored
   * @param {() => Storage} [storage]  reading it throws an error if the browser forbids storage
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

  /** The columns by which rows are grouped now. @param {string[]} columns */
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

  /** Closes exactly these groups. @param {string[]} keys */
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
      // Storage is forbidden or full: then it is remembered only while the page is open.
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
