/**
 * What is not known to be saved, in the browser's own storage: it outlives the tab and the browser.
 * Each copy of a sheet keeps its own queue, under the sheet's path and the user, so that nobody else
 * at the same machine is shown it, or sends it.
 *
 * A small queue lies in `localStorage`, which has it at once: a request must be kept before it is
 * sent. A large one lies in IndexedDB, and `localStorage` has what is under way. A browser may abort
 * what a page that is left has begun there, so what has not arrived is put into `localStorage` at
 * the last moment, if it fits.
 */

/** @import {CellEdit, KeptRequest, Pk, Value} from "../protocol.js" */

/**
 * @typedef {object} Copy
 * @property {number} at  when it was kept
 * @property {number} days  after which another user's is removed
 * @property {number} number  the later of two has the higher one
 * @property {string} text
 */

/**
 * @typedef {object} Queue
 * @property {KeptRequest[]} flights  as versions before called them, which may have kept some
 * @property {CellEdit[]} edits  never sent
 * @property {{draft: Pk, values: Record<string, Value>}[]} rows  being filled in
 */

/** @typedef {Queue & {at?: number, days?: number, number?: number, isPart?: boolean}} Written */

const DATABASE = "livesheet";
const STORE = "unsent";
const UNSENT = "livesheet:unsent:";
const DAY_MS = 86_400_000;
/** In characters. Writing more than this after each cell would slow down typing. */
const SMALL = 100_000;
/** Half a million cells, more than anybody types. */
const LARGEST = 50_000_000;

/** @typedef {Pick<Shelf, "put" | "get" | "keys" | "delete">} Store */

export class Kept {
  /** @type {{key: string, copy: Copy} | null} the newest that has not arrived on the shelf */
  #waiting = null;
  /** @type {Promise<boolean> | null} */
  #shelving = null;
  #isShelved = false;
  #isWithheld = false;
  #number = 0;

  /**
   * @param {string} path  of the sheet's socket, its params included
   * @param {string} client
   * @param {() => Storage} [storage]  reading it throws where the browser forbids it
   * @param {() => number} [now]
   * @param {Store} [shelf]
   */
  constructor(path, client, storage = () => localStorage, now = Date.now, shelf = new Shelf()) {
    this.path = path;
    this.client = client;
    this.storage = storage;
    this.now = now;
    this.shelf = shelf;
  }

  /**
   * @param {Pk} who
   * @param {Queue} queue
   * @param {number} days  after which another user's is removed
   * @returns {Promise<boolean>} whether it is kept; what is under way is, when this returns
   */
  async put(who, queue, days) {
    const key = UNSENT + JSON.stringify([this.path, who, this.client]);
    if (isEmpty(queue)) {
      this.#erase(key);
      this.#unshelve(key);
      return true;
    }
    this.#number += 1;
    const head = { at: this.now(), days, number: this.#number };
    const text = JSON.stringify({ ...head, ...queue });
    if (text.length <= SMALL && this.#write(key, text)) {
      this.#unshelve(key);
      return true;
    }
    if (text.length > LARGEST) return false;
    if (this.#isWithheld) return this.#write(key, text);
    this.#write(key, JSON.stringify({ ...head, ...queue, edits: [], rows: [], isPart: true }));
    return this.#shelve(key, { ...head, text });
  }

  /** The page is being closed: what is not on the shelf yet may never get there. */
  secure() {
    if (this.#waiting) this.#write(this.#waiting.key, this.#waiting.copy.text);
  }

  /**
   * The queues of other copies of this sheet, of the same user.
   * @param {Pk} who
   * @returns {Promise<{key: string, client: string}[]>}
   */
  async others(who) {
    return (await this.#keys()).flatMap((key) => {
      const owner = ownerOf(key);
      const isOurs = owner?.path === this.path && owner.who === who;
      return isOurs && owner.client !== this.client ? [{ key, client: owner.client }] : [];
    });
  }

  /**
   * @param {string} key
   * @returns {Promise<Queue | null>} null also where another tab was faster
   */
  async read(key) {
    const text = this.#read(key);
    const copy = await this.shelf.get(key).catch(() => undefined);
    return this.#read(key) === text ? whole(parsed(text), copy) : null;
  }

  /** @param {string} key */
  async remove(key) {
    this.#erase(key);
    await this.shelf.delete(key).catch(() => {}); // withheld: then it is not there either
  }

  /** Queues of other users who have not come back. @param {Pk} who */
  async sweep(who) {
    for (const key of await this.#keys()) {
      if (ownerOf(key)?.who === who) continue;
      const copy = await this.shelf.get(key).catch(() => undefined);
      const { at = 0, days = 0 } = parsed(this.#read(key)) ?? copy ?? {};
      if (at + days * DAY_MS < this.now()) await this.remove(key);
    }
  }

  /**
   * @param {string} key
   * @param {Copy} copy
   */
  #shelve(key, copy) {
    this.#waiting = { key, copy };
    this.#isShelved = true;
    this.#shelving ??= this.#writeNewest();
    return this.#shelving;
  }

  /** Writes one text at a time. If several more are given meanwhile, only the newest is written. */
  async #writeNewest() {
    let isKept = true;
    while (this.#waiting) {
      const { key, copy } = this.#waiting;
      try {
        await this.shelf.put(key, copy);
        isKept = true;
      } catch {
        this.#isWithheld = true;
        isKept = this.#write(key, copy.text);
      }
      if (this.#waiting?.copy === copy) this.#waiting = null;
    }
    this.#shelving = null;
    return isKept;
  }

  /** @param {string} key */
  #unshelve(key) {
    this.#waiting = null;
    if (this.#isShelved) this.shelf.delete(key).catch(() => {});
    this.#isShelved = false;
  }

  /** @returns {Promise<string[]>} */
  async #keys() {
    const shelved = await this.shelf.keys().catch(() => []);
    return [...new Set([...this.#written(), ...shelved])];
  }

  #written() {
    try {
      return Object.keys(this.storage()).filter((key) => key.startsWith(UNSENT));
    } catch {
      return [];
    }
  }

  /** @param {string} key */
  #read(key) {
    try {
      return this.storage().getItem(key);
    } catch {
      return null;
    }
  }

  /**
   * @param {string} key
   * @param {string} text
   */
  #write(key, text) {
    try {
      this.storage().setItem(key, text);
      return true;
    } catch {
      return false; // forbidden, or full
    }
  }

  /** @param {string} key */
  #erase(key) {
    try {
      this.storage().removeItem(key);
    } catch {
      // If storage is forbidden, there is nothing to remove.
    }
  }
}

/** @param {Queue} queue */
const isEmpty = (queue) => Object.values(queue).every((list) => !list.length);

/**
 * @param {string | null} text
 * @returns {Written | null}
 */
function parsed(text) {
  try {
    const queue = JSON.parse(text ?? "null");
    const lists = [queue?.flights, queue?.edits, queue?.rows];
    return lists.every(Array.isArray) ? queue : null;
  } catch {
    return null;
  }
}

/**
 * @param {Written | null} here  in `localStorage`
 * @param {Copy | undefined} copy  on the shelf
 */
function whole(here, copy) {
  const shelved = parsed(copy?.text ?? null);
  if (!copy || !shelved) return here;
  if (!here || (here.number ?? 0) < copy.number) return shelved;
  return here.isPart ? joined(shelved, here.flights) : here;
}

/**
 * The shelf may be out of date: edits that were waiting there may have been sent since.
 * @param {Queue} shelved
 * @param {KeptRequest[]} flights  as they were last
 * @returns {Queue}
 */
function joined({ flights: former, edits, rows }, flights) {
  const nameOf = (/** @type {KeptRequest} */ { client, frame }) => `${client} ${frame.ref}`;
  const known = new Set(former.map(nameOf));
  const since = flights.filter((one) => !known.has(nameOf(one)));
  const cells = since.flatMap(({ frame }) => (frame.type === "edit" ? frame.cells : []));
  const sent = new Set(cells.map(([pk, column]) => JSON.stringify([pk, column])));
  const added = new Set(since.flatMap(({ pks }) => pks));
  return {
    flights,
    edits: edits.filter(({ pk, column }) => !sent.has(JSON.stringify([pk, column]))),
    rows: rows.filter(({ draft }) => !added.has(draft)),
  };
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

/**
 * Stores what is too large for `localStorage` in IndexedDB, which has more space and does not block
 * the page. Every call may fail: in private windows, or if there is no space left.
 */
class Shelf {
  /** @param {() => IDBFactory} [factory]  reading it throws where the browser forbids it */
  constructor(factory = () => indexedDB) {
    this.factory = factory;
    /** @type {Promise<IDBDatabase> | null} */
    this.database = null;
  }

  /**
   * @param {string} key
   * @param {Copy} copy
   * @returns {Promise<unknown>}
   */
  put(key, copy) {
    return this.#ask("readwrite", (store) => store.put(copy, key));
  }

  /**
   * @param {string} key
   * @returns {Promise<Copy | undefined>}
   */
  get(key) {
    return this.#ask("readonly", (store) => store.get(key));
  }

  /** @returns {Promise<string[]>} */
  keys() {
    return /** @type {any} */ (this.#ask("readonly", (store) => store.getAllKeys()));
  }

  /**
   * @param {string} key
   * @returns {Promise<unknown>}
   */
  delete(key) {
    return this.#ask("readwrite", (store) => store.delete(key));
  }

  /**
   * @template T
   * @param {IDBTransactionMode} mode
   * @param {(store: IDBObjectStore) => IDBRequest<T>} ask
   * @returns {Promise<T>}
   */
  async #ask(mode, ask) {
    const database = await this.#open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
      // Otherwise, the browser commits only after an event in the page, which may be closed then.
      transaction.commit?.();
    });
  }

  /** @returns {Promise<IDBDatabase>} */
  #open() {
    this.database ??= new Promise((resolve, reject) => {
      const request = this.factory().open(DATABASE, 1);
      const forget = () => {
        this.database = null;
      };
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => {
        const database = request.result;
        database.onclose = forget;
        database.onversionchange = () => {
          database.close();
          forget();
        };
        resolve(database);
      };
      request.onerror = () => {
        forget();
        reject(request.error);
      };
    });
    return this.database;
  }
}
