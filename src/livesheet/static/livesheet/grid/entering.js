/**
 * Decides where Enter, Tab and the down arrow lead: to the next cell or row, and from the last row
 * into a new one, so that a whole list can be typed with the keyboard. After several Tabs, Enter
 * goes back to the column of the first one.
 */

import { PK } from "../protocol.js";
import { isReadonly } from "../values/kinds.js";
import { isRow } from "./headings.js";

/** @import {Pk} from "../protocol.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

/**
 * @typedef {{row: number, col: number}} Step  how many rows and columns to move, in the grid's form
 * @typedef {{pk: Pk, row: number, col: number, isLast: boolean, isDraft: boolean}} Here
 */

/** @type {Step} */
const STAY = { row: 0, col: 0 };
/** @type {Step} */
const DOWN = { row: 1, col: 0 };
/** @type {Step} */
const ON = { row: 0, col: 1 };

export class Entering {
  /**
   * @param {GridSurface} grid
   * @param {GridHost} host
   */
  constructor(grid, host) {
    this.grid = grid;
    this.host = host;
    /** @type {string | null} the column where a series of Tabs began */
    this.start = null;
  }

  hooks() {
    return {
      enterMoves: (/** @type {KeyboardEvent} */ event) => this.#enter(event),
      tabMoves: (/** @type {KeyboardEvent} */ event) => this.#tab(event),
    };
  }

  /** @param {AbortSignal} signal */
  attach(signal) {
    const begun = () => {
      this.start = null;
    };
    this.grid.element.addEventListener("pointerdown", begun, { signal, capture: true });
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key has been handled
   */
  key(event) {
    const { grid } = this;
    if (event.key === "ArrowDown" && isPlain(event)) return this.#down();
    const isReturn = event.key === "Enter" && isPlain(event) && this.start !== null;
    if (!isReturn || grid.isEditing || !this.#here()?.isDraft) {
      if (/^(Arrow|Home|End|Page|Esc)/.test(event.key) && !grid.isEditing) this.start = null;
      return false;
    }
    const { row, col } = this.#enter(event);
    const here = this.#here();
    if (here && (row || col)) this.#go(here.row + row, here.col + col);
    return true;
  }

  /**
   * @param {number} row
   * @param {number} col
   */
  #go(row, col) {
    const { grid } = this;
    grid.select(grid.records[row]?.[PK] ?? "", grid.columns[col]?.name);
  }

  /** @returns {Here | null} null unless exactly one cell is selected */
  #here() {
    const { hot, records } = this.grid;
    const all = hot.getSelected() ?? [];
    const [row, col, endRow, endCol] = all[0] ?? [];
    const pk = records[row]?.[PK];
    if (all.length !== 1 || row !== endRow || col !== endCol || col < 0) return null;
    if (pk === undefined || !isRow(records[row])) return null;
    const isDraft = this.host.looks.rowLook(pk).state === "draft";
    const next = records[row + 1];
    // New rows are added one after the other to the same group. In a large sheet, the last row of a
    // page is followed by the next page.
    const isLast = next ? isDraft && !isRow(next) : isDraft || this.host.store.order.isAtEnd;
    return { pk, row, col, isLast, isDraft };
  }

  /** Finishes typing first. As there is no row below, the grid does not move then. */
  #down() {
    this.start = null;
    const here = this.#here();
    if (!here?.isLast) return false;
    const column = this.grid.columns[here.col]?.name;
    if (!this.grid.isEditing) return this.#begin(here.pk, column);
    queueMicrotask(() => {
      const now = this.#here();
      if (now?.isLast && now.row === here.row && !this.grid.isEditing) this.#begin(now.pk, column);
    });
    return false;
  }

  /** @param {KeyboardEvent} event @returns {Step} */
  #enter(event) {
    const here = this.#here();
    if (!here || !isPlain(event)) return DOWN;
    const start = this.start ?? this.grid.columns[here.col]?.name;
    this.start = null;
    if (here.isLast && this.#begin(here.pk, start)) return STAY;
    const col = this.grid.columns.findIndex(({ name }) => name === start);
    return { row: 1, col: col < 0 ? 0 : col - here.col };
  }

  /** @param {KeyboardEvent} event @returns {Step} */
  #tab(event) {
    const here = this.#here();
    if (!here || !isPlain(event)) return ON;
    const { grid } = this;
    grid.finish();
    this.start ??= grid.columns[here.col]?.name ?? null;
    const next = this.#next(here);
    if (next >= 0) return { row: 0, col: next - here.col };
    this.start = null;
    if (here.isLast && this.#begin(here.pk, undefined)) return STAY;
    return here.isLast ? ON : { row: 1, col: -here.col };
  }

  /**
   * In a new row, read-only columns are skipped.
   * @param {Here} here
   * @returns {number} -1 at the end of the row
   */
  #next({ col, isDraft }) {
    const { columns } = this.grid;
    if (isDraft) return columns.findIndex((column, at) => at > col && !isReadonly(column));
    return col + 1 < columns.length ? col + 1 : -1;
  }

  /**
   * Adds a new row, unless the user is in one that is still empty.
   * @param {Pk} pk  the row where the user is
   * @param {string | undefined} column
   * @returns {boolean} whether there is a new row
   */
  #begin(pk, column) {
    const { store, outgoing } = this.host;
    if (!store.can.add) return false;
    if (!store.drafts.has(pk) || !store.drafts.isUntouched(pk)) outgoing.addRow(null, column);
    return true;
  }
}

/** @param {KeyboardEvent | undefined} event */
const isPlain = (event) =>
  !event || !(event.shiftKey || event.ctrlKey || event.metaKey || event.altKey);
