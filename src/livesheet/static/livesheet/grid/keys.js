/**
 * Whose the keys are. From the moment that a cell has been selected they are the grid's: its hidden
 * field has the focus, so that the first letter, an input method or a dictated word finds it there.
 */

/** @import {GridSurface} from "./surface.js" */

/** A field that has the focus brings up the keyboard on the screen, where there is no other. */
export const isTouchOnly = () => matchMedia("(hover: none) and (pointer: coarse)").matches;

export class Keys {
  /** @param {GridSurface} grid */
  constructor(grid) {
    this.grid = grid;
    /** A cell was selected by us while a click is on its way through the page. */
    this.isTaken = false;
  }

  /**
   * A click outside of the grid makes it deaf, when the event has come to the document: also one on
   * a button of ours that has just led into the cells.
   * @param {AbortSignal} signal
   */
  attach(signal) {
    const begun = () => {
      this.isTaken = false;
    };
    const ended = () => {
      if (this.isTaken && !this.grid.isEditing) this.#focus();
    };
    window.addEventListener("click", begun, { signal, capture: true });
    window.addEventListener("click", ended, { signal });
  }

  /** They are for the cells, without the focus perhaps. */
  listen() {
    this.grid.hot.listen();
  }

  unlisten() {
    this.grid.hot.unlisten();
  }

  /** The next key is for the selected cell. */
  take() {
    this.isTaken = true;
    this.#focus();
  }

  #focus() {
    const { hot, element } = this.grid;
    hot.listen();
    hot.getFocusScopeManager?.().activateScope("grid");
    const active = document.activeElement;
    if (active instanceof HTMLElement && !element.contains(active)) active.blur();
    hot.getActiveEditor()?.takeKeys?.();
  }
}
