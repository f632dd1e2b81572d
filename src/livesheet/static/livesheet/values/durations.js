/**
 * Durations: `2 days, 1:30:00` for people, ISO 8601 on the wire. They are counted in whole
 * microseconds as BigInt, because long durations exceed JavaScript's exact numbers.
 */

/** @typedef {{day: string, days: string}} DayWords */

const SECOND = 1_000_000n;
const MINUTE = 60n * SECOND;
const HOUR = 60n * MINUTE;
const DAY = 24n * HOUR;

const ISO = /^([+-]?)P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,](\d{1,6}))?S)?)?$/i;
const CLOCK =
  /^([+-]?)(?:(\d+)\s*(\p{L}+)?[,\s]\s*)?(\d+):([0-5]\d)(?::([0-5]\d)(?:[.,](\d{1,6}))?)?$/iu;
const PART = /(\d+(?:[.,]\d+)?)\s*([\p{L}]+)[,\s]*/gu;

/** The names of units, in the languages of the widget. @type {[RegExp, bigint][]} */
const UNITS = [
  [/^(w|weeks?|wochen?|semaines?|sem|semanas?)$/, 7n * DAY],
  [/^(d|days?|t|tage?|tagen|j|jours?|días?|dias?)$/, DAY],
  [/^(h|hrs?|hours?|std|stunden?|heures?|horas?)$/, HOUR],
  [/^(m|min|mins|minutes?|minuten?|minutos?)$/, MINUTE],
  [/^(s|secs?|seconds?|sek|sekunden?|secondes?|segundos?)$/, SECOND],
];

/** @param {string} name */
const unitOf = (name) => UNITS.find(([names]) => names.test(name.toLowerCase()))?.[1];

/**
 * `P2DT01H30M00S` → `2 days, 1:30:00`. A minus applies to the whole duration. Other texts are
 * returned unchanged.
 * @param {string} wire
 * @param {DayWords} words
 * @returns {string}
 */
export function formatDuration(wire, words) {
  const all = microseconds(wire);
  if (all === null) return wire;
  const { sign, days, hours, minutes, seconds, fraction } = partsOf(all);
  const clock = `${hours}:${two(minutes)}:${two(seconds)}${fraction}`;
  const before = days ? `${days} ${days === 1n ? words.day : words.days}, ` : "";
  return sign + before + clock;
}

/**
 * `1:30`, `90 min`, `2d`, `1h 30m`, `2 days, 1:30:00`, ISO 8601 → `P0DT01H30M00S`, Django's form.
 * Other texts are returned unchanged.
 * @param {string} text
 * @param {DayWords} words
 * @returns {string}
 */
export function parseDuration(text, words) {
  const all = microseconds(text) ?? ofClock(text, words) ?? ofParts(text, words);
  if (all === null) return text;
  const { sign, days, hours, minutes, seconds, fraction } = partsOf(all);
  return `${sign}P${days}DT${two(hours)}H${two(minutes)}M${two(seconds)}${fraction}S`;
}

/**
 * Returns the number by which durations are sorted.
 * @param {string} wire
 * @returns {number | string}
 */
export function lengthOf(wire) {
  const all = microseconds(wire);
  return all === null ? wire : Number(all);
}

/** @param {bigint} number */
const two = (number) => String(number).padStart(2, "0");

/** @param {bigint} all */
function partsOf(all) {
  const size = all < 0n ? -all : all;
  const micro = size % SECOND;
  return {
    sign: all < 0n ? "-" : "",
    days: size / DAY,
    hours: (size % DAY) / HOUR,
    minutes: (size % HOUR) / MINUTE,
    seconds: (size % MINUTE) / SECOND,
    fraction: micro ? `.${String(micro).padStart(6, "0")}` : "",
  };
}

/**
 * @param {string} iso
 * @returns {bigint | null}
 */
function microseconds(iso) {
  const found = ISO.exec(iso.trim());
  if (!found || !/\d/.test(iso)) return null;
  const [, sign, days = "0", ...clock] = found;
  return signed(sign, BigInt(days) * DAY + clockTime(clock));
}

/** @param {(string | undefined)[]} clock  hours, minutes, seconds, fraction */
function clockTime([hours = "0", minutes = "0", seconds = "0", fraction = ""]) {
  const rest = BigInt(fraction.padEnd(6, "0"));
  return BigInt(hours) * HOUR + BigInt(minutes) * MINUTE + BigInt(seconds) * SECOND + rest;
}

/**
 * @param {string} sign
 * @param {bigint} size
 */
const signed = (sign, size) => (sign === "-" ? -size : size);

/**
 * @param {string} text
 * @param {DayWords} words
 */
function ofClock(text, words) {
  const found = CLOCK.exec(text.trim().replace("−", "-"));
  if (!found) return null;
  const [, sign, days = "0", name, ...clock] = found;
  const unit = name ? unitNamed(name, words) : DAY;
  return unit === undefined ? null : signed(sign, BigInt(days) * unit + clockTime(clock));
}

/**
 * @param {string} text
 * @param {DayWords} words
 */
function ofParts(text, words) {
  const [, sign, plain] = /^\s*([+-]?)\s*(.*?)\s*$/.exec(text.replace("−", "-")) ?? ["", "", ""];
  if (!plain || plain.replace(PART, "")) return null;
  let all = 0n;
  for (const [, number, name] of plain.matchAll(PART)) {
    const unit = unitNamed(name, words);
    if (unit === undefined) return null;
    all += times(number.replace(",", "."), unit);
  }
  return signed(sign, all);
}

/**
 * @param {string} name
 * @param {DayWords} words
 */
const unitNamed = (name, { day, days }) => (name === day || name === days ? DAY : unitOf(name));

/**
 * @param {string} number
 * @param {bigint} unit
 */
const times = (number, unit) =>
  number.includes(".") ? BigInt(Math.round(Number(number) * Number(unit))) : BigInt(number) * unit;
