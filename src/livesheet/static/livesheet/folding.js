/**
 * Texts as they are compared when something is looked for: `Söhne` is found by `sohne`.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: all that ASCII has
const PLAIN = /^[\x00-\x7f]*$/;

/** @param {string} text */
export function fold(text) {
  const lower = text.toLowerCase();
  return PLAIN.test(lower) ? lower : lower.normalize("NFD").replace(/\p{M}/gu, "");
}
