/**
 * Where the user is in the grid, by pks instead of row numbers, so that it remains correct when
 * rows move.
 */

import { NOTHING } from "../commands.js";
import { isAbsent, isHeading, PK } from "../protocol.js";
import { isRow } from "./headings.js";

/** @import {Pk} from "../protocol.js" */
/** @import {Beyond, Command, Target} from "../surfaces.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

/**
 * @typedef {{row: number, col: number, endRow: number, endCol: number}} Area
 *
 * @typedef {object} Block  one of the selected blocks
 * @property {number[]} corners  in the grid's form
 * @property {Pk[]} pks  its rows, from top to bottom
 * @property {boolean} isWhole  all rows are selected, including those that are added later
 * @property {(places: Map<Pk, number>) => number} neighbour  returns the current place of the row
 *   after the block
 *
 * @typedef {object} Place
 * @property {Block[]} blocks
 * @property {number[] | undefined} selection  in the grid's form
 * @property {(Pk | undefined)[]} pks  the pks of its first and last row
 * @property {Pk[]} seen  the rows on screen, from top to bottom
 * @property {number} top
 * @property {number} scrolled  in pixels
 * @property {number} left  scrolled horizontally
 * @property {(string | undefined)[]} columns  the first and the last selected column
 * @property {boolean} isListening  whether this grid receives keys
 */

/** As many rows as fit on a large screen: at least one of them will still exist. */
const MOST_SEEN = 60;
/** A selection that would be divided into more blocks than this is reduced to one cell. */
const MOST_BLOCKS = 12;

/**
 * @param {GridSurface} grid
 * @returns {Area | null} the selection without headers
 */
export function selectedArea(grid) {
  const last = grid.hot.getSelectedLast();
  return last ? areaOf(grid, last) : null;
}

/**
 * @param {GridSurface} grid
 * @param {number[]} corners  in the grid's form
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
 * Runs a command on what is selected. If it acts on all selected rows, those that are not loaded
 * are loaded before, unless something else is selected meanwhile.
 * @param {GridSurface} grid
 * @param {Pick<GridHost, "store" | "root">} host
 * @param {Command} command
 */
export function runOn(grid, host, command) {
  const { order } = host.store;
  const target = targetOf(grid);
  if (!command.isOfRows || !order.isPaged) {
    command.run(target);
    return;
  }
  const before = JSON.stringify(grid.hot.getSelected());
  const all = selectedBlocks(grid);
  const onPage = () =>
    order.whenLoaded(selectedAbsent(grid), () => {
      if (grid.destroyed || JSON.stringify(grid.hot.getSelected()) !== before) return;
      command.run(targetOf(grid));
    });
  const onRows = (/** @type {Pk[]} */ pks) =>
    command.run({ ...target, pks, blocks: target.blocks.map((one) => ({ ...one, pks })) });
  beyondPage(host, all.some(isWholeBlock), {
    columns: target.columns.length,
    onPage,
    onRows: all.every(isWholeBlock) ? onRows : undefined,
  });
}

const isWholeBlock = (/** @type {Block} */ { isWhole }) => isWhole;

/**
 * Does something to the page. If it is meant for all rows of the page and there are other pages,
 * the user decides whether it is done to theirs as well.
 * @param {Pick<GridHost, "store" | "root">} host
 * @param {boolean} isPage  whether it is meant for all rows of the page
 * @param {Beyond & {onPage: () => void}} detail
 */
export function beyondPage({ store: { order }, root }, isPage, detail) {
  const isPart = isPage && !(order.isAtEnd && order.from === 0);
  if (isPart) root.dispatchEvent(new CustomEvent("ls-beyond", { detail }));
  else detail.onPage();
}

/**
 * @param {GridSurface} grid
 * @param {number} from
 * @param {number} to  not included
 * @returns {string[]} the placeholders among these rows
 */
export const absentIn = ({ records }, from, to) =>
  records
    .slice(from, to)
    .map((record) => record[PK])
    .filter(isAbsent);

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
    const isWhole = isPageOf(grid, { row, endRow });
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
 * Whether an area has all rows of the grid.
 * @param {GridSurface} grid
 * @param {Pick<Area, "row" | "endRow">} area
 */
export const isPageOf = ({ records: { length } }, { row, endRow }) =>
  length > 1 && row === 0 && endRow === length - 1;

/**
 * @param {Pk[]} pks  the keys of all rows
 * @param {number} row
 * @param {number} endRow
 * @returns {(places: Map<Pk, number>) => number}
 */
const neighbourOf = (pks, row, endRow) => (places) => {
  const after = pks.slice(endRow + 1).find((pk) => places.has(pk));
  const before = pks.slice(0, row).findLast((pk) => places.has(pk));
  return places.get(after ?? before ?? "") ?? row;
};

/** The element that scrolls. @param {HTMLElement} element */
export const holderOf = (element) => element.querySelector(".ht_master .wtHolder");

/**
 * Scrolls to the same rows, wherever they are now. This is calculated from the former position,
 * because 6.2.2 itself scrolls with the selected row when rows are inserted above it.
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
 * Selects the same cells again, as far as their rows still exist, and no others. If none of them
 * exists, a neighbour is selected, which nobody has chosen.
 * @param {GridSurface} grid
 * @param {Place} place
 * @returns {boolean} whether the user has chosen what is selected now
 */
export function selectBack({ hot, places, isEditing, element, records }, { blocks }) {
  if (!blocks.length || isEditing) return true;
  // Selecting takes the focus, which would disturb somebody who is typing elsewhere on the page.
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
 * Returns blocks of adjacent rows in the grid's form, because a row that was inserted between two
 * selected ones has not been chosen. If another order would make too many blocks, returns only one
 * cell.
 * @param {Block} block
 * @param {Map<Pk, number>} places
 * @param {number} rows  the number of rows
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
 * Restores the place in a new grid, which may have other columns: the same rows in sight, and the
 * same cells selected, unless the user is now busy elsewhere on the page.
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
 * A selected cell out of sight is drawn only at the next scroll event, which is too late for keys.
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
 * The selected areas without headers.
 * @param {GridSurface} grid
 * @returns {Area[]}
 */
function selectedAreas(grid) {
  const all = grid.hot.getSelected() ?? [];
  return all.map((/** @type {number[]} */ corners) => areaOf(grid, corners));
}

/**
 * @param {GridSurface} grid
 * @returns {string[]} the placeholders among the selected rows
 */
export function selectedAbsent(grid) {
  if (!grid.records.some((record) => isAbsent(record[PK]))) return [];
  return selectedAreas(grid).flatMap(({ row, endRow }) => absentIn(grid, row, endRow + 1));
}

/**
 * Yields each selected cell once, even if ranges overlap.
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
 * @param {HTMLElement} element  the element of the grid
 */
export function isTypingElsewhere(element) {
  const active = document.activeElement;
  const isField = active?.matches("input, textarea, select, [contenteditable]") ?? false;
  return isField && !element.contains(active) && active?.id !== "HandsontableCopyPaste";
}
