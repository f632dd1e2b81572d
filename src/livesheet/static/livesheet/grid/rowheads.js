/**
 * Handles the pointer on row headers: a box to tick, and a button that opens the row's card. They
 * are visible in the row under the pointer and in the selected row.
 */

import { isAbsent, PK } from "../protocol.js";

/** @import {GridHost, GridSurface} from "./surface.js" */

const OWN = ".ls-tick, .ls-open-row, .ls-add-in";

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
