/**
 * Knows which rows are in sight, and controls which ones will be: for parts that have the focus
 * themselves, and for large sheets, which show one page of rows after the other.
 */

import { PK } from "../protocol.js";
import { blocksLeft, holderOf, selectedAbsent } from "./place.js";

/** @import {Pk} from "../protocol.js" */
/** @import {Place} from "./place.js" */
/** @import {GridHost, GridSurface, Sighted, SightOfGrid, Topmost} from "./surface.js" */

/** At most so many rows are drawn beyond those in sight. */
const DRAWN = 12;

export class Sight {
  /**
   * @param {GridSurface & {keys: {unlisten: () => void}, wanted: string[]}} grid
   * @param {Pick<GridHost, "onSight">} host
   */
  constructor(grid, host) {
    this.grid = grid;
    /** @type {Topmost | null} applied when the wanted rows are shown */
    this.next = null;
    /** @type {Place | null} the selection on a former page */
    this.former = null;
    /** The row or heading that is selected if no selected row is left. */
    this.instead = "";
    // The frozen parts of the grid follow it, and tell so, too.
    const told = (/** @type {Event} */ { target }) => {
      if (target === holderOf(grid.element)) host.onSight();
    };
    grid.element.addEventListener("scroll", told, { capture: true, passive: true });
  }

  /**
   * Rows that are about to be in sight count already: while the newest grid takes its rows, it
   * reports for a moment that it is scrolled to the top.
   * @returns {Sighted | null}
   */
  now() {
    const { element, records, wanted } = this.grid;
    const { next } = this;
    const holder = holderOf(element);
    const height = rowHeight(element);
    const count = next ? wanted.length : records.length;
    if (!holder || !height || !count) return null;
    const first = Math.min(next?.row ?? Math.floor(holder.scrollTop / height), count - 1);
    return {
      first,
      key: next ? wanted[first] : records[first][PK],
      shift: next?.shift ?? holder.scrollTop - first * height,
      rows: Math.ceil(holder.clientHeight / height),
      whole: Math.max(1, Math.floor((holder.clientHeight - headHeight(holder)) / height)),
    };
  }

  /** @param {Pk[]} pks @returns {boolean} whether one of the rows is drawn, or may be */
  isNear(pks) {
    const sight = this.now();
    if (!sight) return true;
    const { first, rows } = sight;
    return pks.some((pk) => {
      const row = /** @type {number} */ (this.grid.places.get(pk));
      return row >= first - DRAWN && row < first + rows + DRAWN;
    });
  }

  /** @returns {ReturnType<SightOfGrid["bars"]>} */
  bars() {
    const holder = /** @type {HTMLElement | null} */ (holderOf(this.grid.element));
    if (!holder) return { down: 0, across: 0, isLeft: false };
    return {
      down: holder.offsetWidth - holder.clientWidth,
      across: holder.offsetHeight - holder.clientHeight,
      isLeft: getComputedStyle(holder).direction === "rtl",
    };
  }

  absent() {
    return selectedAbsent(this.grid);
  }

  /** @param {Topmost} top */
  turn(top) {
    this.next = top;
  }

  /**
   * The rows have been replaced.
   * @returns {boolean} whether other rows are in sight and must be drawn
   */
  turned() {
    const { next } = this;
    const { element } = this.grid;
    const holder = holderOf(element);
    this.next = null;
    this.instead = next?.instead ?? "";
    if (!next || !holder) return false;
    holder.scrollTop = next.row * rowHeight(element) + next.shift;
    return true;
  }

  /**
   * Selects the same cells again when their rows are back. If they were in a group that has been
   * closed, its heading is selected; otherwise nothing.
   * @param {Place} place  the former place
   */
  reselect(place) {
    const { hot, places, records, isEditing } = this.grid;
    if (isEditing) return;
    const chosen = place.blocks.length ? place : this.former;
    const left = (chosen?.blocks ?? []).flatMap((one) => blocksLeft(one, places, records.length));
    const instead = places.get(this.instead);
    const isInstead = !left.length && place.blocks.length > 0 && instead !== undefined;
    if (isInstead) left.push([instead, place.blocks[0].corners[1]]);
    this.former = left.length ? null : chosen;
    if (left.length) hot.selectCells(left, false, false);
    else if (place.blocks.length) hot.deselectCell();
  }

  /**
   * Selects a cell without moving the focus to it. (6.2.2 takes the focus anyway, so a field must
   * be focused after this call.)
   * @param {Pk} pk
   * @param {string} [column]
   */
  select(pk, column) {
    const { hot, places, isEditing, keys } = this.grid;
    const row = places.get(pk);
    if (row === undefined || isEditing) return;
    const col = this.#colOf(column);
    keys.unlisten();
    hot.selectCell(row, col, row, col, false, false);
    this.bring(pk, column);
  }

  /**
   * @param {Pk} pk
   * @param {string} [column]
   */
  bring(pk, column) {
    const { hot, places, element } = this.grid;
    const [row, col] = [places.get(pk), this.#colOf(column)];
    if (row === undefined) return;
    const box = hot.getCell(row, col, true)?.getBoundingClientRect();
    const outer = element.getBoundingClientRect();
    const isAcross = box && box.left >= outer.left && box.right <= outer.right;
    if (isAcross && box.top >= outer.top && box.bottom <= outer.bottom) return;
    hot.scrollViewportTo(row, col);
    hot.render();
  }

  /** @param {string | undefined} column */
  #colOf(column) {
    const { columns } = this.grid;
    return Math.max(
      0,
      columns.findIndex(({ name }) => name === column),
    );
  }
}

/** @param {Element} holder */
const headHeight = (holder) => holder.querySelector("thead")?.clientHeight ?? 0;

/** @param {HTMLElement} element @returns {number} in pixels. All rows have the same height */
function rowHeight(element) {
  const rows = holderOf(element)?.querySelectorAll("tbody tr") ?? [];
  const [one, other] = [rows[1] ?? rows[0], rows[rows.length - 1]];
  if (!one) return 0;
  const between = other.getBoundingClientRect().top - one.getBoundingClientRect().top;
  return between > 0 ? between / (rows.length - (rows[1] ? 2 : 1)) : one.clientHeight;
}
