/**
 * Paints the grid's cells and headers: as Handsontable's renderer when it draws, and by itself where
 * only values have changed, which takes half a millisecond for a hundred cells.
 */

import { attempt } from "../definitions.js";
import { PK } from "../protocol.js";
import { paintContents } from "./contents.js";
import { paintCell, paintColumnHeader, paintRowHeader } from "./painter.js";
import { cellRole, columnRole, rowRole } from "./roles.js";

/** @import {Column, Pk} from "../protocol.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

export class Brush {
  /**
   * @param {GridSurface} grid
   * @param {GridHost} host
   * @param {Function} baseRenderer  Handsontable's own, for the classes it needs
   */
  constructor(grid, host, baseRenderer) {
    this.grid = grid;
    this.host = host;
    this.baseRenderer = baseRenderer;
  }

  /** A renderer as Handsontable calls it. */
  render = (
    /** @type {any} */ hot,
    /** @type {HTMLTableCellElement} */ td,
    /** @type {number} */ row,
    /** @type {number} */ col,
    /** @type {string} */ prop,
    /** @type {any} */ value,
    /** @type {any} */ meta,
  ) => {
    this.baseRenderer(hot, td, row, col, prop, value, meta);
    cellRole(hot, td, row, col);
    this.#paint(td, row, this.grid.columns[col]);
    return td;
  };

  /** Handsontable calls its hooks with itself as `this`; while it is made, nobody else has it. */
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
   * Those that are on screen.
   * @param {Iterable<Pk>} pks
   */
  paintRows(pks) {
    const { hot, places, columns } = this.grid;
    for (const pk of pks) {
      const row = places.get(pk);
      if (row === undefined) continue;
      columns.forEach((column, col) => {
        // A column that is kept in sight is drawn twice.
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
    const value = record[column.name];
    const look = this.host.looks.look(record[PK], column, value);
    const usual = () => {
      paintContents(td, column, value, look, this.host.texts);
      paintCell(td, column, look, row % 2 === 1);
    };
    usual();
    const { paint } = this.host.store.custom(column.name);
    if (paint) attempt(() => paint(td, value, look, column), usual);
  }

  /**
   * @param {any} hot
   * @param {number} col
   * @param {HTMLElement} th
   */
  #columnHeader(hot, col, th) {
    const column = this.grid.columns[col];
    columnRole(hot, th, col);
    const { can } = this.host.store;
    const required = column?.required && (can.add || can.change); // of whoever may only read, nothing is
    if (!column) return;
    const sort = this.host.looks.sortLook(column);
    paintColumnHeader(th, { ...column, required }, sort, hot.getColWidth(col));
  }

  /**
   * @param {any} hot
   * @param {number} row
   * @param {HTMLElement} th
   */
  #rowHeader(hot, row, th) {
    const record = this.grid.records[row];
    rowRole(hot, th);
    if (!record) return;
    paintRowHeader(th, this.host.looks.rowLook(record[PK]), row + 1, this.host.texts);
  }
}
