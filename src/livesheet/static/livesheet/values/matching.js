/**
 * Texts found in cells, and what stands there with another text in their place.
 */

/**
 * @typedef {object} Wanted
 * @property {string} text
 * @property {boolean} matchCase
 * @property {boolean} wholeCell
 */

/**
 * @param {Wanted} wanted
 * @returns {{in: (text: string) => boolean, replace: (text: string, by: string) => string} | null}
 *   null where nothing is looked for
 */
export function matcher({ text, matchCase, wholeCell }) {
  if (!text) return null;
  const plain = text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&").replace(/\\-/g, "-");
  const source = wholeCell ? `^${plain}$` : plain;
  const pattern = new RegExp(source, matchCase ? "gu" : "giu");
  return {
    in: (cell) => {
      pattern.lastIndex = 0;
      return pattern.test(cell);
    },
    // Not a pattern of its own: `$1` is what was typed.
    replace: (cell, by) => cell.replace(pattern, () => by),
  };
}
