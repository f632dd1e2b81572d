/**
 * Which copies of a sheet are alive, in whichever tab: only what a dead one has left may be taken
 * over, and by one of the others only. A lock says it, which ends with its tab however that ends;
 * where pages have none (without https), a sign of life that is renewed.
 */

import { realClock } from "../protocol.js";

/** @import {Clock} from "../protocol.js" */

const ALIVE = "livesheet:alive:";
const BEAT_MS = 5_000;
/** A tab that nobody looks at gets its turn once a minute. */
const DEAD_MS = 90_000;

export class Claims {
  /**
   * @param {string} client
   * @param {{locks?: LockManager, storage?: () => Storage, clock?: Clock}} [world]
   */
  constructor(client, { locks = navigator.locks, storage = () => localStorage, clock } = {}) {
    this.name = ALIVE + client;
    this.locks = locks;
    this.storage = storage;
    this.clock = clock ?? realClock;
    this.ending = new AbortController();
    /** @type {Set<any>} */
    this.timers = new Set();
    if (this.locks) this.#hold();
    else this.#beat();
  }

  /**
   * @param {string} client
   * @param {() => unknown} run  as soon as that copy is no more; at most one tab at a time does so,
   *   until what it promises is done
   */
  whenLeft(client, run) {
    const name = ALIVE + client;
    if (this.locks)
      this.locks.request(name, { signal: this.ending.signal }, () => run()).catch(() => {});
    else this.#poll(name, run);
  }

  close() {
    this.ending.abort();
    for (const timer of this.timers) this.clock.clearTimeout(timer);
    if (!this.locks) this.#write(null);
  }

  #hold() {
    const { signal } = this.ending;
    const untilTheEnd = () =>
      new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    // With the signal, one that is over before it was granted is never held.
    this.locks?.request(this.name, { signal }, untilTheEnd).catch(() => {});
  }

  #beat() {
    this.#write(String(this.clock.now()));
    this.#later(() => this.#beat());
  }

  /**
   * @param {string} name
   * @param {() => unknown} run
   */
  #poll(name, run) {
    if (this.#seenAt(name) + DEAD_MS < this.clock.now()) run();
    else this.#later(() => this.#poll(name, run));
  }

  /** @param {() => void} run */
  #later(run) {
    const timer = this.clock.setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, BEAT_MS);
    this.timers.add(timer);
  }

  /** @param {string} name */
  #seenAt(name) {
    try {
      return Number(this.storage().getItem(name) ?? 0);
    } catch {
      return 0;
    }
  }

  /** @param {string | null} text */
  #write(text) {
    try {
      if (text === null) this.storage().removeItem(this.name);
      else this.storage().setItem(this.name, text);
    } catch {
      // Nothing is stored at all, so there is nothing to be taken over.
    }
  }
}
