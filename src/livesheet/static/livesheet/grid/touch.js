/**
 * Touch: a tap selects, two taps edit, and a long press opens the menu. And two clicks that the
 * browser takes for a double one, but the grid does not.
 */

import { PK } from "../protocol.js";

/** @import {Column, Pk} from "../protocol.js" */
/** @import {GridSurface} from "./surface.js" */

const HOLD_MS = 550;
const TWICE_MS = 350;
/** How many pixels a resting finger may move. */
const STILL = 10;

/** @typedef {{row: number, col: number, pk: Pk, column: Column}} Spot */

/** @param {EventTarget | null} target */
const cellOf = (target) =>
  target instanceof Element
    ? /** @type {HTMLElement | null} */ (target.closest(".ls-grid td"))
    : null;

export class Touch {
  /** @param {GridSurface} grid */
  constructor(grid) {
    this.grid = grid;
    /** @type {any} */
    this.holding = null;
    this.isHeld = false;
    this.isTap = false;
    /** Whether a touch began outside the open editor. */
    this.isElsewhere = false;
    this.from = { x: 0, y: 0 };
    /** @type {{cell: Element | null, at: number}} */
    this.tapped = { cell: null, at: 0 };
  }

  /**
   * Listens on the grid's parent, so that the grid is notified later.
   * @param {AbortSignal} signal
   */
  attach(signal) {
    const table = this.grid.element.parentElement ?? this.grid.element;
    table.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    table.addEventListener("pointermove", (event) => this.#moved(event), { signal });
    table.addEventListener("pointerup", (event) => this.#up(event), { signal });
    table.addEventListener("pointercancel", () => this.#cancelled(), { signal });
    // The grid gives up half a second after the first click: users whose system allows more time
    // between two clicks, and pages that are busy meanwhile, would open no editor.
    table.addEventListener("dblclick", ({ target }) => this.#edit(cellOf(target)), { signal });
    const early = { signal, capture: true };
    const begun = (/** @type {TouchEvent} */ event) => this.#begun(event);
    const over = (/** @type {TouchEvent} */ event) => this.#over(event);
    const ended = (/** @type {TouchEvent} */ event) => this.#ended(event);
    table.addEventListener("touchstart", begun, { ...early, passive: true });
    table.addEventListener("touchend", over, { ...early, passive: false });
    table.addEventListener("touchend", ended, { signal, passive: false });
    // Some browsers report a long press themselves, and the menu must be opened only once.
    const pressed = (/** @type {Event} */ event) => event.isTrusted && this.#letGo();
    table.addEventListener("contextmenu", pressed, { signal });
    signal.addEventListener("abort", () => this.#letGo());
  }

  #letGo() {
    clearTimeout(this.holding);
  }

  #cancelled() {
    this.#letGo();
    this.isTap = false;
  }

  /** @param {PointerEvent} event */
  #down({ target, pointerType, clientX, clientY }) {
    const cell = cellOf(target);
    this.#letGo();
    if (pointerType !== "touch" || !cell) return;
    this.isHeld = false;
    this.isTap = true;
    this.from = { x: clientX, y: clientY };
    this.holding = setTimeout(() => {
      this.isHeld = true;
      this.isTap = false;
      this.#openMenu(cell, clientX, clientY);
    }, HOLD_MS);
  }

  /** @param {PointerEvent} event */
  #moved({ clientX, clientY }) {
    if (Math.hypot(clientX - this.from.x, clientY - this.from.y) > STILL) this.#cancelled();
  }

  /** @param {PointerEvent} event */
  #up({ target, pointerType, timeStamp }) {
    this.#letGo();
    const cell = pointerType === "touch" ? cellOf(target) : null;
    if (!cell || this.isHeld) return;
    const isTwice = this.tapped.cell === cell && timeStamp - this.tapped.at < TWICE_MS;
    this.tapped = { cell: isTwice ? null : cell, at: timeStamp };
    if (isTwice) this.#edit(cell);
  }

  /**
   * 6.2.2 takes the beginning of a pan for a click on another cell, and would accept half a word.
   * @param {TouchEvent} event
   */
  #begun(event) {
    this.isElsewhere = Boolean(this.grid.isEditing && cellOf(event.target));
    if (this.isElsewhere) event.stopPropagation();
  }

  /** @param {TouchEvent} event */
  #over(event) {
    if (!this.isElsewhere) return;
    this.isElsewhere = false;
    event.stopPropagation();
    if (event.cancelable) event.preventDefault();
    if (this.isTap) this.#goTo(cellOf(event.target));
  }

  /**
   * After a tap, browsers also dispatch mouse events. 6.2.2 would see two clicks, and after a long
   * press, it would close the menu.
   * @param {TouchEvent} event
   */
  #ended(event) {
    const { target } = event;
    if (!(this.isTap || this.isHeld) || !cellOf(target) || !(target instanceof HTMLElement)) return;
    event.preventDefault();
    if (this.isTap && target.closest(".ls-check, a, button")) target.click();
  }

  /**
   * @param {Element | null} cell
   * @returns {Spot | null}
   */
  #spotOf(cell) {
    const { hot, records, columns } = this.grid;
    const { row, col } = (cell && hot.getCoords(cell)) ?? {};
    const [record, column] = [records[row], columns[col]];
    return record && column ? { row, col, pk: record[PK], column } : null;
  }

  /** After a tap beside the editor, accepts what was typed. @param {Element | null} cell */
  #goTo(cell) {
    const { grid } = this;
    const spot = this.#spotOf(cell);
    grid.finish();
    grid.settle();
    if (spot) grid.select(spot.pk, spot.column.name);
  }

  /** @param {Element | null} cell */
  #edit(cell) {
    const { grid } = this;
    const spot = this.#spotOf(cell);
    if (!spot || grid.isEditing) return;
    const { row, col, pk, column } = spot;
    // The mouse events of the tap come first, and would close the editor.
    if (grid.hot.getCellMeta(row, col).readOnly || column.type === "boolean") return;
    // By then, later versions have opened the editor themselves.
    setTimeout(() => !grid.destroyed && !grid.isEditing && grid.edit(pk, column.name));
  }

  /**
   * @param {Element} cell
   * @param {number} clientX
   * @param {number} clientY
   */
  #openMenu(cell, clientX, clientY) {
    const { row, col } = this.grid.hot.getCoords(cell) ?? {};
    if (row === undefined || row < 0) return;
    this.grid.hot.selectCell(row, col);
    const how = { bubbles: true, cancelable: true, clientX, clientY, button: 2 };
    cell.dispatchEvent(new MouseEvent("contextmenu", how));
  }
}
