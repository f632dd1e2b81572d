/**
 * On the way to a place in a large sheet. A thumb that is dragged passes thousands of places: only
 * now and then one of them is gone to, and one at a time, unless that takes very long.
 */

/** @import {Clock} from "../protocol.js" */

/** More than there can be: the last row, also where it is not known yet which one that is. */
export const FAR = 2 ** 31 - 1;
const STEP_MS = 150;
/** Who has waited so long would rather see something else than wait on. */
const PATIENCE_MS = 1_000;

export class Journey {
  /**
   * @param {(place: number) => Promise<unknown>} go
   * @param {(place: number) => boolean} isHere  it costs nothing to go there
   * @param {() => void} arrived
   * @param {Clock} clock
   */
  constructor(go, isHere, arrived, clock) {
    this.go = go;
    this.isHere = isHere;
    this.arrived = arrived;
    this.clock = clock;
    /** @type {number | null} where the user wants to be, and is not yet */
    this.place = null;
    /** The last one that was gone to: what the earlier ones answer is of no interest. */
    this.steps = 0;
    this.begun = -Infinity;
    this.isUnderWay = false;
    /** @type {number | null} where it is under way to */
    this.going = null;
    /** @type {any} */
    this.timer = null;
  }

  /**
   * @param {number} place
   * @param {boolean} [isLast]  the user does not go on from there
   */
  to(place, isLast = false) {
    this.place = place;
    this.clock.clearTimeout(this.timer);
    if (this.isUnderWay && this.going === place) return;
    const wait = isLast || this.isHere(place) ? 0 : this.#wait();
    if (wait > 0) this.timer = this.clock.setTimeout(() => this.#set(), wait);
    else this.#set();
  }

  /** Whatever was wanted is not wanted any more. */
  stop() {
    this.clock.clearTimeout(this.timer);
    this.place = null;
    this.steps += 1;
    this.isUnderWay = false;
  }

  /** @returns {number} milliseconds until the next step */
  #wait() {
    const passed = this.clock.now() - this.begun;
    return (this.isUnderWay ? PATIENCE_MS : STEP_MS) - passed;
  }

  async #set() {
    if (this.place === null) return;
    this.steps += 1;
    const step = this.steps;
    const { place } = this;
    this.going = place;
    this.begun = this.clock.now();
    this.isUnderWay = true;
    await this.go(place);
    if (step !== this.steps) return;
    this.isUnderWay = false;
    if (this.place === place) this.#end();
    else this.to(this.place);
  }

  #end() {
    this.place = null;
    this.arrived();
  }
}
