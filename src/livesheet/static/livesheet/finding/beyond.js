/**
 * What goes beyond the page of a large sheet. If selected rows are copied that are not loaded, they
 * are fetched, and a user who has copied a whole page is offered the rows of all pages. Browsers let
 * a page write to the clipboard only after a key or a button has been pressed, so the user must press
 * one more button. What is done to whole columns is done to the page or, if the user wants it, to the
 * rows of all pages. If more lines are pasted than the page has rows, those below it are fetched.
 */

import { answer, choose } from "../elements.js";
import { isHeading } from "../protocol.js";
import { count, fill } from "../texts.js";
import { Pieces } from "./pieces.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Column, Pk} from "../protocol.js" */
/** @import {Beyond as Request} from "../surfaces.js" */
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
    const isCut = this.sheet.store.cut.length > 0;
    const run = () => this.#put(columns, found, isCut);
    const actions = [{ text: isCut ? texts.cut : texts.copy, run }];
    stage.notices.show(fill(texts.copyReady, { n }), { name: NAME, actions });
    stage.notices.enter();
  }

  /**
   * @param {Column[]} columns
   * @param {Fetched} found
   * @param {boolean} isCut
   */
  #put(columns, found, isCut) {
    const { stage, texts } = this.sheet;
    const { pks, store } = found;
    if (isCut) this.pieces.keep(found); // they are emptied when they are pasted
    stage.grid?.clipboard.copyRows(pks, store, columns, isCut);
    const said = count(texts, "rowsCopied", pks.length);
    stage.notices.show(said, { name: NAME, ms: SAID_MS });
  }
}

/** As many can be sent and undone. */
const MOST_WRITTEN = 100_000;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function beyond(sheet) {
  const made = new Beyond(sheet);
  return { close: () => made.close() };
}

class Beyond {
  /** @param {SheetSurface} sheet */
  constructor(sheet) {
    this.sheet = sheet;
    this.pieces = new Pieces(sheet);
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    const look = (/** @type {Event} */ event) => this.#look(/** @type {any} */ (event).detail);
    sheet.stage.root.addEventListener("ls-beyond", look, { signal });
  }

  close() {
    this.listeners.abort();
    this.pieces.stop();
  }

  /** @param {Request} request */
  #look(request) {
    const { onPage, onRows } = request;
    if (onPage && onRows) this.#ask(request);
    else if (onRows) this.#run(request);
    else {
      onPage?.();
      this.sheet.stage.notices.show(this.#pageOnly, { name: "beyond", ms: SAID_MS });
    }
  }

  get #pageOnly() {
    const { store, texts } = this.sheet;
    const { all } = store.order.counted(store.rows.size);
    const n = store.order.entries().filter((key) => !isHeading(key)).length;
    return fill(texts.pageOnly, { n, all });
  }

  /** @param {Request} request */
  async #ask(request) {
    const { stage, store, texts } = this.sheet;
    const { all, isExact } = store.order.counted(store.rows.size);
    const most = this.#most(request);
    const isAll = isExact && all <= most;
    const n = isAll ? all : most;
    const text = fill(isAll ? texts.inAllRows : texts.inFirstRows, { n });
    const asked = choose(stage.root, this.#pageOnly, [
      answer("all", text, "ls-primary"),
      answer("page", texts.inPage),
      answer("", texts.cancel),
    ]);
    const chosen = await asked;
    stage.grid?.keys.listen();
    if (chosen === "page") request.onPage?.();
    if (chosen === "all") this.#run({ ...request, n });
  }

  /** @param {Request} request */
  #most({ columns = 1 }) {
    const width = Math.max(1, this.sheet.store.columns.length);
    const written = Math.floor(MOST_WRITTEN / Math.max(1, columns));
    return Math.min(MOST_ROWS, written, Math.floor(MOST_CELLS / width));
  }

  /** @param {Request} request */
  async #run(request) {
    const { after, n = 0, onRows } = request;
    const found = await this.pieces.fetch(after ? this.#below(after, n) : this.#all(request, n));
    if (!found) return;
    this.pieces.keep(found);
    const seen = new Set(after);
    onRows?.([...seen, ...found.pks.filter((pk) => !seen.has(pk))], found.isWhole);
  }

  /** @param {Request} request @param {number} n */
  #all(request, n) {
    return { most: this.#most(request), n };
  }

  /**
   * @param {Pk[]} after
   * @param {number} n
   * @returns {Wanted} with the row after which they begin
   */
  #below(after, n) {
    const { rows } = this.sheet.store;
    const last = after.findLast((pk) => rows.has(pk)) ?? null;
    return { most: n + 1, n: n + 1, between: [last, null] };
  }
}
