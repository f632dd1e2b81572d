/**
 * The totals of a column: for each group, and for the whole sheet.
 */

import { isBoolean, isEmpty, isNumber } from "../values/kinds.js";
import { Tally, write } from "../values/numbers.js";

/** @import {Column, Value} from "../protocol.js" */
/** @import {What} from "../values/kinds.js" */

/**
 * @param {What} what
 * @param {Column} column
 * @param {Iterable<Value>} values
 * @returns {Value} in the form of the wire: a number of cells, or a value of the column; null if
 *   there is no total
 */
export function subtotal(what, column, values) {
  if (what === "filled") return filled(column, values);
  if (what === "distinct") return distinct(values);
  return isNumber(column) ? ofNumbers(what, values) : ofMoments(what, values);
}

/**
 * For tick boxes, the number that are ticked.
 * @param {Column} column
 * @param {Iterable<Value>} values
 */
function filled(column, values) {
  let count = 0;
  for (const value of values) if (isBoolean(column) ? value === true : !isEmpty(value)) count += 1;
  return count;
}

/** @param {Iterable<Value>} values */
function distinct(values) {
  const found = new Set();
  for (const value of values) if (!isEmpty(value)) found.add(JSON.stringify(value));
  return found.size;
}

/**
 * @param {What} what
 * @param {Iterable<Value>} values
 */
function ofNumbers(what, values) {
  const tally = new Tally();
  for (const value of values) tally.add(value);
  const { least, most, sum, count } = tally;
  if (what === "sum") return write(sum);
  if (!count || !least || !most) return null;
  return write(what === "average" ? tally.average : what === "least" ? least : most);
}

/**
 * Moments are stored so that the earlier one is the smaller text, or the smaller number.
 * @param {What} what
 * @param {Iterable<Value>} values
 */
function ofMoments(what, values) {
  let found = null;
  for (const value of values) {
    if (isEmpty(value)) continue;
    const isBetter =
      found !== null && (what === "least" ? before(value, found) : before(found, value));
    if (found === null || isBetter) found = value;
  }
  return found;
}

/** @param {Value} one @param {Value} other */
function before(one, other) {
  const [a, b] = [Date.parse(one), Date.parse(other)];
  return Number.isNaN(a) || Number.isNaN(b) ? String(one) < String(other) : a < b;
}
