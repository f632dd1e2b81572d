/**
 * What is not known to be saved, in the browser's own storage: it outlives the tab and the browser.
 * Each copy of a sheet keeps its own queue, under the sheet's path and the user, so that nobody else
 * at the same machine is shown it, or sends it.
 */

import { realClock } from "../protocol.js";

/** @import {CellEdit, Clock, KeptRequest, Pk, Value} from "../protocol.js" */

/**
 * @typedef {object} Queue
 * @property {KeptRequest[]} flights  as versions before called them, which may have kept some
 * @property {CellEdit[]} edits  never sent
 * @property {{draft: Pk, values: Record<string, Value>}[]} rows  being filled in
 */

const UNSENT = "livesheet:unsent:";
const DAY_MS = 86_400_000;

export class Kept {
  /**
   * @param {string} path  of the sheet's socket, its params included
   * @param {string} client
   * @param {() => Storage} [storage]  reading it throws where the browser forbids it
   * @param {() => number} [now]
   */
  constructor(path, client, storage = () => localStorage, now = Date.now) {
    this.path = path;
    this.client = client;
    this.storage = storage;
    this.now = now;
  }

  /**
   * @param {Pk} who
   * @param {Queue} queue
   * @param {number} days  after which another user's is removed
   * @returns {boolean} whether it is kept
   */
  put(who, queue, days) {
    const key = UNSENT + JSON.stringify([this.path, who, this.client]);
    try {
      const isEmpty = Object.values(queue).every((list) => !list.length);
      if (isEmpty) this.storage().removeItem(key);
      else this.storage().setItem(key, JSON.stringify({ at: this.now(), days, ...queue }));
      return true;
    } catch {
      return false; // forbidden, or full
    }
  }

  /**
   * The queues of other copies of this sheet, of the same user.
   * @param {Pk} who
   * @returns {{key: string, client: string}[]}
   */
  others(who) {
    return this.#keys().flatMap((key) => {
      const owner = ownerOf(key);
      const isOurs = owner?.path === this.path && owner.who === who;
      return isOurs && owner.client !== this.client ? [{ key, client: owner.client }] : [];
    });
  }

  /**
   * @param {string} key
   * @returns {Queue | null}
   */
  read(key) {
    try {
      const queue = JSON.parse(this.storage().getItem(key) ?? "null");
      const lists = [queue?.flights, queue?.edits, queue?.rows];
      return lists.every(Array.isArray) ? queue : null;
    } catch {
      return null;
    }
  }

  /** @param {string} key */
  remove(key) {
    try {
      this.storage().removeItem(key);
    } catch {
      // Forbidden: then it is not there either.
    }
  }

  /** Other users who have not come back for theirs. @param {Pk} who */
  sweep(who) {
    for (const key of this.#keys()) {
      if (ownerOf(key)?.who === who) continue;
      const { at = 0, days = 0 } = /** @type {any} */ (this.read(key) ?? {});
      if (at + days * DAY_MS < this.now()) this.remove(key);
    }
  }

  /** @returns {string[]} */
  #keys() {
    try {
      return Object.keys(this.storage()).filter((key) => key.startsWith(UNSENT));
    } catch {
      return [];
    }
  }
}

/**
 * @param {string} key
 * @returns {{path: string, who: Pk, client: string} | null} null where it is no queue
 */
export function ownerOf(key) {
  if (!key.startsWith(UNSENT)) return null;
  try {
    const [path, who, client] = JSON.parse(key.slice(UNSENT.length));
    return { path, who, client };
  } catch {
    return null;
  }
}

/*
 * Which copies of a sheet are alive, in whichever tab: only what a dead one has left may be taken
 * over, and by one of the others only. A lock says it, which ends with its tab however that ends;
 * where pages have none (without https), a sign of life that is renewed.
 */

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
   * @param {() => void} run  as soon as that copy is no more; at most one tab at a time does so
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
   * @param {() => void} run
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
