/**
 * The conditions by which rows are filtered and coloured, as plain data: all of them must hold, or
 * one of several that are joined. docs/protocol.md says what each of them means; the server's
 * database evaluates the same ones.
 */

/**
 * @typedef {"in" | "out" | "range" | "lt" | "lte" | "gt" | "gte" | "contains" | "lacks" | "starts"
 *   | "equals" | "not" | "empty" | "filled" | "mine" | "repeated" | "recent"} Kind
 *
 * @typedef {object} Filter  one condition
 * @property {string} column  "" for conditions on whole rows
 * @property {Kind} kind
 * @property {string[]} [values]  for `in` and `out`: keys; "" means an empty cell
 * @property {string} [from]  for `range`: wire values; "" means no limit
 * @property {string} [to]
 * @property {string} [text]  the text to compare with; for numbers, dates and times the wire value
 * @property {number} [seconds]  for `recent`
 *
 * @typedef {{any: Filter[]}} Either  at least one of them must hold
 * @typedef {Filter | Either} Entry  one of a view's filters, all of which must hold
 *
 * @typedef {object} Rule  a rule for colouring
 * @property {Filter} when
 * @property {string} colour  a name from the palette
 * @property {"cell" | "row"} of  whether it applies to the cell or to the row
 */

/** @type {Kind[]} kinds that compare the cell with a text */
export const TEXT_KINDS = ["contains", "lacks", "starts", "equals", "not"];
/** @type {Kind[]} kinds with a limit, which is a wire value */
export const LIMIT_KINDS = ["lt", "lte", "gt", "gte"];

/** The longest list that can be pasted into a filter. */
export const MOST_VALUES = 2_000;
export const AN_HOUR = 3_600;
/** The choices of `recent`: seconds, and the name of their text. @type {Record<number, string>} */
export const SINCE = { 3600: "recent", 86400: "recentDay", 604800: "recentWeek" };

/** @param {any} entry */
const withText = (entry) => ({ text: text(entry.text) });
const nothing = () => ({});

/** @type {Record<Kind, (entry: any) => object>} the properties of each kind */
const HELD = {
  in: ({ values }) => ({ values: texts(values) }),
  out: ({ values }) => ({ values: texts(values) }),
  range: ({ from, to }) => ({ from: text(from), to: text(to) }),
  lt: withText,
  lte: withText,
  gt: withText,
  gte: withText,
  contains: withText,
  lacks: withText,
  starts: withText,
  equals: withText,
  not: withText,
  empty: nothing,
  filled: nothing,
  mine: nothing,
  repeated: nothing,
  recent: ({ seconds }) => ({ seconds: Number(seconds) || AN_HOUR }),
};

/**
 * The valid parts of data that is not trusted.
 * @param {any[]} given
 * @returns {Entry[]}
 */
export function readEntries(given) {
  return given.flatMap((entry) => {
    if (!Array.isArray(entry?.any)) return readFilters([entry]);
    return inOne(readFilters(entry.any));
  });
}

/** @param {any[]} given @returns {Filter[]} */
export function readFilters(given) {
  return given
    .filter((entry) => Object.hasOwn(HELD, entry?.kind))
    .map((entry) => ({
      column: text(entry.column),
      kind: entry.kind,
      ...HELD[/** @type {Kind} */ (entry.kind)](entry),
    }))
    .filter(isActive);
}

/** @param {any} given */
const text = (given) => (typeof given === "string" ? given : "");
/** @param {any} given @returns {string[]} */
const texts = (given) =>
  Array.isArray(given)
    ? given.slice(0, MOST_VALUES).filter((entry) => typeof entry === "string")
    : [];

/**
 * One of several must hold. A single one is stored by itself.
 * @param {Filter[]} filters
 * @returns {Entry[]} one or none
 */
export const inOne = (filters) => (filters.length > 1 ? [{ any: filters }] : filters);

/** @param {Entry} entry @returns {Filter[]} */
export const partsOf = (entry) => ("any" in entry ? entry.any : [entry]);

/**
 * Whether the user has entered anything yet.
 * @param {Filter} filter
 */
export function isActive({ kind, values, from, to, text }) {
  if (kind === "in" || kind === "out") return Boolean(values?.length);
  if (kind === "range") return Boolean(from || to);
  if (TEXT_KINDS.includes(kind) || LIMIT_KINDS.includes(kind)) return Boolean(text);
  return true;
}
