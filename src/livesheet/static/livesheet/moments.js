/**
 * Dates and times as a person writes them, ISO 8601 as the wire wants them. A date-time travels in
 * UTC with a `Z` and is shown in the user's zone; one without a `Z` (a project without USE_TZ) is
 * shown as it comes.
 */

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;
const EUROPEAN_DATE = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/;
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2})(\.\d+)?)?$/;
const ZONED = /(?:Z|[+-]\d{2}:?\d{2})$/;

/** @param {string | number} number */
const two = (number) => String(number).padStart(2, "0");

/**
 * `2026-1-5`, `2026/01/05`, `5.1.2026` → `2026-01-05`; other texts stay.
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
 * `9:30` → `09:30:00`; other texts stay.
 * @param {string} text
 * @returns {string}
 */
export function parseTime(text) {
  const found = TIME.exec(text.trim());
  if (!found) return text;
  const [, hours, minutes, seconds = "00", fraction = ""] = found;
  return `${two(hours)}:${minutes}:${seconds}${fraction}`;
}

/**
 * `09:30:00` → `09:30`: seconds are shown where there are any.
 * @param {string} text
 * @returns {string}
 */
export function trimTime(text) {
  return text.replace(/^(\d{2}:\d{2}):00(\.0+)?$/, "$1");
}

/** @type {Map<string, Intl.DateTimeFormat>} making one costs a millisecond */
const formats = new Map();

/** @param {string} zone */
function formatOf(zone) {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone,
      hourCycle: "h23",
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
 * The wall clock of a zone at a moment, as if it were UTC: so two of them can be subtracted.
 * @param {number} moment  milliseconds
 * @param {string} zone
 * @returns {number}
 */
function wallClock(moment, zone) {
  /** @type {Record<string, string>} */
  const part = {};
  for (const { type, value } of formatOf(zone).formatToParts(moment)) part[type] = value;
  const wall = Date.UTC(+part.year, +part.month - 1, +part.day, +part.hour, +part.minute);
  const rest = ((moment % 60_000) + 60_000) % 60_000;
  return wall + rest;
}

/**
 * `2026-11-22T08:15:00Z` in Europe/Berlin → `2026-11-22 09:15`.
 * @param {string} text
 * @param {string} zone
 * @returns {string}
 */
export function formatMoment(text, zone) {
  const moment = Date.parse(text);
  if (!ZONED.test(text) || Number.isNaN(moment) || !zone) return bareMoment(text);
  const fraction = /\.\d*[1-9]/.exec(text)?.[0] ?? "";
  const wall = new Date(wallClock(moment, zone)).toISOString();
  return bareMoment(wall.slice(0, 19)) + (fraction ? secondsOf(wall, fraction) : "");
}

/**
 * @param {string} wall
 * @param {string} fraction
 */
const secondsOf = (wall, fraction) => (wall.slice(17, 19) === "00" ? `:00${fraction}` : fraction);

/** @param {string} text */
const bareMoment = (text) => text.replace("T", " ").replace(/^(.{16}):00$/, "$1");

/**
 * `2026-11-22 09:15` in Europe/Berlin → `2026-11-22T08:15:00Z`. In the hour that a clock change
 * skips or repeats, the earlier reading is taken. Without a zone, no `Z`. Other texts stay.
 * @param {string} text
 * @param {string} zone
 * @returns {string}
 */
export function parseMoment(text, zone) {
  if (ZONED.test(text) && !Number.isNaN(Date.parse(text))) return utc(Date.parse(text));
  const [datePart, timePart = "00:00"] = text.trim().split(/[T\s]+/, 2);
  const date = parseDate(datePart);
  const time = parseTime(timePart);
  const wall = Date.parse(`${date}T${time}Z`);
  if (!DATE.test(date) || !TIME.test(time) || Number.isNaN(wall)) return text;
  if (!zone) return `${date}T${time}`;
  return withFraction(utc(earliest(wall, zone)), time);
}

/**
 * @param {number} wall
 * @param {string} zone
 */
function earliest(wall, zone) {
  const day = 86_400_000;
  const offsets = [wall - day, wall, wall + day].map((near) => wallClock(near, zone) - near);
  const readings = offsets.map((offset) => wall - offset);
  const exact = readings.filter((moment) => wallClock(moment, zone) === wall);
  return Math.min(...(exact.length ? exact : readings));
}

/** @param {number} moment */
const utc = (moment) => new Date(moment).toISOString().replace(/\.000Z$/, "Z");

/**
 * A Date holds milliseconds, a database microseconds: the typed fraction is kept as it is.
 * @param {string} text
 * @param {string} time
 */
function withFraction(text, time) {
  const fraction = /\.\d+$/.exec(time)?.[0];
  return fraction ? text.replace(/(\.\d+)?Z$/, `${fraction}Z`) : text;
}
