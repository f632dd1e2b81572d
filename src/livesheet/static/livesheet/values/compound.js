/**
 * Values that consist of others, as texts that people edit: JSON and lists.
 */

const SAFE = 2n ** 53n;

/**
 * A text with a number that a browser would round is not read here, but sent to the server
 * unchanged.
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

/**
 * `red, blue, "green, dark"`: commas separate the values; a value with a comma, a quote or a space
 * at its end is put in quotes.
 * @param {(string | null)[]} items  null has no text
 * @returns {string}
 */
export const writeList = (items) => items.map(writeItem).join(", ");

/** @param {string | null} item */
function writeItem(item) {
  if (item === null) return "null";
  const isPlain = item !== "" && item !== "null" && item.trim() === item && !/[",\n]/.test(item);
  return isPlain ? item : `"${item.replaceAll('"', '""')}"`;
}

/**
 * @param {string} text
 * @returns {(string | null)[]}
 */
export function readList(text) {
  /** @type {(string | null)[]} */
  const items = [];
  let rest = text.trim();
  while (rest) {
    const quoted = /^"((?:[^"]|"")*)"\s*(?:,|$)/.exec(rest);
    const [whole, item] = quoted ?? /^([^,]*)(?:,|$)/.exec(rest) ?? [rest, rest];
    const bare = quoted ? item.replaceAll('""', '"') : item.trim();
    items.push(!quoted && bare === "null" ? null : bare);
    rest = rest.slice(whole.length).trim();
  }
  return items;
}
