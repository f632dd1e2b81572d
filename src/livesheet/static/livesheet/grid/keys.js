/**
 * Which keys belong to the grid. As soon as a cell has been selected, all of them do: the grid's
 * hidden field has the focus, so that the first letter, an input method or a dictated word reaches
 * it.
 */

/** @import {Place} from "./place.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

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

/*
 * Events that are used up here: neither the browser nor the grid goes on with them.
 */

/**
 * Handsontable looks at a mark of its own on the event.
 * @param {Event & {isImmediatePropagationEnabled?: boolean}} event
 */
export function consume(event) {
  event.isImmediatePropagationEnabled = false;
  event.stopImmediatePropagation();
  event.preventDefault();
}

/**
 * No one else is to hear of this key.
 * @param {KeyboardEvent & {isImmediatePropagationEnabled?: boolean}} event
 */
export function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
  event.isImmediatePropagationEnabled = false;
}

/*
 * A selection belongs to its rows. Where all of them have gone, what is selected now is a neighbour
 * that nobody chose: until the user goes somewhere, no key changes it.
 */

/** With these the user says where to go on from. */
const GOING = new Set([
  ...["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"],
  ...["Home", "End", "PageUp", "PageDown", "Tab", "Escape"],
]);
const HARMLESS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock"]);
/** With Ctrl or Cmd: what copies, looks for something, or is not about the selected cells. */
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
   * Rows that the user has deleted here are no surprise: who deletes one after the other goes on.
   * @param {Place} place  where the selection was
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
   * @returns {boolean} whether it was used up here
   */
  key(event) {
    if (GOING.has(event.key)) this.down();
    if (!this.isUp || HARMLESS.has(event.key) || isHarmless(event)) return false;
    this.stop(event);
    return true;
  }

  /**
   * Also for what comes without a key: a paste from the browser's menu, a dictated word.
   * @param {Event} event
   * @returns {boolean} whether it was used up here
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
