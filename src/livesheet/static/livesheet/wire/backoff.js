/**
 * How long to wait before the next attempt: a random time between the floor and a ceiling that
 * doubles. The full range is used, so that a thousand browsers that have lost one server do not
 * come back at the same moment. The ceiling is low: it is also how long the last of them stay away
 * after the server is back.
 */

/** @import {Clock} from "../protocol.js" */

const FLOOR_MS = 500;
const CEILING_MS = 10_000;

/**
 * @param {number} tries  how many have failed in a row, 0 before the first retry
 * @param {() => number} [random]
 * @returns {number} milliseconds
 */
export function backoff(tries, random = Math.random) {
  const ceiling = Math.min(CEILING_MS, FLOOR_MS * 2 ** (tries + 1));
  return FLOOR_MS + random() * (ceiling - FLOOR_MS);
}

/*
 * What is tried once more a little later, each time after a longer wait.
 */

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
