/**
 * Searches that follow somebody's typing: not one for each letter, and an answer that has been
 * overtaken by further letters is let go.
 */

import { realClock } from "../protocol.js";

/** @import {Clock} from "../protocol.js" */
/** @import {Found} from "../surfaces.js" */

/** Between two letters of one word. */
const PAUSE_MS = 150;

/** @typedef {"searching" | "offline" | "failed"} Trouble */

export class Lookup {
  /**
   * @param {(text: string) => Promise<Found>} search
   * @param {{onFound: (found: Found) => void, onTrouble: (trouble: Trouble) => void}} handlers
   * @param {Clock} [clock]
   */
  constructor(search, { onFound, onTrouble }, clock = realClock) {
    this.search = search;
    this.onFound = onFound;
    this.onTrouble = onTrouble;
    this.clock = clock;
    this.count = 0;
    /** @type {any} */
    this.timer = null;
  }

  /**
   * @param {string} text
   * @param {number} [pause]
   */
  look(text, pause = PAUSE_MS) {
    this.stop();
    const number = this.count;
    this.onTrouble("searching");
    this.timer = this.clock.setTimeout(() => this.#ask(text, number), pause);
  }

  /** What is still to come is not wanted any more. */
  stop() {
    this.count += 1;
    this.clock.clearTimeout(this.timer);
  }

  /**
   * @param {string} text
   * @param {number} number
   */
  async #ask(text, number) {
    try {
      const found = await this.search(text);
      if (number === this.count) this.onFound(found);
    } catch (error) {
      const { code } = /** @type {{code?: string}} */ (error);
      if (number === this.count) this.onTrouble(code === "offline" ? "offline" : "failed");
    }
  }
}
