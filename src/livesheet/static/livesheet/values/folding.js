/** Texts in the form in which they are searched, so that `sohne` finds `Söhne`. */

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
