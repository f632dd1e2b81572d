/**
 * Fetches rows of a large sheet that are not loaded, piece by piece, to copy, print or replace in
 * them. It shows the progress, and can be stopped. The rows are put into a store of their own, so
 * that the same code works on them as on the rows of a sheet.
 */

import { Slip, slipButton } from "../editing/progress.js";
import { element } from "../elements.js";
import { Rows } from "../store/rows.js";
import { fill } from "../texts.js";

/** @import {SheetSurface} from "../features.js" */
/** @import {Pk} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */

/** Shorter operations need no progress bar. */
const PATIENCE_MS = 300;

/**
 * @typedef {object} Wanted
 * @property {number} most  the maximum of rows
 * @property {number} n  the expected number of rows; 0 if it is not known
 * @property {[Pk | null, Pk | null]} [between]  both included; null: the end of the view
 * @property {string} [search]  instead of the current search
 *
 * @typedef {{store: Store, pks: Pk[], isWhole: boolean}} Fetched  isWhole: there are no more rows
 */

export class Pieces {
  /** @param {SheetSurface} sheet */
  constructor(sheet) {
    this.sheet = sheet;
    this.slip = new Slip(sheet.stage, "pieces");
    this.bar = element("progress", "ls-progress");
    /** The number of the latest request, because only one is carried out at a time. */
    this.turn = 0;
    this.asking = new AbortController();
    /** @type {any} */
    this.timer = null;
  }

  /** Stops fetching. */
  stop() {
    this.turn += 1;
    this.asking.abort();
    this.asking = new AbortController();
    clearTimeout(this.timer);
    this.slip.hide();
  }

  /**
   * @param {Wanted} wanted
   * @returns {Promise<Fetched | null>} null if it was stopped, or has failed, which the user is
   *   told
   */
  async fetch(wanted) {
    this.stop();
    const { turn } = this;
    const rows = new Rows();
    rows.describe(this.sheet.store.columns);
    this.timer = setTimeout(() => this.#show(rows, wanted), PATIENCE_MS);
    try {
      const isWhole = await this.#fetchInto(rows, wanted, () => turn === this.turn);
      if (turn !== this.turn) return null;
      this.stop();
      return { store: this.sheet.store.over(rows), pks: [...rows.pks()], isWhole };
    } catch (error) {
      if (turn !== this.turn) return null;
      this.stop();
      const { code, message } = /** @type {any} */ (error);
      const { texts, stage } = this.sheet;
      stage.notices.show(code === "offline" ? texts.noServer : message, { name: "clipboard" });
      return null;
    }
  }

  /**
   * Adds fetched rows to those of the sheet, until another page is shown, or longer while they are
   * in use.
   * @param {Fetched} found
   */
  keep({ pks, store: fetched }) {
    const { columns, rows, order } = this.sheet.store;
    for (const pk of pks.filter((one) => !rows.has(one))) {
      order.stale.add(pk);
      rows.merge([pk, ...columns.map(({ name }) => fetched.rows.value(pk, name) ?? null)]);
    }
  }

  /**
   * @param {Rows} rows
   * @param {Wanted} wanted
   * @param {() => boolean} isWanted
   * @returns {Promise<boolean>} whether there are no more rows
   */
  async #fetchInto(rows, { most, between = [null, null], search }, isWanted) {
    const { store } = this.sheet;
    const { view: own, query } = store.order;
    const view = { ...own, filters: store.view.filters };
    const piece = store.hello?.limits.window ?? 500;
    let cursor = null;
    while (isWanted() && rows.size < most) {
      const asked = { view, search: search ?? query, between, cursor };
      const limit = Math.min(piece, most - rows.size);
      const found = await this.sheet.ask("rows", { ...asked, rows: limit }, this.asking.signal);
      for (const row of found.rows) rows.merge(row);
      for (const [column, texts] of Object.entries(found.labels))
        store.rows.addLabels(column, texts);
      if (this.bar.hasAttribute("value")) this.bar.value = rows.size;
      cursor = found.next;
      if (cursor === null) return true;
    }
    return false;
  }

  /**
   * @param {Rows} rows
   * @param {Wanted} wanted
   */
  #show(rows, { n, most }) {
    const { texts } = this.sheet;
    const { bar, slip } = this;
    const isKnown = n > 0;
    bar.max = isKnown ? Math.min(n, most) : most;
    if (isKnown) bar.value = rows.size;
    else bar.removeAttribute("value");
    const text = isKnown ? fill(texts.fetchingRows, { n: bar.max }) : texts.loading;
    bar.setAttribute("aria-label", text);
    const stop = slipButton(texts.stop, () => this.stop(), { className: "ls-button ls-stop" });
    slip.box.dataset.kind = "busy";
    slip.show(element("p", "ls-slip-text", text), bar, stop);
  }
}
