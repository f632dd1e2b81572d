/**
 * What is in sight of the rows, and what is to be: as others want it who keep the keys themselves,
 * and as a large sheet needs it, which shows one page of its rows after the other.
 */

import { PK } from "../protocol.js";
import { blocksLeft, holderOf, selectedAbsent } from "./place.js";

/** @import {Pk} from "../protocol.js" */
/** @import {Place} from "./place.js" */
/** @import {GridHost, GridSurface, Sighted, SightOfGrid, Topmost} from "./surface.js" */

export class Sight {
  /**
   * @param {GridSurface & {keys: {unlisten: () => void}, wanted: string[]}} grid
   * @param {Pick<GridHost, "onSight">} host
   */
  constructor(grid, host) {
    this.grid = grid;
    /** @type {Topmost | null} when the rows are shown that are wanted */
    this.next = null;
    /** @type {Place | null} what was selected on a page that is left */
    this.former = null;
    const told = () => host.onSight();
    grid.element.addEventListener("scroll", told, { capture: true, passive: true });
  }

  /**
   * What is about to be in sight counts already: while it takes its rows, the newest grid stands at
   * the top of them for a moment, and says so.
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

  /** The rows stand there now. @returns {boolean} whether others are in sight, which are to be drawn */
  turned() {
    const { next } = this;
    const { element } = this.grid;
    const holder = holderOf(element);
    this.next = null;
    if (!next || !holder) return false;
    holder.scrollTop = next.row * rowHeight(element) + next.shift;
    return true;
  }

  /**
   * What was selected is so again when its rows are back; nothing else takes its place.
   * @param {Place} place  as it was
   */
  reselect(place) {
    const { hot, places, records, isEditing } = this.grid;
    if (isEditing) return;
    const chosen = place.blocks.length ? place : this.former;
    const left = (chosen?.blocks ?? []).flatMap((one) => blocksLeft(one, places, records.length));
    this.former = left.length ? null : chosen;
    if (left.length) hot.selectCells(left, false, false);
    else if (place.blocks.length) hot.deselectCell();
  }

  /**
   * The cell is selected as well. (6.2.2 takes the focus all the same: a field gets it after this.)
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

/** @param {HTMLElement} element @returns {number} pixels, of any row: all are as high */
function rowHeight(element) {
  const rows = holderOf(element)?.querySelectorAll("tbody tr") ?? [];
  const [one, other] = [rows[1] ?? rows[0], rows[rows.length - 1]];
  if (!one) return 0;
  const between = other.getBoundingClientRect().top - one.getBoundingClientRect().top;
  return between > 0 ? between / (rows.length - (rows[1] ? 2 : 1)) : one.clientHeight;
}
