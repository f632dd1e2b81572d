/**
 * What is tried once more a little later, each time after a longer wait.
 */

import { backoff } from "./backoff.js";

/** @import {Clock} from "../protocol.js" */

export class Retries {
  /**
   * @param {Clock} clock
   * @param {() => number} random
   */
  constructor(clock, random) {
    this.clock = clock;
    this.random = random;
    /** @type {Set<any>} */
    this.timers = new Set();
  }

  /**
   * @param {number} tries  made so far
   * @param {() => void} run
   */
  later(tries, run) {
    const timer = this.clock.setTimeout(
      () => {
        this.timers.delete(timer);
        run();
      },
      backoff(tries, this.random),
    );
    this.timers.add(timer);
  }

  close() {
    for (const timer of this.timers) this.clock.clearTimeout(timer);
    this.timers.clear();
  }
}
