/**
 * Which types of columns are treated alike (numbers, texts, lists), what an empty cell of each
 * contains, and which totals suit them.
 */

/** @import {Column, Value} from "../protocol.js" */

const NUMBERS = new Set(["integer", "decimal", "float"]);
const TEXTS = new Set(["text", "longtext", "email", "url"]);

/** @param {Column} column */
export const isNumber = (column) => NUMBERS.has(column.type);
/** @param {Column} column */
export const isText = (column) => TEXTS.has(column.type);
/** @param {Column} column */
export const isBoolean = (column) => column.type === "boolean";
/** @param {Column} column */
export const isListed = (column) => column.type === "choice" || column.type === "related";
/** @param {Column} column */
export const isMany = (column) => column.type === "related_many";
/** @param {Column} column */
export const isLong = (column) => column.type === "longtext" || column.type === "json";
/** @param {Column} column */
export const hasDate = (column) => column.type === "date" || column.type === "datetime";
/** @param {Column} column */
export const isReadonly = (column) =>
  column.readonly || column.type === "file" || column.type === "binary";

/** Treats the items of a list like cells. @param {Column} column */
export const itemOf = (column) =>
  /** @type {Column} */ ({ ...column, ...column.items, null: true });

/**
 * Includes cells of new rows into which nothing has been typed yet.
 * @param {Value} value
 */
export const isEmpty = (value) =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

/**
 * Returns the value that the Delete key leaves in a cell.
 * @param {Column} column
 * @returns {Value}
 */
export function emptyValue(column) {
  if (column.type === "related_many") return [];
  if (column.null) return null;
  if (column.type === "array") return [];
  if (isText(column) || column.type === "choice") return "";
  return column.type === "boolean" ? false : null;
}

/*
 * Totals of the cells of a column.
 */

/** @typedef {"sum" | "average" | "least" | "most" | "filled" | "distinct"} What */

const OF_NUMBERS = /** @type {What[]} */ (["sum", "average", "least", "most"]);
const OF_MOMENTS = /** @type {What[]} */ (["least", "most"]);
const OF_ALL = /** @type {What[]} */ (["filled", "distinct"]);

/** @type {What[]} */
export const WHATS = [...OF_NUMBERS, ...OF_ALL];

/**
 * @param {Column} column
 * @returns {What[]} the totals that its cells can have
 */
export function whatsOf(column) {
  if (isNumber(column)) return WHATS;
  return hasDate(column) || column.type === "time" ? [...OF_MOMENTS, ...OF_ALL] : OF_ALL;
}

/** The server's names of the totals. @type {Record<What, string>} */
const NAMES = {
  ...{ sum: "sum", average: "avg", least: "min", most: "max" },
  ...{ filled: "filled", distinct: "distinct" },
};

/**
 * @param {Column} column
 * @param {What} what
 * @returns {string} the server's name of the total
 */
export const askedAs = (column, what) =>
  what === "filled" && isBoolean(column) ? "ticked" : NAMES[what];

/**
 * The total of a column if nobody has chosen one. Keys are not summed up.
 * @param {Column} column
 * @returns {What | "none"}
 */
export const usualWhat = (column) => (isNumber(column) && !column.key ? "sum" : "none");
