/**
 * Handles the pointer on headers. On a column's, a click sorts, and a drag moves the column; with
 * the keyboard, the column's menu and the list of columns do the same. On a row's are a box to tick
 * and a button that opens the row's card, visible in the row under the pointer and in the selected
 * row.
 */

import { element } from "../elements.js";
import { isAbsent, PK } from "../protocol.js";

/** @import {GridHost, GridSurface} from "./surface.js" */

/** A hand that clicks may move a little. */
const STILL_PX = 5;
/** The grid scrolls when the pointer is this close to its edge. */
const EDGE_PX = 36;
const SCROLL_PX = 14;
/** The maximum width of a column's help text. */
const ABOUT_PX = 308;

/**
 * Column headers.
 * @typedef {object} Drag
 * @property {string} column
 * @property {number} x  where the drag began
 * @property {number} y
 * @property {HTMLElement | null} line  shows where the column would go, once it is being dragged
 * @property {HTMLElement | null} ghost
 * @property {string | null | undefined} before  null: at the end; undefined: no valid place
 */
export class Heads {
  /**
   * @param {GridSurface} grid
   * @param {GridHost} host
   */
  constructor(grid, host) {
    this.grid = grid;
    this.host = host;
    /** @type {Drag | null} */
    this.drag = null;
    this.hasMoved = false;
    this.listeners = new AbortController();
  }

  hooks() {
    return {
      // Otherwise, the grid would select all columns that the pointer passes.
      beforeOnCellMouseOver: (/** @type {any} */ event) => {
        if (this.drag?.line) event.isImmediatePropagationEnabled = false;
      },
    };
  }

  /** @param {AbortSignal} signal */
  attach(signal) {
    this.grid.element.addEventListener("pointerdown", (event) => this.#down(event), { signal });
    signal.addEventListener("abort", () => this.#end());
  }

  /**
   * @param {MouseEvent} event
   * @returns {boolean} whether the click was for a header
   */
  click(event) {
    const target = /** @type {Element} */ (event.target);
    const head = /** @type {HTMLElement | null} */ (target.closest("th.ls-head"));
    if (!head) return false;
    const column = this.#columnAt(head);
    const isMenu = target.closest(".ls-column-button");
    const help = target.closest(".ls-help");
    if (!column || this.hasMoved || !(isMenu || help || target.closest(".colHeader"))) return true;
    // Pressing the header has selected the column, so the next key would change all its cells.
    this.grid.hot.deselectCell();
    if (help) this.#about(column, help);
    else if (isMenu) this.host.finder()?.onColumnMenu(column, head);
    else this.host.finder()?.onSort(column, event.shiftKey);
    return true;
  }

  /**
   * Shows a column's help text on touch screens. With a mouse, it is a tooltip; with the keyboard,
   * it is in the column's menu.
   * @param {string} column
   * @param {Element} sign
   */
  #about(column, sign) {
    const { left, bottom } = sign.getBoundingClientRect();
    const box = element("div", "ls-menu ls-about", this.grid.columnOf(column).help);
    box.popover = "auto";
    box.setAttribute("role", "note");
    box.addEventListener("toggle", () => !box.matches(":popover-open") && box.remove());
    this.host.root.append(box);
    box.style.left = `${Math.max(8, Math.min(left, window.innerWidth - ABOUT_PX))}px`;
    box.style.top = `${bottom + 4}px`;
    box.tabIndex = -1;
    // Esc closes it, and must not reach the cells.
    box.addEventListener("keydown", (event) => event.stopPropagation());
    box.showPopover();
    box.focus();
  }

  /** @param {PointerEvent} event */
  #down(event) {
    this.#end();
    this.hasMoved = false;
    const title = /** @type {Element} */ (event.target).closest("th.ls-head .colHeader");
    const head = /** @type {HTMLElement | undefined} */ (title?.closest("th"));
    const column = head && this.#columnAt(head);
    if (!column || event.button !== 0 || event.pointerType === "touch") return;
    const { clientX: x, clientY: y } = event;
    this.drag = { column, x, y, line: null, ghost: null, before: undefined };
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    document.addEventListener("pointermove", (moved) => this.#moved(moved), { signal });
    document.addEventListener("pointerup", () => this.#drop(), { signal });
    document.addEventListener("pointercancel", () => this.#end(), { signal });
    const onKey = (/** @type {KeyboardEvent} */ { key }) => key === "Escape" && this.#end();
    document.addEventListener("keydown", onKey, { signal, capture: true });
  }

  /** @param {PointerEvent} event */
  #moved({ clientX, clientY }) {
    const { drag } = this;
    if (!drag) return;
    if (!drag.line && Math.hypot(clientX - drag.x, clientY - drag.y) < STILL_PX) return;
    drag.line ??= this.#add("ls-drop-line", "");
    drag.ghost ??= this.#add("ls-ghost", this.grid.columnOf(drag.column).title);
    this.hasMoved = true;
    this.#scroll(clientX);
    this.#aim(drag, clientX);
  }

  /**
   * @param {string} name
   * @param {string} text
   */
  #add(name, text) {
    const made = element("div", name, text);
    made.setAttribute("aria-hidden", "true");
    this.grid.element.append(made);
    return made;
  }

  /**
   * @param {Drag} drag
   * @param {number} x
   */
  #aim(drag, x) {
    const { grid } = this;
    const box = grid.element.getBoundingClientRect();
    if (drag.ghost) drag.ghost.style.left = `${x - box.left}px`;
    const under = document.elementFromPoint(x, drag.y)?.closest("th.ls-head");
    const col = under ? grid.hot.getCoords(under)?.col : undefined;
    if (!under || !grid.columns[col] || !drag.line) return;
    const { left, right } = under.getBoundingClientRect();
    const isLeft = x < (left + right) / 2;
    const isBefore = isLeft === (getComputedStyle(grid.element).direction === "ltr");
    drag.before = isBefore ? grid.columns[col].name : (grid.columns[col + 1]?.name ?? null);
    drag.line.style.left = `${(isLeft ? left : right) - box.left}px`;
  }

  /** @param {number} x */
  #scroll(x) {
    const holder = this.grid.element.querySelector(".ht_master .wtHolder");
    const { left, right } = this.grid.element.getBoundingClientRect();
    if (holder && x < left + EDGE_PX) holder.scrollLeft -= SCROLL_PX;
    if (holder && x > right - EDGE_PX) holder.scrollLeft += SCROLL_PX;
  }

  #drop() {
    const { drag } = this;
    this.#end();
    if (!drag?.line) return;
    this.grid.hot.deselectCell();
    if (drag.before !== undefined) this.host.finder()?.onMove(drag.column, drag.before);
  }

  #end() {
    this.listeners.abort();
    this.drag?.line?.remove();
    this.drag?.ghost?.remove();
    this.drag = null;
  }

  /** @param {Element} head @returns {string | undefined} */
  #columnAt(head) {
    const { col } = this.grid.hot.getCoords(head) ?? {};
    return this.grid.columns[col]?.name;
  }
}

const OWN = ".ls-tick, .ls-open-row, .ls-add-in";

/**
 * Row headers.
 */
export class RowHeads {
  /**
   * @param {GridSurface} grid
   * @param {GridHost} host
   */
  constructor(grid, host) {
    this.grid = grid;
    this.host = host;
    this.row = -1;
  }

  hooks() {
    return {
      // Otherwise, the grid would select the whole row.
      beforeOnCellMouseDown: (/** @type {any} */ event) => {
        if (event.target.closest?.(OWN)) event.isImmediatePropagationEnabled = false;
      },
    };
  }

  /** @param {AbortSignal} signal */
  attach(signal) {
    const { element } = this.grid;
    const over = (/** @type {PointerEvent} */ { target }) => {
      const part = target instanceof Element ? target.closest("td, th") : null;
      this.#hover((part && this.grid.hot.getCoords(part)?.row) ?? -1);
    };
    element.addEventListener("pointerover", over, { signal });
    element.addEventListener("pointerleave", () => this.#hover(-1), { signal });
  }

  /**
   * @param {MouseEvent} event
   * @returns {boolean} whether the click was for one of these
   */
  click({ target, shiftKey }) {
    const own = target instanceof Element ? target.closest(OWN) : null;
    if (own?.matches(".ls-tick-all")) {
      this.host.onTickAll();
      return true;
    }
    const { row = -1 } = (own && this.grid.hot.getCoords(own.closest("th"))) ?? {};
    const pk = this.grid.records[row]?.[PK];
    if (!own || pk === undefined) return false;
    if (isAbsent(pk)) return true;
    if (own.matches(".ls-add-in")) this.host.outgoing.addRow(null, undefined, pk);
    else if (own.matches(".ls-tick")) this.host.onTick(pk, shiftKey);
    else this.host.onOpen(pk);
    return true;
  }

  /** @param {number} row */
  #hover(row) {
    if (row === this.row) return;
    this.row = row;
    const { element, hot } = this.grid;
    for (const former of element.querySelectorAll("th[data-ls-hover]"))
      former.removeAttribute("data-ls-hover");
    if (row >= 0) hot.getCell(row, -1, true)?.setAttribute("data-ls-hover", "");
  }
}
