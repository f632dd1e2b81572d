/**
 * Which rows were changed lately: what the server's log knows, and what has changed before our eyes.
 */

/** @import {Clock, Pk} from "../protocol.js" */

export class Recent {
  /**
   * @param {(about: string, query: object) => Promise<any>} ask
   * @param {Clock} clock
   */
  constructor(ask, clock) {
    this.ask = ask;
    this.clock = clock;
    this.seconds = 3_600;
    this.isAsked = false;
    /** So much was changed at once that the log does not name the rows. */
    this.isAll = false;
    /** @type {Map<Pk, number>} when it was seen to change */
    this.seen = new Map();
    /** @type {Set<Pk>} */
    this.told = new Set();
  }

  /** @param {number} seconds */
  async load(seconds) {
    this.seconds = seconds;
    this.isAsked = true;
    const { pks, all } = await this.ask("recent", { seconds });
    this.told = new Set(pks);
    this.isAll = all;
  }

  /** @param {Pk[]} pks */
  note(pks) {
    for (const pk of pks) this.seen.set(pk, this.clock.now());
  }

  /** @param {Pk} pk */
  has = (pk) => {
    if (this.isAll || this.told.has(pk)) return true;
    const at = this.seen.get(pk);
    return at !== undefined && this.clock.now() - at <= this.seconds * 1_000;
  };
}
