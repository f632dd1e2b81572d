/**
 * JSON as a text that people edit. A text with a number that a browser would round is not read
 * here, but sent to the server unchanged.
 */

const SAFE = 2n ** 53n;

/**
 * @param {string} text
 * @returns {{value: any} | null} null where it is no JSON, or would lose digits
 */
export function readJson(text) {
  try {
    const value = JSON.parse(text);
    return isExact(text) ? { value } : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} text  that is JSON
 * @returns {boolean} whether this browser holds each of its numbers as it is written
 */
function isExact(text) {
  const bare = text.replace(/"(\\.|[^"\\])*"/g, '""');
  return (bare.match(/-?\d+(\.\d+)?(e[+-]?\d+)?/gi) ?? []).every((number) => {
    if (/[.e]/i.test(number)) return Number.isFinite(Number(number));
    const size = BigInt(number);
    return size <= SAFE && size >= -SAFE;
  });
}

/**
 * What the server sends as a text because of its numbers is that text; any other string is one.
 * @param {any} value
 * @param {boolean} pretty  over several lines
 * @returns {string}
 */
export function writeJson(value, pretty = false) {
  if (typeof value === "string" && isInexact(value)) return value;
  return JSON.stringify(value, null, pretty ? 2 : undefined);
}

/** @param {string} text */
function isInexact(text) {
  try {
    JSON.parse(text);
    return !isExact(text);
  } catch {
    return false;
  }
}
