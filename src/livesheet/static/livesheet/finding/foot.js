/**
 * The line under the grid: how many rows there are, and what the selected cells add up to.
 */

import { element } from "../elements.js";
import { fill } from "../texts.js";
import { hasDate, isNumber } from "../values/kinds.js";
import { Tally, write } from "../values/numbers.js";
import { isEmpty } from "./filters.js";

/** @import {Exact} from "../values/numbers.js" */
/** @import {SheetGrid} from "../grid/surface.js" */
/** @import {Column, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */

const LATER_MS = 120;

/**
 * @typedef {object} Summary
 * @property {number} cells
 * @property {number} filled
 * @property {Tally} numbers
 * @property {Column | null} number  the column whose way of writing numbers is used
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
 * ISO texts of one column stand in the order of time.
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
   * @param {HTMLElement} count  of the rows
   */
  constructor(store, texts, grid, count) {
    this.store = store;
    this.texts = texts;
    this.grid = grid;
    /** @type {any} */
    this.timer = null;
    this.sums = element("dl", "ls-sums");
    // A screen reader says each cell itself; this would talk over it.
    this.sums.setAttribute("aria-live", "off");
    this.element = element("footer", "ls-foot");
    this.element.append(count, this.sums);
  }

  /** A selection or a value is another one: reckoned once, when it stands. */
  soon() {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.show();
    }, LATER_MS);
  }

  close() {
    clearTimeout(this.timer);
  }

  show() {
    const grid = this.grid();
    const parts = grid ? this.#parts(summarize(grid.selectedCells())) : [];
    const state = JSON.stringify(parts);
    if (state === this.sums.dataset.state) return;
    this.sums.dataset.state = state;
    this.sums.replaceChildren(...parts.map(([name, title, text]) => part(name, title, text)));
  }

  /**
   * @param {Summary} summary
   * @returns {[string, string, string][]} name, title, text
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
 * @param {string} name
 * @param {string} title
 * @param {string} text
 */
function part(name, title, text) {
  const made = element("div", "ls-sum");
  made.dataset.sum = name;
  made.append(element("dt", "", title), element("dd", "", text));
  return made;
}
