/**
 * Settings that make all versions of Handsontable suitable for live data: no numeric type and no
 * validators (on 6.2.2 a denial of service, and on all versions an asynchronous validator can write
 * into the wrong record), no undo of its own (it stores row numbers), fixed sizes.
 */

import { attempt } from "../definitions.js";
import { PK } from "../protocol.js";
import { hasDate, isBoolean, isListed, isLong, isMany, isReadonly } from "../values/kinds.js";
import { isRow } from "./headings.js";
import { extraSigns } from "./painter.js";

/** @import {Editors} from "./editors.js" */
/** @import {Column, GridRow} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Height} from "../store/view.js" */
/** @import {GridOptions} from "../surfaces.js" */

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
