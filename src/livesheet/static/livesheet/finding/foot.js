/**
 * The line below the grid: the number of rows, their totals, and the totals of the selected cells.
 */

import { element } from "../elements.js";
import { totalText, whatOf, whatText } from "../grid/headings.js";
import { fill } from "../texts.js";
import { hasDate, isNumber } from "../values/kinds.js";
import { Tally, write } from "../values/numbers.js";
import { isEmpty } from "./filters.js";

/** @import {Exact} from "../values/numbers.js" */
/** @import {SheetGrid} from "../grid/surface.js" */
/** @import {Column, Value} from "../protocol.js" */
/** @import {What} from "../values/kinds.js" */
/** @import {Far} from "./far.js" */
/** @import {Store} from "../store/store.js" */

const LATER_MS = 120;
/** The share of time that recalculating the totals of all rows may take. */
const SHARE = 1 / 20;

/**
 * @typedef {object} Summary
 * @property {number} cells
 * @property {number} filled
 * @property {Tally} numbers
 * @property {Column | null} number  the column whose number format is used
 * @property {{column: Column, first: Value, last: Value} | null} dates
 */

/**
 * @param {{column: Column, value: Value}[] | Iterable<{column: Column, value: Value}>} cells
 * @returns {Summary}
 */
export function summarize(cells) {
  /** @type {Summary} */
  const found = { cells: 0, filled: 0, numbers: new Tally(), number: null, dates: null };
  for (const { column, value } of cells) {
    found.cells += 1;
    if (isEmpty(value)) continue;
    found.filled += 1;
    if (isNumber(column)) {
      found.numbers.add(value);
      found.number ??= column;
    } else if (hasDate(column)) addDate(found, column, value);
  }
  return found;
}

/**
 * The same from the server's totals of whole columns.
 * @param {Column[]} columns
 * @param {{count: number, columns: Record<string, Record<string, Value>>}} totals
 * @returns {Summary}
 */
function summarizeAll(columns, { count, columns: totals }) {
  const found = summarize([]);
  for (const column of columns) {
    const { filled = 0, min = null, max = null, sum = null } = totals[column.name] ?? {};
    found.cells += count;
    found.filled += filled;
    if (isEmpty(min)) continue;
    if (isNumber(column)) {
      found.numbers.addAll({ count: filled, sum, least: min, most: max });
      found.number ??= column;
    } else if (hasDate(column)) for (const value of [min, max]) addDate(found, column, value);
  }
  return found;
}

/**
 * ISO texts of a column sort chronologically.
 * @param {Summary} found
 * @param {Column} column
 * @param {Value} value
 */
function addDate(found, column, value) {
  found.dates ??= { column, first: value, last: value };
  const { dates } = found;
  if (dates.column.type !== column.type) return;
  if (Date.parse(value) < Date.parse(dates.first)) dates.first = value;
  if (Date.parse(value) > Date.parse(dates.last)) dates.last = value;
}

export class Foot {
  /**
   * @param {Store} store
   * @param {Record<string, string>} texts
   * @param {() => SheetGrid | null} grid
   * @param {HTMLElement} count  the number of rows
   * @param {Far} far
   */
  constructor(store, texts, grid, count, far) {
    this.far = far;
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
    const grid = this.grid();
    put(this.sums, grid ? this.#selected(grid) : [], "sum");
  }

  /**
   * In a large sheet, the server adds up whole columns. Of other selections, rows that are not
   * loaded yet are on their way; until they have arrived, it is said how many are missing.
   * @param {SheetGrid} grid
   * @returns {[string, string, string][]}
   */
  #selected(grid) {
    const { store, texts } = this;
    const columns = store.order.isPaged ? this.#wholeColumns(grid) : null;
    if (columns) return this.#ofColumns(columns);
    const parts = this.#parts(summarize(grid.selectedCells()));
    const missing = store.order.isPaged ? grid.sight.absent().length : 0;
    if (missing) parts.push(["missing", texts.sumMissing, missing.toLocaleString()]);
    return parts;
  }

  /**
   * @param {SheetGrid} grid
   * @returns {Column[] | null} if all rows of the page are selected, and there are others
   */
  #wholeColumns(grid) {
    const { order, rows } = this.store;
    const { blocks } = grid.place;
    if (!blocks.some(({ isWhole }) => isWhole)) return null;
    if (order.counted(rows.size).all <= order.entries().length) return null;
    const names = blocks.flatMap(({ corners: [, col, , endCol] }) =>
      grid.columns.slice(Math.max(0, Math.min(col, endCol)), Math.max(col, endCol) + 1),
    );
    return [...new Set(names)];
  }

  /**
   * @param {Column[]} columns
   * @returns {[string, string, string][]}
   */
  #ofColumns(columns) {
    const { texts } = this;
    const known = this.far.selected(columns, () => this.show());
    if (!known) return [["rows", texts.sumAllRows, texts.loading]];
    const { result, problem = "" } = known;
    if (!result) return [["rows", texts.sumAllRows, problem]];
    const summary = summarizeAll(columns, result);
    return [["rows", texts.sumAllRows, result.count.toLocaleString()], ...this.#parts(summary)];
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
    const total = store.order.isPaged
      ? this.far.totals(wanted, () => this.#showTotals())
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

  /**
   * @param {Summary} summary
   * @returns {[string, string, string][]} of name, title and text
   */
  #parts({ cells, filled, numbers, number, dates }) {
    const { texts, store } = this;
    if (cells < 2) return [];
    /** @type {[string, string, string][]} */
    const parts = [["count", texts.sumCount, filled.toLocaleString()]];
    const { least, most } = numbers;
    if (number && least && most) {
      const column = { ...number, type: "decimal", options: undefined };
      const say = (/** @type {Exact} */ one) => store.text(column, write(one));
      parts.push(["sum", texts.sumSum, say(numbers.sum)]);
      parts.push(["average", texts.sumAverage, say(numbers.average)]);
      parts.push(["least", texts.sumLeast, say(least)]);
      parts.push(["most", texts.sumMost, say(most)]);
    } else if (dates) {
      const { column, first, last } = dates;
      const range = { from: store.text(column, first), to: store.text(column, last) };
      parts.push(["dates", texts.sumDates, first === last ? range.from : fill(texts.range, range)]);
    }
    return parts;
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
