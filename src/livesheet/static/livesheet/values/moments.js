/**
 * Dates and times as people write them, and in ISO 8601 for the wire. A date-time is sent in UTC
 * with a `Z` and shown in the user's zone. One without a `Z` (a project without USE_TZ) is shown
 * unchanged.
 */

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const EUROPEAN_DATE = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/;
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?$/;
const HALF_DAY = /^(1[0-2]|0?[1-9])(:.*\d)\s*([ap])\.?m\.?$/i;
const ZONED = /(?:Z|[+-]\d{2}:?\d{2}(?::\d{2})?)$/;
const FRACTION = /\.\d+(?=Z|[+-]|$)/;

/** @param {string | number} number */
const two = (number) => String(number).padStart(2, "0");

/**
 * `2026-1-5`, `2026/01/05`, `5.1.2026` → `2026-01-05`; other texts are returned unchanged.
 * @param {string} text
 * @returns {string}
 */
export function parseDate(text) {
  const plain = text.trim().replaceAll("/", "-");
  const iso = DATE.exec(plain);
  if (iso) return `${iso[1]}-${two(iso[2])}-${two(iso[3])}`;
  const european = EUROPEAN_DATE.exec(plain);
  return european ? `${european[3]}-${two(european[2])}-${two(european[1])}` : text;
}

/**
 * `9:30` → `09:30:00`; other texts are returned unchanged.
 * @param {string} text
 * @returns {string}
 */
export function parseTime(text) {
  const found = TIME.exec(ofWholeDay(text.trim()));
  if (!found) return text;
  const [, hours, minutes, seconds = "00", fraction = ""] = found;
  return `${two(hours)}:${minutes}:${seconds}${micro(fraction)}`;
}

/** In the server's form: `.5` → `.500000`, and nothing for zero. @param {string} fraction */
const micro = (fraction) => (/[1-9]/.test(fraction) ? fraction.padEnd(7, "0") : "");

/** `2:30 pm` → `14:30`. @param {string} text */
function ofWholeDay(text) {
  const found = HALF_DAY.exec(text);
  if (!found) return text;
  const [, hours, rest, half] = found;
  return `${(+hours % 12) + (half.toLowerCase() === "p" ? 12 : 0)}${rest}`;
}

/**
 * `09:30:00` → `09:30`: seconds are shown only if they are not zero.
 * @param {string} text
 * @returns {string}
 */
export function trimTime(text) {
  return text.replace(/^(\d{2}:\d{2}):00(\.0+)?$/, "$1");
}

/** @type {Map<string, Intl.DateTimeFormat>} cached, because creating one takes a millisecond */
const formats = new Map();

/** @param {string} zone */
function formatOf(zone) {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      hourCycle: "h23",
      era: "short",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  return format;
}

/**
 * Returns the wall clock of a zone at a moment as if it were UTC, so that two of them can be
 * subtracted.
 * @param {number} moment  in milliseconds
 * @param {string} zone
 * @returns {number}
 */
function wallClock(moment, zone) {
  /** @type {Record<string, string>} */
  const part = {};
  for (const { type, value } of formatOf(zone).formatToParts(moment)) part[type] = value;
  const wall = new Date(0);
  wall.setUTCFullYear(part.era === "BC" ? 1 - +part.year : +part.year, +part.month - 1, +part.day);
  wall.setUTCHours(+part.hour, +part.minute, +part.second, ((moment % 1000) + 1000) % 1000);
  return wall.getTime();
}

/**
 * `2026-11-22T08:15:00Z` in Europe/Berlin → `2026-11-22 09:15`. If a clock shows the same hour
 * twice, the second one has its offset: `2026-10-25 02:30+01:00`.
 * @param {string} text
 * @param {string} zone
 * @returns {string}
 */
export function formatMoment(text, zone) {
  const moment = Date.parse(text);
  if (!ZONED.test(text) || Number.isNaN(moment) || !zone) return bareMoment(text);
  const fraction = /\.\d*[1-9]/.exec(text)?.[0] ?? "";
  const there = wallClock(moment, zone);
  const wall = new Date(there).toISOString();
  if (!/^(?!0000)\d{4}-/.test(wall)) return text;
  const first = earliest(there, zone) ?? moment;
  const offset = floorSecond(moment) === floorSecond(first) ? "" : offsetText(there - moment);
  return bareMoment(wall.slice(0, 19)) + (fraction ? secondsOf(wall, fraction) : "") + offset;
}

/** @param {number} moment */
const floorSecond = (moment) => Math.floor(moment / 1000) * 1000;

/** @param {number} offset  in milliseconds east of Greenwich */
function offsetText(offset) {
  const size = Math.round(Math.abs(offset) / 1000);
  const rest = size % 60 ? `:${two(size % 60)}` : "";
  const hours = Math.floor(size / 3600);
  return `${offset < 0 ? "-" : "+"}${two(hours)}:${two(Math.floor((size % 3600) / 60))}${rest}`;
}

/**
 * @param {string} wall
 * @param {string} fraction
 */
const secondsOf = (wall, fraction) => (wall.slice(17, 19) === "00" ? `:00${fraction}` : fraction);

/** @param {string} text */
const bareMoment = (text) => text.replace("T", " ").replace(/^(.{16}):00$/, "$1");

/**
 * `2026-11-22 09:15` in Europe/Berlin → `2026-11-22T08:15:00Z`. If a clock change repeats the hour,
 * the earlier time is used. Without a zone, there is no `Z`. Other texts are returned unchanged,
 * and so are times that a clock change skips, because the server explains the error.
 * @param {string} text
 * @param {string} zone
 * @returns {string}
 */
export function parseMoment(text, zone) {
  const zoned = zonedMoment(text);
  if (zoned) return zoned;
  const [, datePart = "", timePart = "00:00"] =
    /^(\S+?)(?:[T\s]+(\d.*))?$/s.exec(text.trim()) ?? [];
  const date = parseDate(datePart);
  const time = parseTime(timePart);
  const wall = wallTime(date, time);
  if (!DATE.test(date) || !TIME.test(time) || Number.isNaN(wall)) return text;
  if (!zone) return `${date}T${time}`;
  const moment = earliest(wall, zone);
  return moment === undefined ? text : withFraction(utc(moment), time);
}

/**
 * Chrome reads the 31st of February as the 3rd of March.
 * @param {string} date
 * @param {string} time
 * @returns {number} as if it were UTC; NaN for a day that does not exist
 */
function wallTime(date, time) {
  const day = new Date(`${date}T00:00Z`).getUTCDate();
  return day === Number(date.slice(-2)) ? Date.parse(`${date}T${time}Z`) : Number.NaN;
}

/**
 * Whether the clocks of the zone never show this time, because they are put forward over it.
 * @param {string} text  the result of `parseMoment`
 * @param {string} zone
 */
export function isSkipped(text, zone) {
  const [, date = "", time = ""] = /^(\S+?)[T\s]+(\d.*)$/s.exec(text.trim()) ?? [];
  const wall = wallTime(parseDate(date), parseTime(time));
  const isPlain = DATE.test(parseDate(date)) && TIME.test(parseTime(time));
  return Boolean(zone) && isPlain && !Number.isNaN(wall) && earliest(wall, zone) === undefined;
}

/**
 * Reads a text that contains its own offset.
 * @param {string} text
 * @returns {string | null}
 */
function zonedMoment(text) {
  const found = /^(\S+)[T\s](\d{1,2}:\S+?)\s*(Z|[+-]\d{2}:?\d{2}(?::\d{2})?)$/i.exec(text.trim());
  if (!found) return null;
  const [, date, time, zone] = found;
  const wall = wallTime(parseDate(date), parseTime(time));
  const [hours = 0, minutes = 0, seconds = 0] = (zone.match(/\d{2}/g) ?? []).map(Number);
  const size = ((hours * 60 + minutes) * 60 + seconds) * 1000;
  const moment = zone.startsWith("-") ? wall + size : wall - size;
  return Number.isNaN(wall) ? null : withFraction(utc(moment), time);
}

/**
 * @param {number} wall
 * @param {string} zone
 * @returns {number | undefined} none if the clocks of the zone never show this time
 */
function earliest(wall, zone) {
  const day = 86_400_000;
  const offsets = [wall - day, wall, wall + day].map((near) => wallClock(near, zone) - near);
  const readings = offsets.map((offset) => wall - offset);
  const exact = readings.filter((moment) => wallClock(moment, zone) === wall);
  return exact.length ? Math.min(...exact) : undefined;
}

/** @param {number} moment */
const utc = (moment) => new Date(moment).toISOString().replace(/\.000Z$/, "Z");

/**
 * A Date has milliseconds, but a database microseconds, so the typed fraction is kept.
 * @param {string} text
 * @param {string} time
 */
function withFraction(text, time) {
  const fraction = micro(FRACTION.exec(time)?.[0] ?? "");
  return fraction ? text.replace(/(\.\d+)?Z$/, `${fraction}Z`) : text;
}

/*
 * Reads and writes the date at the beginning of a text, in the form of the user's language and in
 * ISO 8601.
 */

/**
 * @typedef {object} DateSigns  the user's language, according to Django on the server
 * @property {string} order  the order in which dates are shown: `ymd`, `dmy` or `mdy`
 * @property {string} sign  the separator
 * @property {string} typed  the order in which `01/02/2026` is read; "" for neither
 */

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?!\d)/;
const LOCAL = /^(\d{1,2})([./-])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?!\d)/;
/** Like other spreadsheets: 29 is 2029, 30 is 1930. */
export const CENTURY = 30;
/** @type {Record<string, string>} */
const LETTERS = { day: "d", month: "m", year: "y" };

/** @type {DateSigns} */
export const PLAIN_DATES = { order: "ymd", sign: "-", typed: "" };

/**
 * Returns the order of dates in a language, according to the browser.
 * @param {string} [language]
 */
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
 * `22.11.2026 09:15`, `22/11/26 09:15` → `2026-11-22 09:15`. A date that is impossible in one order
 * is read in the other. Texts that do not begin with a date are returned unchanged.
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
