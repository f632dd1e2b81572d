/**
 * Sums of numbers exactly as they stand on the wire: decimals and big integers travel as texts, and
 * a float would lose their last digits.
 */

/** @import {Value} from "../protocol.js" */

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
