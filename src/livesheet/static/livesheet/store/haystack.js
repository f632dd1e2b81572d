/**
 * The texts that the search looks through: each row's texts are folded once and kept, because
 * formatting a hundred thousand rows again would take too long between two letters.
 */

/** @import {Clock, Pk} from "../protocol.js" */

/** A character that nobody types, so that no search matches across two cells. */
const BETWEEN = "\u0000";
/** How long to work at a time: nobody notices a frame that is delayed by this. */
const SLICE_MS = 12;

export class Haystack {
  /** @param {(pk: Pk) => string[]} texts  returns the texts of the row's cells */
  constructor(texts) {
    this.texts = texts;
    /** @type {Map<Pk, string>} */
    this.folded = new Map();
    this.query = "";
    this.needle = "";
    /** @type {any} */
    this.timer = null;
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
   * Prepares the texts little by little while the browser is idle.
   * @param {Iterable<Pk>} pks
   * @param {Clock} clock
   */
  warm(pks, clock) {
    clock.clearTimeout(this.timer);
    const waiting = pks[Symbol.iterator]();
    const work = () => {
      const end = clock.now() + SLICE_MS;
      while (clock.now() < end) {
        const { value, done } = waiting.next();
        if (done) return;
        this.has(value, "");
      }
      this.timer = clock.setTimeout(work, 0);
    };
    work();
  }

  /**
   * Whether the search matches this cell.
   * @param {string} text
   * @param {string} query
   */
  isIn(text, query) {
    return query !== "" && text !== "" && fold(text).includes(this.#folded(query));
  }

  /** @param {Pk} pk  a row with a changed value */
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: all that ASCII has
const PLAIN = /^[\x00-\x7f]*$/;

/** @param {string} text */
export function fold(text) {
  const lower = text.toLowerCase();
  return PLAIN.test(lower) ? lower : lower.normalize("NFD").replace(/\p{M}/gu, "");
}

/**
 * Returns the options that contain the query, with those first that begin with it.
 * @template {{text: string}} T
 * @param {T[]} options
 * @param {string} query
 * @returns {T[]}
 */
export function narrow(options, query) {
  const wanted = fold(query.trim());
  if (!wanted) return options;
  const found = options
    .map((option) => ({ option, at: fold(option.text).indexOf(wanted) }))
    .filter(({ at }) => at >= 0);
  const first = found.filter(({ at }) => at === 0);
  return [...first, ...found.filter(({ at }) => at > 0)].map(({ option }) => option);
}
