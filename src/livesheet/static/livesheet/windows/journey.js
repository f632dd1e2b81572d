/**
 * Moves to a place in a large sheet. A dragged thumb passes thousands of places, so only one in a
 * while is requested, and the next one only after it has arrived or has taken very long.
 */

/** @import {Clock} from "../protocol.js" */

/** Beyond the end of any sheet: means the last row, even if its number is not known yet. */
export const FAR = 2 ** 31 - 1;
const STEP_MS = 150;
/** After this time, the user would rather see another place than go on waiting. */
const PATIENCE_MS = 1_000;

export class Journey {
  /**
   * @param {(place: number) => Promise<unknown>} go
   * @param {(place: number) => boolean} isHere  whether the place is loaded already
   * @param {() => void} arrived
   * @param {Clock} clock
   */
  constructor(go, isHere, arrived, clock) {
    this.go = go;
    this.isHere = isHere;
    this.arrived = arrived;
    this.clock = clock;
    /** @type {number | null} where the user wants to be; null once it is reached */
    this.place = null;
    /** The number of the latest step. Answers to earlier ones are ignored. */
    this.steps = 0;
    this.begun = -Infinity;
    this.isUnderWay = false;
    /** @type {number | null} the place that has been requested */
    this.going = null;
    /** @type {any} */
    this.timer = null;
  }

  /**
   * @param {number} place
   * @param {boolean} [isLast]  the user stops at this place
   */
  to(place, isLast = false) {
    this.place = place;
    this.clock.clearTimeout(this.timer);
    if (this.isUnderWay && this.going === place) return;
    const wait = isLast || this.isHere(place) ? 0 : this.#wait();
    if (wait > 0) this.timer = this.clock.setTimeout(() => this.#set(), wait);
    else this.#set();
  }

  /** Cancels the move. */
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
