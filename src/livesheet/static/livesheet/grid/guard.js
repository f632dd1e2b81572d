/**
 * A selection belongs to its rows. Where all of them have gone, what is selected now is a neighbour
 * that nobody chose: until the user goes somewhere, no key changes it.
 */

import { consume } from "./consuming.js";

/** @import {Place} from "./place.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

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
