/**
 * Copying from a large sheet: selected rows that are not loaded are fetched, and a user who has
 * copied a whole page is offered the rows of all pages. Browsers let a page write to the clipboard
 * only after a key or a button has been pressed, so the user must press one more button.
 */

import { count, fill } from "../texts.js";
import { Pieces } from "./pieces.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Column} from "../protocol.js" */
/** @import {Fetched, Wanted} from "./pieces.js" */

/**
 * The text and the table of this many cells fit into memory several times, and into a spreadsheet.
 */
const MOST_CELLS = 500_000;
const MOST_ROWS = 100_000;
const NAME = "clipboard";
/** Enough time to read a sentence twice. */
const SAID_MS = 8_000;

/** @typedef {{row: number, col: number, endRow: number, endCol: number}} Area */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function copying(sheet) {
  const copied = new Copied(sheet);
  return { close: () => copied.close() };
}

class Copied {
  /** @param {SheetSurface} sheet */
  constructor(sheet) {
    this.sheet = sheet;
    this.pieces = new Pieces(sheet);
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    const look = (/** @type {Event} */ event) => this.#look(/** @type {any} */ (event).detail);
    sheet.stage.root.addEventListener("ls-copied", look, { signal });
  }

  close() {
    this.listeners.abort();
    this.pieces.stop();
  }

  /** @param {Area} area  the area that has just been copied, as far as it is loaded */
  #look({ row, col, endRow, endCol }) {
    const { store, stage, texts } = this.sheet;
    const { order } = store;
    const columns = stage.grid?.columns.slice(col, endCol + 1) ?? [];
    const entries = order.entries();
    const keys = entries.slice(row, endRow + 1);
    const n = keys.filter((key) => store.rows.has(key)).length;
    const { all } = order.counted(store.rows.size);
    const isPage = keys.length === entries.length && all > keys.length;
    this.pieces.stop();
    if (isPage) this.#offer(columns, n, all);
    else if (n < keys.filter((key) => !store.drafts.has(key)).length) this.#fetch(columns, keys);
    else stage.notices.hide(NAME);
    const words = { n, all };
    if (isPage) stage.notices.announce(fill(texts.copiedPage, words));
  }

  /**
   * @param {Column[]} columns
   * @param {number} n
   * @param {number} all
   */
  #offer(columns, n, all) {
    const { stage, texts } = this.sheet;
    const most = Math.min(MOST_ROWS, Math.floor(MOST_CELLS / Math.max(1, columns.length)));
    const text = fill(all > most ? texts.copyFirst : texts.copyAllRows, { n: Math.min(most, all) });
    const words = { n, all };
    const run = () => this.#bring(columns, { most, n: all });
    stage.notices.show(fill(texts.copiedPage, words), { name: NAME, actions: [{ text, run }] });
  }

  /**
   * Fetches the rows between the first and the last key if both are loaded. Otherwise, says that
   * only a part has been copied; the rest is being loaded because it is selected.
   * @param {Column[]} columns
   * @param {string[]} keys
   */
  #fetch(columns, keys) {
    const { store, stage, texts } = this.sheet;
    const [first, last] = [keys[0], keys[keys.length - 1]];
    const n = keys.filter((key) => store.rows.has(key)).length;
    if (store.rows.has(first) && store.rows.has(last))
      this.#bring(columns, { most: MOST_ROWS, n: keys.length, between: [first, last] });
    else {
      const words = { n, all: keys.length };
      stage.notices.show(fill(texts.copiedPart, words), { name: NAME, ms: SAID_MS });
    }
  }

  /**
   * @param {Column[]} columns
   * @param {Wanted} wanted
   */
  async #bring(columns, wanted) {
    const { stage, texts } = this.sheet;
    stage.notices.hide(NAME);
    const found = await this.pieces.fetch(wanted);
    if (!found) return;
    const n = found.pks.length;
    const run = () => this.#put(columns, found);
    const actions = [{ text: texts.copy, run }];
    stage.notices.show(fill(texts.copyReady, { n }), { name: NAME, actions });
    stage.notices.enter();
  }

  /**
   * @param {Column[]} columns
   * @param {Fetched} found
   */
  #put(columns, { pks, store }) {
    const { stage, texts } = this.sheet;
    stage.grid?.clipboard.copyRows(pks, store, columns);
    const said = count(texts, "rowsCopied", pks.length);
    stage.notices.show(said, { name: NAME, ms: SAID_MS });
  }
}
