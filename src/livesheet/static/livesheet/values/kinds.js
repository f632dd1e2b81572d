/**
 * Which types of columns are treated alike (numbers, texts, lists), what an empty cell of each holds,
 * and which totals suit them.
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

/** A list's items, as if they were cells. @param {Column} column */
export const itemOf = (column) =>
  /** @type {Column} */ ({ ...column, ...column.items, null: true });

/**
 * A value as it stands in a new row before anybody has typed into it counts, too.
 * @param {Value} value
 */
export const isEmpty = (value) =>
  value === null || value === undefined || value === "" || (Array.isArray(value) && !value.length);

/**
 * What the Delete key leaves in a cell.
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
 * What many cells of a column may amount to.
 */

/** @typedef {"sum" | "average" | "least" | "most" | "filled" | "distinct"} What */

const OF_NUMBERS = /** @type {What[]} */ (["sum", "average", "least", "most"]);
const OF_MOMENTS = /** @type {What[]} */ (["least", "most"]);
const OF_ALL = /** @type {What[]} */ (["filled", "distinct"]);

/** @type {What[]} */
export const WHATS = [...OF_NUMBERS, ...OF_ALL];

/**
 * @param {Column} column
 * @returns {What[]} what can be said of its cells
 */
export function whatsOf(column) {
  if (isNumber(column)) return WHATS;
  return hasDate(column) || column.type === "time" ? [...OF_MOMENTS, ...OF_ALL] : OF_ALL;
}

/**
 * What is said of a column of which nobody has said anything. Keys are no amounts.
 * @param {Column} column
 * @returns {What | "none"}
 */
export const usualWhat = (column) => (isNumber(column) && !column.key ? "sum" : "none");
