/**
 * Texts that another program would calculate: what begins with `=` in a cell of ours is somebody's
 * text, and in the spreadsheet it is pasted into it would be a formula that reaches other files and
 * addresses. An apostrophe before it says that it is a text, as in every spreadsheet.
 */

/** A sign at the beginning; or what ends a cell where a program knows no quotes. */
const BEGINS = /^(?:\s*[=+@\-＝＋＠－]|[\t\r\n])/;
/** Digits and the signs in them calculate nothing: -5, +43 1 234, -1.5e-7, a lone dash. */
const NUMBER = /^ ?[-+]?[\d .,:%'’\u00a0\u202f]*(?:e[-+]?\d+)?$/i;

/** @param {string} text  apostrophes before it count for nothing */
function isFormula(text) {
  const bare = text.replace(/^'+/, "");
  return BEGINS.test(bare) && !NUMBER.test(bare);
}

/**
 * One that has apostrophes before its sign gets one more, so that none is lost on the way back.
 * @param {string} text
 * @returns {string}
 */
export const guarded = (text) => (isFormula(text) ? `'${text}` : text);

/**
 * @param {string} text
 * @returns {string}
 */
export const unguarded = (text) => (text.startsWith("'") && isFormula(text) ? text.slice(1) : text);
