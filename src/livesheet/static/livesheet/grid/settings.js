/**
 * Settings that make all versions of Handsontable suitable for live data: no numeric type and no
 * validators (on 6.2.2 a denial of service, and on all versions an asynchronous validator can write
 * into the wrong record), no undo of its own (it stores row numbers), fixed sizes. A column is as
 * wide as its content needs or as the user has chosen, and columns of texts share the remaining
 * width.
 */

import { attempt } from "../definitions.js";
import { PK } from "../protocol.js";
import {
  hasDate,
  isBoolean,
  isListed,
  isLong,
  isMany,
  isNumber,
  isReadonly,
} from "../values/kinds.js";
import { isRow } from "./headings.js";
import { extraSigns } from "./painter.js";

/** @import {Column, GridRow} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Height} from "../store/view.js" */
/** @import {GridOptions} from "../surfaces.js" */
/** @import {Editors} from "./editors.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

/** In pixels, including the line below. @type {Record<Height, number>} */
export const ROW_HEIGHTS = { compact: 25, regular: 30, tall: 66 };
const HEAD_HEIGHT = 32;

/** How many characters a column of each type usually shows. @type {Record<string, number>} */
const USUAL_LENGTH = {
  boolean: 6,
  integer: 9,
  decimal: 10,
  float: 10,
  date: 11,
  time: 7,
  datetime: 17,
  duration: 16,
  choice: 14,
  related: 20,
  related_many: 26,
  longtext: 36,
  json: 30,
  url: 28,
};

/** The width of the signs in each header: the type and the menu. */
const HEAD_SIGNS = 56;

/** The padding of a cell, and of a chip. */
const AROUND = 22;
const CHIP = 16;

/** Seventeen digits and their separators. */
const BIG_LENGTH = 22;
const LONGEST_NUMBER = 27;

/**
 * Returns a width that is sufficient for the title and for usual values.
 * @param {Column} column
 * @returns {number} in pixels
 */
export function columnWidth(column) {
  const choices = column.choices?.map(([, text]) => text.length) ?? [];
  const length = choices.length ? Math.max(...choices) : usualLength(column);
  const around = choices.length ? AROUND + CHIP : AROUND;
  const title = column.title.length * 7.5 + HEAD_SIGNS + extraSigns(column);
  return Math.round(Math.max(title, Math.min(length, 40) * 7.5 + around, 64));
}

/** @param {Column} column */
function usualLength({ type, big, max_digits: digits = 0, max_length: most = 24 }) {
  if (big) return BIG_LENGTH;
  // Prices rarely use all digits of their field, but a column of twenty digits is meant for such
  // numbers.
  if (type === "decimal" && digits > 12) return Math.min((digits * 4) / 3, LONGEST_NUMBER);
  return USUAL_LENGTH[type] ?? Math.min(most, 32) * 0.8;
}

/** All versions write headers as HTML. @param {string} text */
export function escapeHtml(text) {
  const names = { "&": "amp", "<": "lt", ">": "gt", '"': "quot", "'": "#39" };
  return text.replace(/[&<>"']/g, (char) => `&${names[/** @type {"&"} */ (char)]};`);
}

/**
 * @param {Column} column
 * @param {Store} store
 * @param {Editors} editors
 * @param {{render: Function}} brush
 * @returns {Record<string, any>}
 */
export function columnSettings(column, store, editors, brush) {
  const isFixed = isReadonly(column) || !(store.can.change || store.can.add);
  const own = store.custom(column.name).editor;
  const usual = () => editorOf(column, editors);
  const chosen = own ? attempt(() => own(editors, column), usual) : usual();
  const { type: _type, validator: _validator, width: _width, ...options } = column.options ?? {};
  return {
    ...options,
    data: column.name,
    readOnly: isFixed,
    editor: isFixed || (isBoolean(column) && !own) ? false : chosen,
    renderer: brush.render,
  };
}

/**
 * A user who may only add rows can type into new rows only, and nobody can type into a heading. All
 * settings are given for each cell, because the grid otherwise keeps those of the cell that was
 * there before.
 * @param {Store} store
 * @param {GridRow | undefined} record
 * @param {Column | undefined} column
 */
export function cellSettings(store, record, column) {
  const isOurs = store.can.change || (record && store.drafts.has(record[PK]));
  return { readOnly: !record || !column || !isOurs || isReadonly(column) || !isRow(record) };
}

/**
 * @param {Column} column
 * @param {Editors} editors
 */
function editorOf(column, editors) {
  if (isListed(column)) return editors.ListEditor;
  if (isMany(column)) return editors.ManyEditor;
  if (isLong(column)) return editors.LongEditor;
  return hasDate(column) ? editors.DateEditor : editors.TextEditor;
}

/**
 * @param {Store} store
 * @param {GridOptions} settings
 * @returns {Record<string, any>}
 */
export function gridSettings(store, { licenseKey, options, language }) {
  return {
    columnHeaderHeight: HEAD_HEIGHT,
    rowHeaders: true,
    rowHeaderWidth: 56,
    stretchH: "all",
    manualColumnResize: true,
    outsideClickDeselects: true,
    autoWrapCol: false,
    autoWrapRow: true,
    fillHandle: store.can.change ? { autoInsertRow: false } : false,
    ...(language ? { language } : {}),
    viewportRowRenderingOffset: 0, // rows ahead are drawn while scrolling
    ...options,
    rowHeights: options?.rowHeights ?? ROW_HEIGHTS[store.view.height],
    ...(licenseKey ? { licenseKey } : {}),
    colHeaders: store.shownColumns.map((column) => escapeHtml(column.title)),
    dataSchema: Object.fromEntries(store.shownColumns.map((column) => [column.name, null])),
    autoColumnSize: false,
    autoRowSize: false,
    wordWrap: false,
    trimWhitespace: false,
    allowInsertRow: false,
    allowInsertColumn: false,
    allowRemoveRow: false,
    allowRemoveColumn: false,
    columnSorting: false,
    observeChanges: false,
    undo: false,
    minSpareRows: 0,
    // The newest grid's own class always sets the background, which would hide the state of the
    // cell.
    readOnlyCellClassName: "livesheet-readonly",
  };
}

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
