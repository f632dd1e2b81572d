/**
 * Paints the grid's cells and headers: as Handsontable's renderer when it draws, and without it if
 * only values have changed, which takes half a millisecond for a hundred cells.
 */

import { attempt } from "../definitions.js";
import { isAbsent, isHeading, PK } from "../protocol.js";
import { fill } from "../texts.js";
import { paintContents } from "./contents.js";
import { headingLook, headingTotal, paintHeading, paintHeadingHead } from "./headings.js";
import {
  keepClasses,
  paintCell,
  paintColumnHeader,
  paintCorner,
  paintRowHeader,
} from "./painter.js";
import { cellRole, columnRole, levelRole, rowRole } from "./roles.js";

/** @import {Column, Pk} from "../protocol.js" */
/** @import {Look, RowLook} from "../surfaces.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

/** The look of cells in headings, and in rows that are not loaded. @type {Look} */
const NOTHING = {
  ...{ text: "", pending: false, unsent: false, mark: null, people: [], tag: "" },
  ...{ readonly: true, row: "", missing: false, title: "", now: 0 },
};

/** @type {RowLook} */
const NO_ROW = { state: "", title: "", isOpen: false, isTicked: false };

export class Brush {
  /**
   * @param {GridSurface} grid
   * @param {GridHost} host
   * @param {Function} baseRenderer  Handsontable's own renderer, which adds the classes that it
   *   needs
   */
  constructor(grid, host, baseRenderer) {
    this.grid = grid;
    this.host = host;
    this.baseRenderer = baseRenderer;
  }

  /** A renderer with Handsontable's signature. */
  render = (
    /** @type {any} */ hot,
    /** @type {HTMLTableCellElement} */ td,
    /** @type {number} */ row,
    /** @type {number} */ col,
    /** @type {string} */ prop,
    /** @type {any} */ value,
    /** @type {any} */ meta,
  ) => {
    keepClasses(td);
    this.baseRenderer(hot, td, row, col, prop, value, meta);
    if (!meta.readOnly) td.classList.remove("livesheet-readonly");
    cellRole({ hot, from: this.host.store.order.from }, td, row, col);
    levelRole(td.parentElement, this.host.store.groups, this.grid.records[row]?.[PK]);
    this.#paint(td, row, this.grid.columns[col]);
    return td;
  };

  /**
   * Handsontable calls hooks with itself as `this`, and does so before its constructor has
   * returned.
   */
  hooks() {
    const brush = this;
    return {
      /** @this {any} @param {number} col @param {HTMLElement} th */
      afterGetColHeader(col, th) {
        brush.#columnHeader(this, col, th);
      },
      /** @this {any} @param {number} row @param {HTMLElement} th */
      afterGetRowHeader(row, th) {
        brush.#rowHeader(this, row, th);
      },
    };
  }

  /**
   * Paints the rows that are on screen.
   * @param {Iterable<Pk>} pks
   */
  paintRows(pks) {
    const { hot, places, columns } = this.grid;
    for (const pk of pks) {
      const row = places.get(pk);
      if (row === undefined) continue;
      columns.forEach((column, col) => {
        // Cells of frozen columns exist twice.
        const tds = new Set([hot.getCell(row, col), hot.getCell(row, col, true)]);
        for (const td of tds) if (td) this.#paint(td, row, column);
      });
    }
  }

  /**
   * @param {HTMLTableCellElement} td
   * @param {number} row
   * @param {Column} column
   */
  #paint(td, row, column) {
    const record = this.grid.records[row];
    if (!record) return;
    if (isHeading(record[PK])) {
      this.#paintHeading(td, record[PK], column);
      return;
    }
    if (isAbsent(record[PK])) {
      td.replaceChildren();
      paintCell(td, column, NOTHING, row % 2 === 1);
      td.classList.add("ls-absent");
      return;
    }
    const value = record[column.name];
    const look = this.host.looks.look(record[PK], column, value);
    const usual = () => {
      paintContents(td, column, value, look, this.host.texts);
      paintCell(td, column, look, row % 2 === 1);
    };
    usual();
    const { paint } = this.host.store.custom(column.name);
    if (!paint) return;
    td.style.position = "relative"; // for what it places in the cell
    attempt(() => paint(td, value, look, column), usual);
  }

  /**
   * The first column contains the name of the group, which also covers the next columns that show
   * no total.
   * @param {HTMLTableCellElement} td
   * @param {string} key
   * @param {Column} column
   */
  #paintHeading(td, key, column) {
    const { store, texts } = this.host;
    const { columns, hot } = this.grid;
    const look = headingLook(store, texts, key);
    const total = headingTotal(store, texts, key, column);
    const isFirst = column === columns[0];
    const words = total.text ? `${total.name} ${total.text}` : "";
    paintCell(td, column, { ...NOTHING, title: isFirst ? look.title : words }, false);
    td.classList.add("ls-group", ...(isFirst ? ["ls-group-first"] : []));
    const end = columns.findIndex(
      (one, at) => at > 0 && headingTotal(store, texts, key, one).text !== "",
    );
    const over = isFirst ? columns.slice(0, end < 0 ? undefined : end) : [];
    const room = over.reduce((sum, _, at) => sum + hot.getColWidth(at), 0);
    const fold = fill(look.isOpen ? texts.closeGroup : texts.openGroup, { group: look.label });
    paintHeading(td, isFirst ? look : null, total, { room, fold });
  }

  /**
   * @param {any} hot
   * @param {number} col
   * @param {HTMLElement} th
   */
  #columnHeader(hot, col, th) {
    const column = this.grid.columns[col];
    keepClasses(th);
    columnRole(hot, th, col);
    const { can } = this.host.store;
    const required = column?.required && (can.add || can.change); // for readers, no column is
    if (!column) {
      if (col === -1) paintCorner(th, ticksOf(this.host.store), this.host.texts);
      return;
    }
    const sort = this.host.looks.sortLook(column);
    paintColumnHeader(th, { ...column, required }, sort, hot.getColWidth(col), this.host.texts);
  }

  /**
   * @param {any} hot
   * @param {number} row
   * @param {HTMLElement} th
   */
  #rowHeader(hot, row, th) {
    const record = this.grid.records[row];
    keepClasses(th);
    rowRole(hot, th);
    if (!record) return;
    const { looks, store, texts } = this.host;
    if (isHeading(record[PK])) {
      const { label } = headingLook(store, texts, record[PK]);
      paintRowHeader(th, NO_ROW, 0, texts);
      th.classList.add("ls-group");
      paintHeadingHead(th, store.can.add ? fill(texts.addInGroup, { group: label }) : "");
      return;
    }
    const look = isAbsent(record[PK]) ? NO_ROW : looks.rowLook(record[PK]);
    paintRowHeader(th, look, this.grid.numberOf(row), texts);
  }
}

/**
 * Whether all, some or none of the shown rows are ticked.
 * @param {GridHost["store"]} store
 * @returns {"true" | "false" | "mixed"}
 */
function ticksOf({ ticked, order, drafts }) {
  if (!ticked.size) return "false";
  const shown = order.pks.filter((pk) => !drafts.has(pk) && !isHeading(pk));
  const n = shown.filter((pk) => ticked.has(pk)).length;
  return n && n === shown.length ? "true" : n ? "mixed" : "false";
}
