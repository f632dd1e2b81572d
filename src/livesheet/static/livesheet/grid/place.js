/**
 * Where the user is in the grid, by pks and not by row numbers, so that it remains right when rows
 * move.
 */

import { NOTHING } from "../commands.js";
import { isAbsent, isHeading, PK } from "../protocol.js";
import { isRow } from "./headings.js";

/** @import {Pk} from "../protocol.js" */
/** @import {Target} from "../surfaces.js" */
/** @import {GridSurface} from "./surface.js" */

/**
 * @typedef {{row: number, col: number, endRow: number, endCol: number}} Area
 *
 * @typedef {object} Block  one of the selected
 * @property {number[]} corners  as the grid gave them
 * @property {Pk[]} pks  its rows, from the topmost downwards
 * @property {boolean} isWhole  all rows, whichever these are
 * @property {(places: Map<Pk, number>) => number} neighbour  where the row stands now that came after it
 *
 * @typedef {object} Place
 * @property {Block[]} blocks
 * @property {number[] | undefined} selection  as the grid gave it
 * @property {(Pk | undefined)[]} pks  of its first and last row
 * @property {Pk[]} seen  the rows from the topmost on screen downwards
 * @property {number} top
 * @property {number} scrolled  pixels
 * @property {number} left  the same, across
 * @property {(string | undefined)[]} columns  the first and the last selected one
 * @property {boolean} isListening  keys go to this grid
 */

/** As many as are on a large screen: one of them will still be there. */
const MOST_SEEN = 60;
/** A selection that falls apart into more than these is given up but for one cell. */
const MOST_BLOCKS = 12;

/**
 * @param {GridSurface} grid
 * @returns {Area | null} the selection, headers left out
 */
export function selectedArea(grid) {
  const last = grid.hot.getSelectedLast();
  return last ? areaOf(grid, last) : null;
}

/**
 * @param {GridSurface} grid
 * @param {number[]} corners  as the grid gave them
 * @returns {Area}
 */
function areaOf({ records }, corners) {
  const [row, col, endRow, endCol] = corners.map((at) => Math.max(0, at));
  return {
    row: Math.min(row, endRow),
    col: Math.min(col, endCol),
    endRow: Math.min(Math.max(row, endRow), records.length - 1),
    endCol: Math.max(col, endCol),
  };
}

/**
 * @param {GridSurface} grid
 * @returns {Target}
 */
export function targetOf(grid) {
  const blocks = (grid.hot.getSelected() ?? []).map((/** @type {number[]} */ corners) =>
    blockOf(grid, areaOf(grid, corners)),
  );
  const last = blocks.at(-1);
  if (!last) return NOTHING;
  const [row, col] = grid.hot.getSelectedLast();
  const key = grid.records[row]?.[PK] ?? last.pks[0] ?? null;
  const heading = key !== null && isHeading(key) ? key : null;
  return {
    ...last,
    blocks,
    pk: heading || (key !== null && isAbsent(key)) ? null : key,
    heading,
    column: grid.columns[col]?.name ?? last.columns[0] ?? null,
  };
}

/**
 * @param {GridSurface} grid
 * @param {Area} area
 */
function blockOf({ columns, records }, { row, col, endRow, endCol }) {
  return {
    pks: records
      .slice(row, endRow + 1)
      .filter(isRow)
      .map((record) => record[PK]),
    columns: columns.slice(col, endCol + 1).map(({ name }) => name),
  };
}

/**
 * @param {GridSurface} grid
 * @returns {Place}
 */
export function placeOf(grid) {
  const { hot, records, element, columns } = grid;
  const selection = hot.getSelectedLast();
  const [row, col, endRow, endCol] = selection ?? [-1, 0, -1, 0];
  const top = hot.getFirstFullyVisibleRow?.() ?? hot.rowOffset?.() ?? 0;
  return {
    blocks: selectedBlocks(grid),
    selection,
    pks: [records[row]?.[PK], records[endRow]?.[PK]],
    seen: records.slice(top, top + MOST_SEEN).map((record) => record[PK]),
    top,
    scrolled: holderOf(element)?.scrollTop ?? 0,
    left: holderOf(element)?.scrollLeft ?? 0,
    columns: [columns[Math.max(0, col)]?.name, columns[endCol]?.name],
    isListening: hot.isListening(),
  };
}

/**
 * @param {GridSurface} grid
 * @returns {Block[]}
 */
function selectedBlocks(grid) {
  const { hot, records } = grid;
  return (hot.getSelected() ?? []).map((/** @type {number[]} */ corners) => {
    const { row, endRow } = areaOf(grid, corners);
    const isWhole = records.length > 1 && row === 0 && endRow === records.length - 1;
    return {
      corners,
      pks: isWhole ? [] : records.slice(row, endRow + 1).map((record) => record[PK]),
      isWhole,
      neighbour: neighbourOf(
        records.map((record) => record[PK]),
        row,
        endRow,
      ),
    };
  });
}

/**
 * @param {Pk[]} pks  of all rows
 * @param {number} row
 * @param {number} endRow
 * @returns {(places: Map<Pk, number>) => number}
 */
const neighbourOf = (pks, row, endRow) => (places) => {
  const after = pks.slice(endRow + 1).find((pk) => places.has(pk));
  const before = pks.slice(0, row).findLast((pk) => places.has(pk));
  return places.get(after ?? before ?? "") ?? row;
};

/** What scrolls. @param {HTMLElement} element */
export const holderOf = (element) => element.querySelector(".ht_master .wtHolder");

/**
 * The same rows are seen, wherever they are now. Counted from where the user was: 6.2.2 itself
 * scrolls after the selected row when rows are inserted above it.
 * @param {GridSurface} grid
 * @param {Place} place
 */
export function scrollBack({ element, places }, { seen, top, scrolled }) {
  const at = seen.findIndex((pk) => places.has(pk));
  const shift = at < 0 ? 0 : /** @type {number} */ (places.get(seen[at])) - (top + at);
  const holder = holderOf(element);
  const rowHeight = holder?.querySelector("tbody tr:nth-child(2)")?.clientHeight ?? 0;
  const wanted = scrolled + shift * rowHeight;
  if (holder && holder.scrollTop !== wanted) holder.scrollTop = wanted;
}

/**
 * The same cells are selected: those of the rows that are still there, and no others. Where none of
 * them is, the neighbour is, which nobody chose.
 * @param {GridSurface} grid
 * @param {Place} place
 * @returns {boolean} whether what is selected now was chosen
 */
export function selectBack({ hot, places, isEditing, element, records }, { blocks }) {
  if (!blocks.length || isEditing) return true;
  // Selecting takes the focus: not from someone who is typing elsewhere on the page.
  if (isTypingElsewhere(element)) {
    hot.deselectCell();
    return true;
  }
  const left = blocks.flatMap((block) => blocksLeft(block, places, records.length));
  const next = blocks[blocks.length - 1];
  const at = Math.min(next.neighbour(places), records.length - 1);
  const wanted = left.length ? left : [[at, next.corners[1], at, next.corners[3]]];
  if (at < 0 && !left.length) return true; // no row is left
  if (JSON.stringify(wanted) !== JSON.stringify(hot.getSelected()))
    hot.selectCells(wanted, false, false);
  return left.length > 0;
}

/**
 * Runs of rows, each as the grid wants it: a row that has come between two selected ones was not
 * chosen, either. Rows that are strewn about by another order are too many blocks: then one cell.
 * @param {Block} block
 * @param {Map<Pk, number>} places
 * @param {number} rows  how many there are
 * @returns {number[][]}
 */
export function blocksLeft({ corners, pks, isWhole }, places, rows) {
  const [row, col, endRow, endCol] = corners;
  if (isWhole) return rows ? [[Math.min(row, 0), col, rows - 1, endCol]] : [];
  const left = pks.flatMap((pk) => places.get(pk) ?? []).sort((one, other) => one - other);
  /** @type {[number, number][]} */
  let runs = [];
  for (const at of left) {
    const last = runs.at(-1);
    if (last && last[1] + 1 === at) last[1] = at;
    else runs.push([at, at]);
  }
  if (runs.length > MOST_BLOCKS) runs = [[left[0], left[0]]];
  return runs.map(([from, to]) =>
    row > endRow ? [to, col, from, endCol] : [from, col, to, endCol],
  );
}

/**
 * In a grid that was made anew, with other columns perhaps: the same rows are in sight, the same
 * cells selected, unless someone is busy elsewhere on the page by now.
 * @param {GridSurface} grid
 * @param {Place} place
 */
export function backTo(grid, place) {
  const { hot, places, columns, element } = grid;
  scrollBack(grid, place);
  const holder = holderOf(element);
  if (holder) holder.scrollLeft = place.left;
  const active = document.activeElement;
  const isElsewhere = active && active !== document.body && !element.contains(active);
  if (!place.selection || (isElsewhere && active.id !== "HandsontableCopyPaste")) return;
  const [from, to] = place.pks.map((pk) => (typeof pk === "string" ? places.get(pk) : undefined));
  const [col, endCol] = place.columns.map((name) => columns.findIndex((one) => one.name === name));
  if (from === undefined || to === undefined || col < 0 || endCol < 0) return;
  hot.selectCell(from, col, to, endCol, false, false);
  if (place.isListening) hot.listen();
}

/**
 * Out of sight, a selected cell is drawn with the next event of scrolling only: too late for keys.
 * @param {any} hot
 * @param {number} row
 * @param {number} col
 */
export function fetchCell(hot, row, col) {
  hot.scrollViewportTo(row, col);
  hot.render();
  hot.selectCell(row, col);
}

/**
 * All that is selected; headers left out.
 * @param {GridSurface} grid
 * @returns {Area[]}
 */
function selectedAreas(grid) {
  const all = grid.hot.getSelected() ?? [];
  return all.map((/** @type {number[]} */ corners) => areaOf(grid, corners));
}

/**
 * @param {GridSurface} grid
 * @returns {string[]} what stands for rows that have not come, of those that are selected
 */
export function selectedAbsent(grid) {
  if (!grid.records.some((record) => isAbsent(record[PK]))) return [];
  return selectedAreas(grid).flatMap(({ row, endRow }) =>
    grid.records
      .slice(row, endRow + 1)
      .map((record) => record[PK])
      .filter(isAbsent),
  );
}

/**
 * Each selected cell once, also where ranges overlap.
 * @param {GridSurface} grid
 */
export function* selectedCells(grid) {
  const areas = selectedAreas(grid);
  for (const [index, area] of areas.entries()) {
    const former = areas.slice(0, index);
    for (let row = area.row; row <= area.endRow; row += 1) {
      if (!isRow(grid.records[row])) continue;
      for (let col = area.col; col <= area.endCol; col += 1) {
        const column = grid.columns[col];
        const isCounted = former.some(
          (one) => row >= one.row && row <= one.endRow && col >= one.col && col <= one.endCol,
        );
        if (column && !isCounted) yield { column, value: grid.records[row]?.[column.name] };
      }
    }
  }
}

/**
 * Whether the focus is in a field that is not the grid's own.
 * @param {HTMLElement} element  the grid's
 */
export function isTypingElsewhere(element) {
  const active = document.activeElement;
  const isField = active?.matches("input, textarea, select, [contenteditable]") ?? false;
  return isField && !element.contains(active) && active?.id !== "HandsontableCopyPaste";
}
