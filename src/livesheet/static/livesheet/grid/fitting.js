/** The width that the contents of a column need, for a double click on the edge of its header. */

import { PK } from "../protocol.js";

/** @import {GridHost, GridSurface} from "./surface.js" */

/** How many rows are measured. */
const MOST_MEASURED = 2_000;
const MOST_PX = 640;
/** The width of a cell's padding and border; for a header, also of its button. */
const CELL_EDGE = 24;
const HEAD_EDGE = 72;

/**
 * @param {GridSurface} grid
 * @param {GridHost} host
 * @param {number} col
 */
export function fit(grid, host, col) {
  const width = widthOf(grid, host, col);
  grid.hot.getPlugin("manualColumnResize").setManualSize(col, width);
  grid.hot.render();
  host.finder()?.onResize(grid.columns[col].name, width);
}

/**
 * @param {GridSurface} grid
 * @param {GridHost} host
 * @param {number} col
 * @returns {number} in pixels
 */
function widthOf(grid, host, col) {
  const column = grid.columns[col];
  const measure = ruler(grid.element);
  let widest = measure(column.title) + HEAD_EDGE;
  for (const record of grid.records.slice(0, MOST_MEASURED)) {
    const { text } = host.looks.look(record[PK], column, record[column.name]);
    widest = Math.max(widest, measure(text) + CELL_EDGE);
  }
  return Math.ceil(Math.min(widest, MOST_PX));
}

/**
 * @param {HTMLElement} element
 * @returns {(text: string) => number}
 */
function ruler(element) {
  const context = document.createElement("canvas").getContext("2d");
  const { fontSize, fontFamily } = getComputedStyle(element);
  if (context) context.font = `${fontSize} ${fontFamily}`;
  return (text) => context?.measureText(text).width ?? text.length * 7.5;
}
