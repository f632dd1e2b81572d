/**
 * Widths that the user drags, and columns that stay in sight, as Handsontable takes them. Its hook's
 * arguments have changed places over the versions, and so has an option its name.
 */

import { PK } from "../protocol.js";

/** @import {Store} from "../store/store.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

/** As many rows as are measured for the width that fits. */
const MOST_MEASURED = 2_000;
const MOST_FITTED = 640;
/** What a cell has besides its text: its padding and its edge; a header, its button as well. */
const CELL_EDGE = 24;
const HEAD_EDGE = 52;

/**
 * @param {{version?: string}} Handsontable
 * @param {Store} store
 * @param {Record<string, any>} settings  as far as they are known
 * @returns {Record<string, any>} all of them
 */
export function withSizes({ version }, store, settings) {
  const widths = store.shownColumns.map(({ name }) => store.view.widths[name]);
  const { fixedColumnsLeft, fixedColumnsStart, ...others } = settings;
  const isOld = majorOf(version) < 12;
  return {
    ...others,
    manualColumnResize: others.manualColumnResize === false ? false : widths,
    [isOld ? "fixedColumnsLeft" : "fixedColumnsStart"]:
      store.view.frozen ?? fixedColumnsStart ?? fixedColumnsLeft ?? 0,
  };
}

/**
 * @param {{version?: string}} Handsontable
 * @param {GridSurface} grid
 * @param {GridHost} host
 */
export function sizeHooks({ version }, grid, host) {
  const isOld = majorOf(version) < 8;
  return {
    afterColumnResize(/** @type {number} */ one, /** @type {number} */ other, isFitted = false) {
      const [col, width] = isOld ? [one, other] : [other, one];
      const column = grid.columns[col];
      if (!column) return;
      const size = isFitted ? fitOf(grid, host, col) : width;
      if (isFitted) {
        grid.hot.getPlugin("manualColumnResize").setManualSize(col, size);
        grid.hot.render();
      }
      host.finder()?.onResize(column.name, size);
    },
  };
}

/** @param {string | undefined} version */
const majorOf = (version) => Number.parseInt(version ?? "6", 10);

/**
 * @param {GridSurface} grid
 * @param {GridHost} host
 * @param {number} col
 */
function fitOf(grid, host, col) {
  const column = grid.columns[col];
  const measure = ruler(grid.element);
  let widest = measure(column.title) + HEAD_EDGE;
  for (const record of grid.records.slice(0, MOST_MEASURED)) {
    const { text } = host.looks.look(record[PK], column, record[column.name]);
    widest = Math.max(widest, measure(text) + CELL_EDGE);
  }
  return Math.ceil(Math.min(widest, MOST_FITTED));
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
