/**
 * Numbers in the user's form and in the form of the wire. All functions work on texts, because
 * JavaScript's numbers cannot represent twenty digits, or the cents of a large sum, exactly.
 */

/** @import {Value} from "../protocol.js" */

/**
 * @typedef {object} NumberSigns  the user's language, according to Django on the server
 * @property {boolean} decimalComma  whether a single comma is a decimal point
 * @property {string} [group]  the separator of thousands; "" for none
 */

const PLAIN = /^([+-]?)(\d+)(\.\d+)?(e[+-]?\d+)?$/i;

/**
 * `1234567.50` → `1,234,567.50`, in the form of the user's language.
 * @param {string} plain
 * @param {NumberSigns} signs
 * @param {number} least  numbers with this many digits before the point are grouped
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
 * `1234567.50` → `1234567,50` if the comma is the decimal sign: the text in an editor.
 * @param {string} plain
 * @param {NumberSigns} signs
 * @returns {string}
 */
export const writeNumber = (plain, { decimalComma }) =>
  decimalComma ? plain.replace(".", ",") : plain;

/**
 * `1 234,50`, `1,234.50`, `1'234.50`, `(12.50)`, `$1,234.50`, `12.5%` → with a decimal point. Other
 * texts are returned unchanged.
 * @param {string} text
 * @param {NumberSigns} signs
 * @returns {string}
 */
export const plainNumber = (text, signs) => readNumber(text, signs) ?? text;

/**
 * The only grammar of numbers, for typed and pasted texts. A single sign is read according to the
 * user's language; if that is impossible, it is the decimal sign. Signs between digits that do not
 * form a number (`2024-05-01`, `555-1234`, `1+2`, `12 34`) are never ignored.
 * @param {string} text
 * @param {NumberSigns} signs
 * @returns {string | undefined} with a decimal point; undefined if it is not a number
 */
export function readNumber(text, signs) {
  const { bare, isNegative, isPercent, isMoney } = peel(text.trim());
  const [, digits, power = ""] = /^([\d.,'’_\s]+)(e[+-]?\d{1,4})?$/i.exec(bare) ?? [];
  if (digits === undefined || (power && (isPercent || isMoney))) return undefined;
  const sign = decimalSign(digits, signs);
  const [whole, fraction = "", ...more] = sign ? digits.split(sign) : [digits];
  if (more.length || !/^\d*$/.test(fraction) || !isGrouped(whole)) return undefined;
  const plain = whole.replace(/\D/g, "");
  if (!plain && !fraction) return undefined;
  const number = isPercent ? hundredth(plain, fraction) : join(plain, fraction);
  return (isNegative && /[1-9]/.test(number) ? "-" : "") + number + power;
}

/**
 * Removes what can surround the digits, once each: parentheses or a sign, a currency, a percent
 * sign.
 * @param {string} text
 */
function peel(text) {
  const inParentheses = text.startsWith("(") && text.endsWith(")");
  let bare = inParentheses ? text.slice(1, -1).trim() : text;
  /** @param {RegExp[]} ends  each matches something at one end */
  const take = (...ends) => {
    const found = ends.map((end) => end.exec(bare)).find(Boolean);
    if (!found) return "";
    bare = bare.replace(found[0], "").trim();
    return found[0];
  };
  const kinds = [
    () => take(/^[-+−]/, /[-−]$/),
    () => take(/^\p{Sc}/u, /\p{Sc}$/u, /^[A-Z]{3}\s/, /\s[A-Z]{3}$/),
    () => take(/%$/),
  ];
  const taken = kinds.map(() => "");
  // In any order: `-€ 12`, `€ -12`, `12 €-`.
  for (const _ of kinds) for (const [n, kind] of kinds.entries()) if (!taken[n]) taken[n] = kind();
  const [sign, currency, percent] = taken;
  const isNegative = inParentheses || /[-−]/.test(sign);
  return { bare, isNegative, isPercent: percent !== "", isMoney: currency !== "" };
}

/**
 * Returns the decimal sign. Of two different signs, it is the last one. For a single sign, the
 * language decides, unless it cannot be a separator of thousands there.
 * @param {string} digits
 * @param {NumberSigns} signs
 * @returns {string} "" if there is none
 */
function decimalSign(digits, { decimalComma, group }) {
  const dots = digits.split(".").length - 1;
  const commas = digits.split(",").length - 1;
  if (dots && commas) return digits.lastIndexOf(",") > digits.lastIndexOf(".") ? "," : ".";
  if (dots + commas !== 1) return "";
  const sign = dots ? "." : ",";
  if (sign === (decimalComma ? "," : ".")) return sign;
  const grouping = group || (decimalComma ? "." : ",");
  return sign === grouping && isGrouped(digits) ? "" : sign;
}

/**
 * Grouped by thousands or in the Indian way, with the same sign throughout.
 * @param {string} whole
 */
const isGrouped = (whole) =>
  /^\d*$/.test(whole) ||
  /^\d{1,3}([.,'’_\s])\d{3}(?:\1\d{3})*$/.test(whole) ||
  /^\d{1,2}(?:,\d{2})+,\d{3}$/.test(whole);

/**
 * Divides by a hundred, without the rounding errors of floating point.
 * @param {string} whole
 * @param {string} fraction
 */
function hundredth(whole, fraction) {
  const digits = whole.padStart(3, "0");
  const at = digits.length - 2;
  return join(digits.slice(0, at), digits.slice(at) + fraction)
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

/**
 * @param {string} whole
 * @param {string} fraction
 */
function join(whole, fraction) {
  const stripped = whole.replace(/^0+(?=\d)/, "") || "0";
  return fraction ? `${stripped}.${fraction}` : stripped;
}

/**
 * Returns the form of the wire: `012.5` → `12.500` for a column with three decimal places. A number
 * with too many places is returned unchanged, so that the server can refuse it.
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

/*
 * Adds numbers exactly. Decimals and big integers are texts on the wire, and a float would lose
 * their last digits.
 */

/** @typedef {{digits: bigint, scale: number}} Exact  digits / 10 ** scale */

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i;

/** @type {Exact} */
export const ZERO = { digits: 0n, scale: 0 };

/**
 * @param {Value} value
 * @returns {Exact | null} null if it is not a number
 */
export function exact(value) {
  if (Number.isSafeInteger(value)) return { digits: BigInt(value), scale: 0 };
  if (typeof value !== "string" && typeof value !== "number") return null;
  const found = NUMBER.exec(String(value));
  if (!found) return null;
  const [, sign, whole, fraction = "", exponent = "0"] = found;
  if (!whole && !fraction) return null;
  const digits = BigInt(whole + fraction) * (sign === "-" ? -1n : 1n);
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

/**
 * @param {Exact} number
 * @param {number} scale  not less than the number's own
 */
const raised = ({ digits, scale: own }, scale) =>
  own === scale ? digits : digits * 10n ** BigInt(scale - own);

/**
 * @param {Exact} a
 * @param {Exact} b
 * @returns {Exact}
 */
export function add(a, b) {
  const scale = Math.max(a.scale, b.scale);
  return { digits: raised(a, scale) + raised(b, scale), scale };
}

/**
 * @param {Exact} a
 * @param {Exact} b
 * @returns {number} negative, zero or positive
 */
export function compare(a, b) {
  const scale = Math.max(a.scale, b.scale);
  const [one, other] = [raised(a, scale), raised(b, scale)];
  return one < other ? -1 : Number(one > other);
}

/**
 * Rounds half away from zero, as people do by hand.
 * @param {Exact} sum
 * @param {number} count
 * @param {number} places  the decimal places, at least those of the sum
 * @returns {Exact}
 */
export function quotient(sum, count, places) {
  const scale = Math.max(places, sum.scale);
  const digits = raised(sum, scale) * 2n;
  const by = BigInt(count);
  const half = digits < 0n ? -by : by;
  return trimmed({ digits: (digits + half) / (2n * by), scale }, sum.scale);
}

/**
 * Removes zeros at the end.
 * @param {Exact} number
 * @param {number} least  the decimal places to keep
 * @returns {Exact}
 */
function trimmed({ digits, scale }, least) {
  while (scale > least && digits % 10n === 0n) {
    digits /= 10n;
    scale -= 1;
  }
  return { digits, scale };
}

/**
 * @param {Exact} number
 * @returns {string}
 */
export function write({ digits, scale }) {
  const sign = digits < 0n ? "-" : "";
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, "0");
  const at = text.length - scale;
  return `${sign}${text.slice(0, at)}${scale ? `.${text.slice(at)}` : ""}`;
}

export class Tally {
  constructor() {
    this.count = 0;
    this.sum = ZERO;
    /** @type {Exact | null} */
    this.least = null;
    /** @type {Exact | null} */
    this.most = null;
  }

  /** @param {Value} value */
  add(value) {
    const number = exact(value);
    if (number) this.#take(1, number, number, number);
  }

  /**
   * Adds numbers of which only this is known.
   * @param {{count: number, sum: Value, least: Value, most: Value}} all
   */
  addAll({ count, ...all }) {
    const [sum, least, most] = [all.sum, all.least, all.most].map(exact);
    if (sum && least && most) this.#take(count, sum, least, most);
  }

  /**
   * @param {number} count
   * @param {Exact} sum
   * @param {Exact} least
   * @param {Exact} most
   */
  #take(count, sum, least, most) {
    this.count += count;
    this.sum = add(this.sum, sum);
    if (!this.least || compare(least, this.least) < 0) this.least = least;
    if (!this.most || compare(most, this.most) > 0) this.most = most;
  }

  /** Has two more decimal places than the values: precise enough, and still readable. */
  get average() {
    return quotient(this.sum, this.count, this.sum.scale + 2);
  }
}
