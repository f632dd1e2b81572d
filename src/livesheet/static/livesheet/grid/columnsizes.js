/**
 * The widths of the columns: what their content needs, or what the user has chosen. Columns of
 * texts share the remaining width. Also the frozen columns. In different versions of Handsontable,
 * the arguments of a hook have a different order, and an option has another name.
 */

import { hasDate, isBoolean, isNumber } from "../values/kinds.js";
import { columnWidth } from "./settings.js";

/** @import {Column, GridRow} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

/** @typedef {{columns: Column[], width: number, height: number, records: GridRow[]}} SizedGrid */

/** Below this width, as on a telephone, most of a row is out of sight. */
const NARROW_PX = 480;
/** There, the first column is frozen, and gets at most this share of the width. */
const FIRST_PART = 0.38;

/**
 * @param {any} Handsontable
 * @param {Store} store
 * @param {Record<string, any>} settings  the settings known so far
 * @param {SizedGrid} grid
 * @returns {Record<string, any>} the complete settings
 */
export function withSizes(Handsontable, store, settings, grid) {
  const { version } = Handsontable;
  const widths = store.shownColumns.map(({ name }) => store.view.widths[name]);
  const { fixedColumnsLeft, fixedColumnsStart, ...others } = settings;
  const isShared = others.stretchH === "all" && others.colWidths === undefined;
  const shares = new Shares(Handsontable, store, settings, grid);
  return {
    ...others,
    ...(isShared
      ? { stretchH: "none", colWidths: (/** @type {number} */ col) => shares.of(col) }
      : {}),
    manualColumnResize: others.manualColumnResize === false ? false : widths,
    ...frozen(version, store, fixedColumnsStart ?? fixedColumnsLeft, grid),
  };
}

/**
 * Returns the number of frozen columns: that of the user, or else that of the site. Otherwise, on a
 * telephone, the first column is frozen, which identifies the row, unless the user has made it too
 * wide for that.
 * @param {string} version  the version of Handsontable
 * @param {Store} store
 * @param {number | undefined} declared  the number declared by the site
 * @param {Pick<SizedGrid, "columns" | "width">} grid
 */
function frozen(version, store, declared, { columns, width }) {
  const name = majorOf(version) < 12 ? "fixedColumnsLeft" : "fixedColumnsStart";
  const chosen = store.view.widths[columns[0]?.name ?? ""] ?? 0;
  const isFirst = isTelephone(columns, width) && chosen <= width / 2;
  return { [name]: store.view.frozen ?? declared ?? Number(isFirst) };
}

/**
 * @param {Column[]} columns
 * @param {number} width  the width of the grid
 */
const isTelephone = (columns, width) => columns.length > 1 && width < NARROW_PX;

/**
 * The widths of all columns. They are calculated again when the available width or a chosen width
 * has changed.
 */
class Shares {
  /**
   * @param {any} Handsontable
   * @param {Store} store
   * @param {Record<string, any>} settings
   * @param {SizedGrid} grid
   */
  constructor(Handsontable, store, { rowHeaderWidth, rowHeights, columnHeaderHeight }, grid) {
    this.store = store;
    this.grid = grid;
    this.margin = Number(rowHeaderWidth) || 0;
    this.rowHeight = Number(rowHeights) || 0;
    this.headHeight = Number(columnHeaderHeight) || 0;
    this.scrollBar = Handsontable.dom?.getScrollbarWidth?.(document) ?? 0;
    /** @type {any[]} the state for which the widths were calculated */
    this.known = [];
    /** @type {number[]} */
    this.widths = [];
  }

  /** @param {number} col */
  of(col) {
    const { grid, store } = this;
    const { columns, width, height, records } = grid;
    const isLong = records.length * this.rowHeight + this.headHeight > height;
    const state = [columns, width, isLong, store.view.widths];
    if (state.some((one, at) => one !== this.known[at])) {
      this.known = state;
      const room = width - this.margin - (isLong ? this.scrollBar : 0) - 1;
      this.widths = shared(columns, store.view.widths, room);
      const isChosen = columns[0] && columns[0].name in store.view.widths;
      if (isTelephone(columns, width) && !isChosen)
        this.widths[0] = Math.min(this.widths[0], Math.floor(width * FIRST_PART));
    }
    return this.widths[col];
  }
}

/**
 * Numbers, moments and tick boxes do not need more width than their values. If there is room, their
 * titles are shown completely.
 * @param {Column[]} columns
 * @param {Record<string, number>} chosen  widths chosen by the user
 * @param {number} room
 * @returns {number[]}
 */
export function shared(columns, chosen, room) {
  const least = columns.map(
    (column) => chosen[column.name] ?? column.options?.width ?? columnWidth(column),
  );
  const legible = columns.map((column, at) =>
    column.name in chosen ? least[at] : Math.max(least[at], columnWidth(column)),
  );
  const isWide = columns.map((column) => !(column.name in chosen) && isOfWords(column));
  const sum = (/** @type {number[]} */ widths) => widths.reduce((one, other) => one + other, 0);
  const own =
    sum(legible) <= room ? least.map((width, at) => (isWide[at] ? width : legible[at])) : least;
  const words = sum(own.filter((_, at) => isWide[at]));
  const rest = room - sum(own);
  if (rest <= 0 || !words) return own;
  return own.map((width, at) => (isWide[at] ? Math.floor(width * (1 + rest / words)) : width));
}

/** @param {Column} column */
const isOfWords = (column) =>
  !isNumber(column) && !isBoolean(column) && !hasDate(column) && !MOMENTS.includes(column.type);

const MOMENTS = ["time", "duration"];

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
      if (isFitted) host.finder()?.onFit(grid, host, col);
      else host.finder()?.onResize(column.name, width);
    },
  };
}

/** @param {string | undefined} version */
const majorOf = (version) => Number.parseInt(version ?? "6", 10);
