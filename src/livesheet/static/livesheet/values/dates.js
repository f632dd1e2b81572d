/**
 * The date at the front of a text, as the user's language writes it and as ISO 8601 has it. What
 * follows it, a time, is none of this file's business.
 */

/**
 * @typedef {object} DateSigns  of the user's language, as the server's Django knows it
 * @property {string} order  in which a date is shown: `ymd`, `dmy` or `mdy`
 * @property {string} sign  between its parts
 * @property {string} typed  the order in which `01/02/2026` is read; "" for neither
 */

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?!\d)/;
const LOCAL = /^(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)/;
/** As other spreadsheets do: 29 is 2029, 30 is 1930. */
export const CENTURY = 30;
/** @type {Record<string, string>} */
const LETTERS = { day: "d", month: "m", year: "y" };

/** @type {DateSigns} */
export const PLAIN_DATES = { order: "ymd", sign: "-", typed: "" };

/** Of a language, as the browser knows it. @param {string} [language] */
export function dateOrder(language = document.documentElement.lang || undefined) {
  const parts = new Intl.DateTimeFormat(language).formatToParts(0);
  return parts.map(({ type }) => LETTERS[type] ?? "").join("");
}

/**
 * `2026-11-22 09:15` → `22.11.2026 09:15`
 * @param {string} text
 * @param {DateSigns} signs
 * @returns {string}
 */
export function showDate(text, { order, sign }) {
  const found = ISO.exec(text);
  if (!found) return text;
  const [whole, y, m, d] = found;
  /** @type {Record<string, string>} */
  const part = { y, m, d };
  return [...order].map((letter) => part[letter]).join(sign) + text.slice(whole.length);
}

/**
 * `22.11.2026 09:15`, `22/11/26 09:15` → `2026-11-22 09:15`. What cannot be a day in one order is
 * read in the other; what begins otherwise stays.
 * @param {string} text
 * @param {DateSigns} signs
 * @returns {string}
 */
export function isoDate(text, { typed }) {
  const found = LOCAL.exec(text);
  if (!found) return text;
  const [whole, one, sign, other, year] = found;
  const order = orderOf(Number(one), Number(other), sign === "." ? "dmy" : typed);
  if (!order) return text;
  const [day, month] = order === "dmy" ? [one, other] : [other, one];
  return `${fullYear(year)}-${two(month)}-${two(day)}${text.slice(whole.length)}`;
}

/**
 * @param {number} one
 * @param {number} other
 * @param {string} usual
 */
function orderOf(one, other, usual) {
  if (one > 12) return "dmy";
  if (other > 12) return "mdy";
  return usual === "dmy" || usual === "mdy" ? usual : "";
}

/** @param {string} year */
function fullYear(year) {
  if (year.length === 4) return year;
  return String((Number(year) < CENTURY ? 2000 : 1900) + Number(year));
}

/** @param {string} number */
const two = (number) => number.padStart(2, "0");
