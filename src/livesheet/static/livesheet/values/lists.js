/**
 * A list of values as a text: `red, blue, "green, dark"`. Commas separate the values; a value with
 * a comma, a quote or a space at its end is put in quotes.
 */

/**
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
