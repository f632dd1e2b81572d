/**
 * What a copied block holds, and what a pasted one means to each cell that it falls on.
 */

import { isReadonly } from "./cells.js";
import { parseTable, spread } from "./clipboard.js";
import { PK } from "./protocol.js";

/** @import {Column, GridHost, GridSurface, Pk, Value} from "./protocol.js" */

/**
 * @typedef {{pk: Pk, column: Column, value: Value}} PastedCell
 * @typedef {{startCol: number, endCol: number}} Range
 */

/**
 * Copied is what is seen: labels, not keys.
 * @param {GridSurface} grid
 * @param {GridHost} host
 * @param {Value[][]} data  changed in place
 * @param {Range[]} ranges
 */
export function writeTexts(grid, host, data, ranges) {
  const cols = new Set();
  for (const { startCol, endCol } of ranges)
    for (let col = startCol; col <= endCol; col += 1) cols.add(col);
  const columns = [...cols].map((col) => grid.columns[col]);
  for (const row of data) {
    columns.forEach((column, index) => {
      if (column) row[index] = host.copyText(column, row[index]);
    });
  }
}

/**
 * @param {GridSurface} grid
 * @param {GridHost} host
 * @param {string} text
 * @param {{row: number, col: number, endRow: number, endCol: number}} area  that is selected
 * @returns {{cells: PastedCell[], below: Record<string, Value>[], endRow: number, endCol: number}}
 *   below: rows for which there is no room left
 */
export function readPasted(grid, host, text, { row, col, endRow, endCol }) {
  const block = spread(parseTable(text), endRow - row + 1, endCol - col + 1);
  const rows = block.map((texts) => readRow(texts, grid.columns.slice(col), host));
  const inside = rows.slice(0, grid.records.length - row);
  const width = Math.max(...block.map((texts) => texts.length));
  return {
    cells: inside.flatMap((values, index) => cellsOf(grid, row + index, values)),
    below: rows.slice(inside.length),
    endRow: row + inside.length - 1,
    endCol: Math.min(col + width, grid.columns.length) - 1,
  };
}

/**
 * @param {GridSurface} grid
 * @param {number} row
 * @param {Record<string, Value>} values
 * @returns {PastedCell[]}
 */
function cellsOf(grid, row, values) {
  const pk = grid.records[row][PK];
  return Object.entries(values).map(([name, value]) => ({
    pk,
    column: grid.columnOf(name),
    value,
  }));
}

/**
 * @param {string[]} texts
 * @param {Column[]} columns  from the first that is pasted into
 * @param {GridHost} host
 */
function readRow(texts, columns, host) {
  /** @type {Record<string, Value>} */
  const values = {};
  texts.forEach((text, index) => {
    const column = columns[index];
    if (column && !isReadonly(column)) values[column.name] = host.parse(column, text);
  });
  return values;
}
