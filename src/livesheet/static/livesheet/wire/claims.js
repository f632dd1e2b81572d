/**
 * Which copies of a sheet are alive, in any tab. Only the edits of a closed copy may be taken over,
 * and only by one other copy. Each copy holds a lock, which the browser releases when its tab ends
 * for any reason. Pages without https have no locks; there, each copy renews a timestamp.
 */

import { realClock } from "../protocol.js";

/** @import {Clock} from "../protocol.js" */

const ALIVE = "livesheet:alive:";
const BEAT_MS = 5_000;
/** In a hidden tab, a timer may run only once a minute. */
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
    // The signal ensures that a lock is not granted after the copy has been closed.
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
      // Without storage, there is nothing to take over.
    }
  }
}
