/**
 * The line below the grid: the number of rows, their totals, and the totals of the selected cells.
 */

import { element } from "../elements.js";
import { totalText, whatOf, whatText } from "../grid/headings.js";
import { fill } from "../texts.js";

/** @import {Ask, Parts} from "../features.js" */
/** @import {Block} from "../grid/place.js" */
/** @import {SheetGrid} from "../grid/surface.js" */
/** @import {Later} from "../later.js" */
/** @import {Column} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {What} from "../values/kinds.js" */
/** @import {Far} from "./far.js" */
/** @import {SelectedSums} from "./selectedsums.js" */

const LATER_MS = 120;
/** The share of time that recalculating the totals of all rows may take. */
const SHARE = 1 / 20;

export class Foot {
  /**
   * @param {Store} store
   * @param {Record<string, string>} texts
   * @param {() => SheetGrid | null} grid
   * @param {HTMLElement} count  the number of rows
   * @param {Ask} ask
   * @param {Later} later
   */
  constructor(store, texts, grid, count, ask, later) {
    this.ask = ask;
    /** @type {Far | null} null until all rows of a large sheet are added up */
    this.far = null;
    this.later = later;
    /** @type {SelectedSums | null} null until several cells are selected */
    this.selected = null;
    this.store = store;
    this.texts = texts;
    this.grid = grid;
    /** @type {any} */
    this.timer = null;
    this.sums = element("dl", "ls-sums");
    // Screen readers announce each cell. They must not announce the totals as well.
    this.sums.setAttribute("aria-live", "off");
    this.totals = element("dl", "ls-sums ls-sums-all");
    this.totals.setAttribute("aria-label", texts.sumsOfAll);
    /** @type {any} */
    this.reckoning = null;
    this.cost = 0;
    this.element = element("footer", "ls-foot");
    this.element.append(count, this.totals, this.sums);
  }

  /**
   * The selection or a value has changed. The totals are calculated once, when changes have ended.
   */
  soon() {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.show();
    }, LATER_MS);
  }

  /** The rows or their values have changed. */
  changed() {
    this.soon();
    this.reckoning ??= setTimeout(
      () => {
        this.reckoning = null;
        const before = performance.now();
        this.#showTotals();
        this.cost = performance.now() - before;
      },
      Math.max(LATER_MS, this.cost / SHARE),
    );
  }

  #showTotals() {
    put(this.totals, this.#totals(), "total");
  }

  close() {
    clearTimeout(this.timer);
    clearTimeout(this.reckoning);
  }

  show() {
    const blocks = this.grid()?.place.blocks ?? [];
    const isOne = (/** @type {Block} */ { corners: [row, col, endRow, endCol] }) =>
      row === endRow && col === endCol;
    if (blocks.length > 1 || !blocks.every(isOne)) this.later.with((parts) => this.#sumUp(parts));
    else put(this.sums, [], "sum");
  }

  /** @param {Parts} parts */
  #sumUp(parts) {
    this.selected ??= new parts.SelectedSums(this.store, this.texts, this.#ofAll(parts));
    const grid = this.grid();
    if (grid)
      put(
        this.sums,
        this.selected.of(grid, () => this.show()),
        "sum",
      );
  }

  /** @param {Parts} parts */
  #ofAll({ Far }) {
    this.far ??= new Far(this.store, this.ask);
    return this.far;
  }

  /**
   * Returns the totals to show: with groups, of every column; otherwise, only those that the user
   * has chosen.
   * @returns {[string, string, string][]} of name, title and text
   */
  #totals() {
    const { store, texts } = this;
    const { groups, view } = store;
    const wanted = store.shownColumns.flatMap((column) => {
      const what = whatOf(store, column);
      if (what === "none" || !(groups.isOn || column.name in view.totals)) return [];
      return [/** @type {[Column, What]} */ ([column, what])];
    });
    const { parts } = this.later; // a large sheet has them
    const total =
      store.order.isPaged && parts
        ? this.#ofAll(parts).totals(wanted, () => this.#showTotals())
        : (/** @type {Column} */ column, /** @type {What} */ what) => store.total(column, what);
    return wanted.flatMap(([column, what]) => {
      const text = totalText(store, column, what, total(column, what));
      const title = fill(texts.sumOf, {
        column: column.title,
        total: whatText(column, what, texts),
      });
      return text ? [/** @type {[string, string, string]} */ ([column.name, title, text])] : [];
    });
  }
}

/**
 * @param {HTMLElement} list
 * @param {[string, string, string][]} parts
 * @param {"sum" | "total"} kind
 */
function put(list, parts, kind) {
  const state = JSON.stringify(parts);
  if (state === list.dataset.state) return;
  list.dataset.state = state;
  const made = parts.map(([, title, text]) => part(title, text));
  made.forEach((one, at) => {
    one.dataset[kind] = parts[at][0];
  });
  list.replaceChildren(...made);
}

/**
 * @param {string} title
 * @param {string} text
 */
function part(title, text) {
  const made = element("div", "ls-sum");
  made.append(element("dt", "", title), element("dd", "", text));
  return made;
}
