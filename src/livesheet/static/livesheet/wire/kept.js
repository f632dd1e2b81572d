/**
 * What is not known to be saved, in the browser's own storage: it outlives the tab and the browser.
 * Each copy of a sheet keeps its own queue, under the sheet's path and the user, so that nobody else
 * at the same machine is shown it, or sends it.
 */

/** @import {CellEdit, KeptFlight, Pk, Value} from "../protocol.js" */

/**
 * @typedef {object} Queue
 * @property {KeptFlight[]} flights
 * @property {CellEdit[]} edits  never sent
 * @property {{draft: Pk, values: Record<string, Value>}[]} rows  being filled in
 */

const PREFIX = "livesheet:unsent:";
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
    const key = PREFIX + JSON.stringify([this.path, who, this.client]);
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
      return Object.keys(this.storage()).filter((key) => key.startsWith(PREFIX));
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
  if (!key.startsWith(PREFIX)) return null;
  try {
    const [path, who, client] = JSON.parse(key.slice(PREFIX.length));
    return { path, who, client };
  } catch {
    return null;
  }
}
