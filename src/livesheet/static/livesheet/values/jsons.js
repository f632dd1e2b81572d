/**
 * JSON as a text that people edit. A text with a number that a browser would round is not read
 * here, but sent to the server unchanged.
 */

const SAFE = 2n ** 53n;

/**
 * @param {string} text
 * @returns {{value: any} | null} null if it is not JSON, or would lose digits
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
 * @param {string} text  valid JSON
 * @returns {boolean} whether this browser can represent each of its numbers exactly
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
 * A string that the server sends because of its numbers is returned unchanged. Other strings are
 * quoted.
 * @param {any} value
 * @param {boolean} pretty  on several lines
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
