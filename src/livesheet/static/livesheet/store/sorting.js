/**
 * Sorts a hundred thousand rows by several columns: each column's keys are turned into numbers
 * once, so that only numbers are compared.
 */

/** @import {Pk} from "../protocol.js" */

// biome-ignore lint/suspicious/noControlCharactersInRegex: all that ASCII has
const PLAIN = /^[\x00-\x7f]*$/;

/**
 * Sorting a hundred thousand texts takes a second in the order of a language, and a tenth of that
 * by code units.
 */
const MANY = 5_000;

/**
 * @typedef {{column: string, descending: boolean}} Sort
 * @typedef {string | number | null} Key  null comes last in both directions
 * @typedef {(pk: Pk, column: string) => Key} SortKey
 */

/**
 * @param {Pk[]} pks
 * @param {Sort[]} sorts  the first one has precedence
 * @param {SortKey} sortKey
 * @param {Intl.Collator} collator
 * @returns {Pk[]}
 */
export function sorted(pks, sorts, sortKey, collator) {
  const ranks = sorts.map(({ column, descending }) => {
    const keys = pks.map((pk) => sortKey(pk, column));
    return ranksOf(keys, descending ? -1 : 1, collator);
  });
  const order = pks.map((_, index) => index);
  order.sort((a, b) => {
    for (const rank of ranks) if (rank[a] !== rank[b]) return rank[a] < rank[b] ? -1 : 1;
    return a - b;
  });
  return order.map((index) => pks[index]);
}

/**
 * @param {Key[]} keys
 * @param {1 | -1} sign
 * @param {Intl.Collator} collator
 * @returns {Float64Array}
 */
function ranksOf(keys, sign, collator) {
  const places = keys.some((key) => typeof key === "string") ? placesOf(keys, collator) : null;
  const rank = (/** @type {Key} */ key) => {
    if (key === null) return Number.POSITIVE_INFINITY;
    return sign * (places ? /** @type {number} */ (places.get(String(key))) : Number(key));
  };
  return Float64Array.from(keys, rank);
}

/**
 * @param {Key[]} keys
 * @param {Intl.Collator} collator
 * @returns {Map<string, number>}
 */
function placesOf(keys, collator) {
  const texts = new Set(keys.flatMap((key) => (key === null ? [] : [String(key)])));
  return new Map(inOrder(texts, collator).map((text, at) => [text, at]));
}

/**
 * Sorts texts in the order of the language, or more simply if there are very many.
 * @param {Set<string>} texts
 * @param {Intl.Collator} collator
 * @returns {string[]}
 */
export function inOrder(texts, collator) {
  if (texts.size > MANY && isPlainAll(texts)) return byUnits(texts);
  return [...texts].sort(collator.compare);
}

/** @param {Set<string>} texts */
function isPlainAll(texts) {
  for (const text of texts) if (!PLAIN.test(text)) return false;
  return true;
}

/**
 * Used if all texts are ASCII: ignores case, and sorts numbers by value.
 * @param {Set<string>} texts
 * @returns {string[]}
 */
function byUnits(texts) {
  const keyed = Array.from(texts, (text) => ({ text, key: naturalKey(text) }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)));
  return keyed.map(({ text }) => text);
}

/**
 * Puts the length of a number in front of it, as a character between the signs and the letters.
 * @param {string} text
 */
function naturalKey(text) {
  return text.toLowerCase().replace(/\d+/g, (digits) => {
    const number = digits.replace(/^0+(?=\d)/, "");
    return String.fromCharCode(48 + Math.min(number.length, 48)) + number;
  });
}
