/**
 * The totals of the selected cells, for the line below the grid. Loaded with the second file.
 */

import { fill } from "../texts.js";
import { hasDate, isNumber } from "../values/kinds.js";
import { Tally, write } from "../values/numbers.js";
import { isEmpty } from "./filters.js";

/** @import {SheetGrid} from "../grid/surface.js" */
/** @import {Column, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Exact} from "../values/numbers.js" */
/** @import {Far} from "./far.js" */

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
function summarize(cells) {
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

/** @typedef {[string, string, string]} Part  name, title and text */

export class SelectedSums {
  /** @param {Store} store @param {Record<string, string>} texts @param {Far} far */
  constructor(store, texts, far) {
    this.store = store;
    this.texts = texts;
    this.far = far;
  }

  /**
   * In a large sheet, the server adds up whole columns. Of other selections, rows that are not
   * loaded yet are on their way; until they have arrived, it is said how many are missing.
   * @param {SheetGrid} grid
   * @param {() => void} onKnown  called when the server has answered
   * @returns {Part[]}
   */
  of(grid, onKnown) {
    const { store, texts } = this;
    const columns = store.order.isPaged ? this.#wholeColumns(grid) : null;
    if (columns) return this.#ofColumns(columns, onKnown);
    const parts = this.#parts(summarize(grid.selectedCells()));
    const missing = store.order.isPaged ? grid.sight.absent().length : 0;
    if (missing) parts.push(["missing", texts.sumMissing, fill("{n}", { n: missing })]);
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
   * @param {() => void} onKnown
   * @returns {Part[]}
   */
  #ofColumns(columns, onKnown) {
    const { texts } = this;
    const known = this.far.selected(columns, onKnown);
    if (!known) return [["rows", texts.sumAllRows, texts.loading]];
    const { result, problem = "" } = known;
    if (!result) return [["rows", texts.sumAllRows, problem]];
    const summary = summarizeAll(columns, result);
    return [["rows", texts.sumAllRows, fill("{n}", { n: result.count })], ...this.#parts(summary)];
  }

  /**
   * @param {Summary} summary
   * @returns {Part[]}
   */
  #parts({ cells, filled, numbers, number, dates }) {
    const { texts, store } = this;
    if (cells < 2) return [];
    /** @type {Part[]} */
    const parts = [["count", texts.sumCount, fill("{n}", { n: filled })]];
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
