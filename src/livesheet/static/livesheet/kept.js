/**
 * What was not sent yet, over a reload that the page itself has asked for: in the storage of the
 * tab, for the same sheet and the same user, once.
 */

/** @import {Pk, Unsent} from "./protocol.js" */

const PREFIX = "livesheet:kept:";

export class Kept {
  /**
   * @param {string} path  of the sheet's socket, its params included
   * @param {() => Storage} [storage]  reading it throws where the browser forbids it
   */
  constructor(path, storage = () => sessionStorage) {
    this.key = PREFIX + path;
    this.storage = storage;
  }

  /**
   * @param {Pk | null} who
   * @param {Unsent} unsent
   * @returns {boolean} whether it is kept
   */
  put(who, unsent) {
    try {
      this.storage().setItem(this.key, JSON.stringify({ who, unsent }));
      return true;
    } catch {
      return false; // forbidden, or too much
    }
  }

  /**
   * @param {Pk | null} who  anybody else gets nothing of it, and it is forgotten
   * @returns {Unsent | null}
   */
  take(who) {
    try {
      const text = this.storage().getItem(this.key);
      this.storage().removeItem(this.key);
      const kept = text === null ? null : JSON.parse(text);
      return kept?.who === who ? kept.unsent : null;
    } catch {
      return null;
    }
  }
}
