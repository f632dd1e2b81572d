/**
 * What the search looks through: each row's texts, folded once and kept, since formatting a hundred
 * thousand rows anew takes longer than anyone waits between two letters.
 */

import { fold } from "./folding.js";

/** @import {Pk} from "./protocol.js" */

/** Nobody types it, so nothing is found across two cells. */
const BETWEEN = "\u0000";

export class Haystack {
  /** @param {(pk: Pk) => string[]} texts  what stands in the row's cells */
  constructor(texts) {
    this.texts = texts;
    /** @type {Map<Pk, string>} */
    this.folded = new Map();
    this.query = "";
    this.needle = "";
  }

  /**
   * @param {Pk} pk
   * @param {string} query
   */
  has(pk, query) {
    let text = this.folded.get(pk);
    if (text === undefined) {
      text = fold(this.texts(pk).join(BETWEEN));
      this.folded.set(pk, text);
    }
    return text.includes(this.#folded(query));
  }

  /**
   * Whether a cell is one of those for which its row is found.
   * @param {string} text
   * @param {string} query
   */
  isIn(text, query) {
    return query !== "" && text !== "" && fold(text).includes(this.#folded(query));
  }

  /** @param {Pk} pk  a value of it is another one now */
  forget(pk) {
    this.folded.delete(pk);
  }

  clear() {
    this.folded.clear();
  }

  /** @param {string} query */
  #folded(query) {
    if (query !== this.query) {
      this.query = query;
      this.needle = fold(query);
    }
    return this.needle;
  }
}
