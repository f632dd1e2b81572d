/**
 * Named views: those of this user, and those that the room shares. The server stores them and
 * decides who may do what; this module has its latest answer, and knows which view is open.
 */

import { sameValue } from "../protocol.js";

/** @import {View} from "../store/view.js" */

/**
 * @typedef {{id: string, name: string, colour: string}} Person
 *
 * @typedef {object} ViewEntry  in the form of the server's list
 * @property {string} id
 * @property {string} name
 * @property {boolean} shared
 * @property {boolean} default
 * @property {boolean} mine
 * @property {number} version
 * @property {Person | null} owner
 * @property {Person | null} by  who has changed it last
 *
 * @typedef {object} Named  an open view
 * @property {ViewEntry} entry
 * @property {View} view  the version that was last opened or saved here
 * @property {number} leftOut  conditions on columns that this user does not see
 */

/** Many browsers are told at once, and must not all ask at the same time. */
const NEWS_MS = 1_500;

export class NamedViews {
  /**
   * @param {(about: string, query: object) => Promise<any>} ask
   * @param {(given: any) => View} read  returns the valid parts
   * @param {() => void} onList
   */
  constructor(ask, read, onList) {
    this.ask = ask;
    this.read = read;
    this.onList = onList;
    /** @type {ViewEntry[] | null} null until the server has answered */
    this.list = null;
    this.canShare = false;
    /** @type {any} */
    this.timer = null;
  }

  /** @param {string | undefined} id */
  entry(id) {
    return this.list?.find((one) => one.id === id) ?? null;
  }

  /** @returns {ViewEntry | null} */
  get default() {
    return this.list?.find((one) => one.default) ?? null;
  }

  /** Loads the list. If that is not possible now, the former list is kept. */
  async load() {
    try {
      const { views, can_share } = await this.ask("views", {});
      this.list = views;
      this.canShare = can_share;
    } catch {
      return;
    }
    this.onList();
  }

  /** Called when the server says that the list has changed. */
  loadSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), Math.random() * NEWS_MS);
  }

  /**
   * @param {string} id
   * @returns {Promise<Named>}
   */
  async open(id) {
    const { view: entry, layout, left_out } = await this.ask("view", { id });
    return { entry, view: this.read(layout), leftOut: left_out };
  }

  /**
   * @param {string} name
   * @param {View} view
   * @param {boolean} shared
   * @returns {Promise<Named>}
   */
  async create(name, view, shared) {
    const { view: entry } = await this.ask("save_view", { name, layout: view, shared });
    this.#put(entry);
    return { entry, view, leftOut: 0 };
  }

  /**
   * Replaces an opened view. The server refuses this if somebody else has changed it.
   * @param {Named} named
   * @param {View} view
   * @returns {Promise<Named>}
   */
  async save({ entry: { id, version } }, view) {
    const { view: entry } = await this.ask("save_view", { id, layout: view, version });
    this.#put(entry);
    return { entry, view, leftOut: 0 };
  }

  /**
   * @param {string} id
   * @param {{name?: string, shared?: boolean, default?: boolean}} what
   * @returns {Promise<ViewEntry>}
   */
  async change(id, what) {
    const { view } = await this.ask("save_view", { id, ...what });
    this.#put(view);
    return view;
  }

  /** @param {string} id */
  async remove(id) {
    await this.ask("delete_view", { id });
    this.list = this.list?.filter((one) => one.id !== id) ?? null;
    this.onList();
  }

  close() {
    clearTimeout(this.timer);
  }

  /** @param {ViewEntry} entry */
  #put(entry) {
    const others = (this.list ?? []).filter((one) => one.id !== entry.id);
    const rest = entry.default ? others.map((one) => ({ ...one, default: false })) : others;
    this.list = [...rest, entry].sort((a, b) => a.name.localeCompare(b.name));
    this.onList();
  }
}

/**
 * Returns what has changed in an open view since it was opened.
 * @param {Named} named
 * @param {ViewEntry | null} now  the current entry of the list
 * @returns {"" | "gone" | "changed"}
 */
export function newsOf({ entry }, now) {
  if (now === null) return "gone";
  return now.version > entry.version ? "changed" : "";
}

/**
 * @param {Named | null} named
 * @param {View} view  the view in effect
 */
export const isModified = (named, view) => named !== null && !sameValue(view, named.view);
