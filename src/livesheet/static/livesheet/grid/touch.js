/**
 * A finger: a tap selects, two taps edit, and held down it opens the menu.
 */

/** @import {Feature, SheetSurface} from "../features.js" */

const HOLD_MS = 550;
const TWICE_MS = 350;
/** Pixels that a finger trembles. */
const STILL = 10;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function touch({ stage }) {
  const listeners = new AbortController();
  const { signal } = listeners;
  /** @type {any} */
  let holding = null;
  let isHeld = false;
  let isTap = false;
  let from = { x: 0, y: 0 };
  /** @type {{cell: Element | null, at: number}} */
  let tapped = { cell: null, at: 0 };
  const cellOf = (/** @type {EventTarget | null} */ target) =>
    target instanceof Element ? target.closest(".ls-grid td") : null;
  const letGo = () => clearTimeout(holding);
  const down = (/** @type {PointerEvent} */ event) => {
    const cell = cellOf(event.target);
    letGo();
    if (event.pointerType !== "touch" || !cell) return;
    isHeld = false;
    isTap = true;
    from = { x: event.clientX, y: event.clientY };
    const { clientX, clientY } = event;
    holding = setTimeout(() => {
      isHeld = true;
      isTap = false;
      openMenu(cell, clientX, clientY);
    }, HOLD_MS);
  };
  const moved = (/** @type {PointerEvent} */ event) => {
    if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > STILL) {
      letGo();
      isTap = false;
    }
  };
  const up = (/** @type {PointerEvent} */ event) => {
    letGo();
    const cell = event.pointerType === "touch" ? cellOf(event.target) : null;
    if (!cell || isHeld) return;
    const isTwice = tapped.cell === cell && event.timeStamp - tapped.at < TWICE_MS;
    tapped = { cell: isTwice ? null : cell, at: event.timeStamp };
    if (isTwice) edit(cell);
  };
  const { table } = stage;
  table.addEventListener("pointerdown", down, { signal });
  table.addEventListener("pointermove", moved, { signal });
  table.addEventListener("pointerup", up, { signal });
  const cancelled = () => {
    letGo();
    isTap = false;
  };
  table.addEventListener("pointercancel", cancelled, { signal });
  // 6.2.2 takes the start of a pan for a press on another cell, and would put in half a word.
  let isElsewhere = false;
  const begun = (/** @type {TouchEvent} */ event) => {
    isElsewhere = Boolean(stage.grid?.isEditing && cellOf(event.target));
    if (isElsewhere) event.stopPropagation();
  };
  const over = (/** @type {TouchEvent} */ event) => {
    if (!isElsewhere) return;
    isElsewhere = false;
    event.stopPropagation();
    if (event.cancelable) event.preventDefault();
    if (isTap) goTo(cellOf(event.target));
  };
  table.addEventListener("touchstart", begun, { signal, capture: true, passive: true });
  table.addEventListener("touchend", over, { signal, capture: true, passive: false });
  // Of a tap a browser makes a press of the mouse as well: with both, 6.2.2 would see two of them;
  // and after a long one it would close the menu.
  const ended = (/** @type {TouchEvent} */ event) => {
    const { target } = event;
    if (!(isTap || isHeld) || !cellOf(target) || !(target instanceof HTMLElement)) return;
    event.preventDefault();
    if (isTap && target.closest(".ls-check, a, button")) target.click();
  };
  table.addEventListener("touchend", ended, { signal, passive: false });
  // Some browsers tell of a long press themselves: once is enough.
  table.addEventListener("contextmenu", (event) => event.isTrusted && letGo(), { signal });

  /** A tap beside the editor: what was typed is put in. @param {Element | null} cell */
  const goTo = (cell) => {
    const { grid } = stage;
    const { row, col } = (cell && grid?.hot.getCoords(cell)) ?? {};
    const pk = grid?.records[row]?.$pk;
    grid?.finish();
    if (pk !== undefined) stage.select(pk, grid?.columns[col]?.name);
  };

  /** @param {Element} cell */
  const edit = (cell) => {
    const { grid } = stage;
    const { row, col } = grid?.hot.getCoords(cell) ?? {};
    const pk = grid?.records[row]?.$pk;
    const column = grid?.columns[col];
    if (!grid || pk === undefined || !column || grid.isEditing) return;
    const isFixed = grid.hot.getCellMeta(row, col).readOnly || column.type === "boolean";
    // The mouse events that a browser makes of the tap come first, and would close the editor.
    if (isFixed) return;
    // Later versions have opened it themselves by then.
    setTimeout(() => !grid.destroyed && !grid.isEditing && grid.edit(pk, column.name));
  };

  /**
   * @param {Element} cell
   * @param {number} clientX
   * @param {number} clientY
   */
  const openMenu = (cell, clientX, clientY) => {
    const { grid } = stage;
    const { row, col } = grid?.hot.getCoords(cell) ?? {};
    if (!grid || row === undefined || row < 0) return;
    grid.hot.selectCell(row, col);
    const how = { bubbles: true, cancelable: true, clientX, clientY, button: 2 };
    cell.dispatchEvent(new MouseEvent("contextmenu", how));
  };

  return {
    close() {
      letGo();
      listeners.abort();
    },
  };
}
