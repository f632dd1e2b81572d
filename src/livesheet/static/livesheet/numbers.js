/**
 * Numbers as this user writes them and as the wire has them. All is done on the text: a JavaScript
 * number holds neither twenty digits nor the cents of a large sum.
 */

/**
 * @typedef {object} NumberSigns  of the user's language, as the server's Django knows it
 * @property {boolean} decimalComma  whether a lone comma is a decimal point
 * @property {string} [group]  between thousands; "" for none
 */

const PLAIN = /^([+-]?)(\d+)(\.\d+)?(e[+-]?\d+)?$/i;

/**
 * `1234567.50` → `1,234,567.50`, or as the user's language has it.
 * @param {string} plain
 * @param {NumberSigns} signs
 * @param {number} least  so many digits before the point are grouped
 * @returns {string}
 */
export function showNumber(plain, signs, least) {
  const found = PLAIN.exec(plain);
  if (!found || !signs.group || found[2].length < least) return writeNumber(plain, signs);
  const [, sign, whole, fraction = "", power = ""] = found;
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, signs.group);
  return sign + grouped + writeNumber(fraction, signs) + power;
}

/**
 * `1234567.50` → `1234567,50` where the comma is the decimal sign: what an editor starts with.
 * @param {string} plain
 * @param {NumberSigns} signs
 * @returns {string}
 */
export const writeNumber = (plain, { decimalComma }) =>
  decimalComma ? plain.replace(".", ",") : plain;

/**
 * `1 234,50`, `1,234.50`, `1'234.50` → `1234.50`. One sign alone is read as the user's language has
 * it, and both together in the one way there is. What is no number stays as it is.
 * @param {string} text
 * @param {boolean} decimalComma
 * @returns {string}
 */
export function plainNumber(text, decimalComma) {
  const bare = text.replace(/[\s'’_\u00a0\u202f]/g, "").replace("−", "-");
  const commasGroup = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/.test(bare);
  const dotsGroup = /^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$/.test(bare);
  if (commasGroup && (!decimalComma || isBoth(bare))) return bare.replaceAll(",", "");
  if (dotsGroup && (decimalComma || isBoth(bare)))
    return bare.replaceAll(".", "").replace(",", ".");
  const pointed = decimalComma && !bare.includes(".") ? bare.replace(",", ".") : bare;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(pointed) ? pointed : text;
}

/** A second group says it as well: `1,234,567` is no number with a decimal comma. */
const isBoth = (/** @type {string} */ bare) =>
  (bare.includes(",") && bare.includes(".")) || /([,.])\d{3}\1/.test(bare);

/**
 * As the wire has it: `012.5` → `12.500` for a column of three decimal places. What the column
 * cannot hold stays as it is, so that the server can say so.
 * @param {string} plain
 * @param {number} places
 * @returns {string}
 */
export function exactNumber(plain, places) {
  const found = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(plain);
  if (!found || !(found[2] || found[3])) return plain;
  const [, sign, whole, given = ""] = found;
  const fraction = given.replace(/0+$/, "");
  if (fraction.length > places) return plain;
  const digits = whole.replace(/^0+(?=\d)/, "") || "0";
  const number = places ? `${digits}.${fraction.padEnd(places, "0")}` : digits;
  return sign === "-" && /[1-9]/.test(number) ? `-${number}` : number;
}
