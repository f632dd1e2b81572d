/**
 * What a filter is: plain data, so that it can be kept and sent as a link. Imports nothing.
 */

/**
 * @typedef {"in" | "out" | "range" | "contains" | "starts" | "equals" | "not" | "empty" | "filled"
 *   | "recent"} Kind
 *
 * @typedef {object} Filter
 * @property {string} column  "" for one of whole rows
 * @property {Kind} kind
 * @property {string[]} [values]  of `in` and `out`: keys, "" stands for an empty cell
 * @property {string} [from]  of `range`, wire values; "" is open
 * @property {string} [to]
 * @property {string} [text]
 * @property {number} [seconds]  of `recent`
 */

/** @type {Kind[]} */
export const TEXT_KINDS = ["contains", "starts", "equals", "not"];

/**
 * Whether there is anything to look for yet.
 * @param {Filter} filter
 */
export function isActive({ kind, values, from, to, text }) {
  if (kind === "in" || kind === "out") return Boolean(values?.length);
  if (kind === "range") return Boolean(from || to);
  if (TEXT_KINDS.includes(kind)) return Boolean(text);
  return true;
}
