/**
 * Decides which keys are for the grid. Once a cell has been selected, all of them are: the grid's
 * hidden field has the focus, so that it receives the first letter, an input method or a dictated
 * word.
 */

/** @import {Place} from "./place.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

/** On such devices, a focused field opens the on-screen keyboard. */
export const isTouchOnly = () => matchMedia("(hover: none) and (pointer: coarse)").matches;

export class Keys {
  /** @param {GridSurface} grid */
  constructor(grid) {
    this.grid = grid;
    /** Whether we have selected a cell while a click is still being dispatched. */
    this.isTaken = false;
  }

  /**
   * When a click outside the grid reaches the document, the grid stops receiving keys, even if it
   * was on our button that has just selected a cell.
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

  /** The cells receive keys, even without the focus. */
  listen() {
    this.grid.hot.listen();
  }

  unlisten() {
    this.grid.hot.unlisten();
  }

  /** The selected cell receives the next key. */
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

/*
 * Stops events, so that neither the browser nor the grid handles them.
 */

/**
 * Stops an event, also for Handsontable, which uses a property of its own for that.
 * @param {Event & {isImmediatePropagationEnabled?: boolean}} event
 */
export function consume(event) {
  event.isImmediatePropagationEnabled = false;
  event.stopImmediatePropagation();
  event.preventDefault();
}

/**
 * Stops a key, so that nobody else receives it.
 * @param {KeyboardEvent & {isImmediatePropagationEnabled?: boolean}} event
 */
export function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
  event.isImmediatePropagationEnabled = false;
}

/*
 * A selection belongs to its rows. If all of them are removed, the cell that is selected then is a
 * neighbour that nobody has chosen. Until the user moves, no key changes it.
 */

/** Keys with which the user chooses where to continue. */
const GOING = new Set([
  ...["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"],
  ...["Home", "End", "PageUp", "PageDown", "Tab", "Escape"],
]);
const HARMLESS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);
/** With Ctrl or Cmd: keys that copy, search, or are not about the selected cells. */
const HARMLESS_WITH_CTRL = new Set(["a", "c", "f", "y", "z"]);

export class Guard {
  /**
   * @param {GridSurface} grid
   * @param {GridHost} host
   */
  constructor(grid, host) {
    this.grid = grid;
    this.host = host;
    this.isUp = false;
  }

  /** @param {AbortSignal} signal */
  attach(signal) {
    const options = { signal, capture: true };
    this.grid.element.addEventListener("pointerdown", () => this.down(), options);
  }

  /**
   * Begins to protect a selection whose rows have been removed. Rows that the user has deleted here
   * do not count, because users may delete several rows one after the other.
   * @param {Place} place  the place of the former selection
   */
  up({ blocks }) {
    const { leaving, drafts } = this.host.store;
    const gone = blocks.flatMap(({ pks }) => pks);
    this.isUp = gone.some((pk) => !leaving.has(pk) && !drafts.isDraft(pk));
  }

  down() {
    this.isUp = false;
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key was stopped
   */
  key(event) {
    if (GOING.has(event.key)) this.down();
    if (!this.isUp || HARMLESS.has(event.key) || isHarmless(event)) return false;
    this.stop(event);
    return true;
  }

  /**
   * Also stops input without keys: a paste from the browser's menu, or a dictated word.
   * @param {Event} event
   * @returns {boolean} whether the event was stopped
   */
  stop(event) {
    if (!this.isUp) return false;
    consume(event);
    this.host.say(this.host.texts.keyForGoneRow);
    return true;
  }
}

/** @param {KeyboardEvent} event */
const isHarmless = ({ ctrlKey, metaKey, altKey, key }) =>
  (ctrlKey || metaKey) && !altKey && HARMLESS_WITH_CTRL.has(key.toLowerCase());
