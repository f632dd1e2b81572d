/**
 * Numbers in the user's form and in the form of the wire. Everything is done with texts, because
 * JavaScript numbers are exact neither for twenty digits nor for the cents of a large sum.
 */

/** @import {Value} from "../protocol.js" */

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
 * `1 234,50`, `1,234.50`, `1'234.50`, `(12.50)`, `$1,234.50`, `12.5%` → with a decimal point. What
 * is no number stays as it is.
 * @param {string} text
 * @param {NumberSigns} signs
 * @returns {string}
 */
export const plainNumber = (text, signs) => readNumber(text, signs) ?? text;

/**
 * The one grammar of numbers, for what is typed and for what is pasted. A sign that stands alone is
 * read as the user's language has it; where that cannot be, it is the decimal sign. Signs between
 * digits that make no number (`2024-05-01`, `555-1234`, `1+2`, `12 34`) are never dropped.
 * @param {string} text
 * @param {NumberSigns} signs
 * @returns {string | undefined} with a decimal point; undefined: no number
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
 * What may stand around the digits, each once: parentheses or a sign, a currency, a percent sign.
 * @param {string} text
 */
function peel(text) {
  const inParentheses = text.startsWith("(") && text.endsWith(")");
  let bare = inParentheses ? text.slice(1, -1).trim() : text;
  /** @param {RegExp[]} ends  each takes something off one end */
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
 * Of two different signs the last is the decimal one; of one alone the language decides, unless it
 * cannot be a group there.
 * @param {string} digits
 * @param {NumberSigns} signs
 * @returns {string} "" where there is none
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

/** By thousands, or as in India; one sign throughout. @param {string} whole */
const isGrouped = (whole) =>
  /^\d*$/.test(whole) ||
  /^\d{1,3}([.,'’_\s])\d{3}(?:\1\d{3})*$/.test(whole) ||
  /^\d{1,2}(?:,\d{2})+,\d{3}$/.test(whole);

/**
 * Exact, as no floating point number is.
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

/*
 * Sums of numbers exactly as they stand on the wire: decimals and big integers travel as texts, and
 * a float would lose their last digits.
 */

/** @typedef {{digits: bigint, scale: number}} Exact  digits / 10 ** scale */

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i;

/** @type {Exact} */
export const ZERO = { digits: 0n, scale: 0 };

/**
 * @param {Value} value
 * @returns {Exact | null} null where it is no number
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
 * @param {number} scale  not less than its own
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
 * @returns {number} below zero, zero, above zero
 */
export function compare(a, b) {
  const scale = Math.max(a.scale, b.scale);
  const [one, other] = [raised(a, scale), raised(b, scale)];
  return one < other ? -1 : Number(one > other);
}

/**
 * Rounded half away from zero, as people do it by hand.
 * @param {Exact} sum
 * @param {number} count
 * @param {number} places  after the point, at least those of the sum
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
 * Without the zeros at its end.
 * @param {Exact} number
 * @param {number} least  places that stay
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
    if (!number) return;
    this.count += 1;
    this.sum = add(this.sum, number);
    if (!this.least || compare(number, this.least) < 0) this.least = number;
    if (!this.most || compare(number, this.most) > 0) this.most = number;
  }

  /** Two places more than what was added has: enough to see, few enough to read. */
  get average() {
    return quotient(this.sum, this.count, this.sum.scale + 2);
  }
}
