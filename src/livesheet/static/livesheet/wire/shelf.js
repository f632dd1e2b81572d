/**
 * Stores what is too large for `localStorage` in IndexedDB, which has more space and does not block
 * the page. Every call may fail: in private windows, or if there is no space left.
 */

const DATABASE = "livesheet";
const STORE = "unsent";

/**
 * @typedef {object} Copy
 * @property {number} at  when it was kept
 * @property {number} days  after which another user's is removed
 * @property {number} number  the later of two has the higher one
 * @property {string} text
 */

export class Shelf {
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
