/**
 * How one user has arranged a sheet: the order of its columns, the hidden and frozen ones, their
 * widths, the sorting, groups, filters, colours and totals, and the height of the rows. It is plain
 * data, which the server stores and a link contains, and it is not trusted.
 */

import { COLOURS } from "../values/colours.js";
import { WHATS } from "../values/kinds.js";
import { readEntries, readFilters } from "./conditions.js";

/** @import {Column} from "../protocol.js" */
/** @import {Entry, Rule} from "./conditions.js" */
/** @import {Group} from "./groups.js" */
/** @import {Sort} from "./sorting.js" */
/** @import {What} from "../values/kinds.js" */

/**
 * @typedef {object} View
 * @property {string[]} order  names; a column that is not named keeps its place in the sheet
 * @property {string[]} hidden
 * @property {Record<string, number>} widths  in pixels
 * @property {number | null} frozen  the number of frozen columns; null: as declared by the site
 * @property {Sort[]} sorts
 * @property {Group[]} groups  the first one is the outer one
 * @property {Record<string, What | "none">} totals  the total of a column, if it is not the usual
 *   one
 * @property {Entry[]} filters  all of them must hold
 * @property {Rule[]} colours  the first one that holds applies
 * @property {Height} height  of the rows
 *
 * @typedef {"compact" | "regular" | "tall"} Height
 */

/** @type {Height[]} */
export const HEIGHTS = ["compact", "regular", "tall"];

/** @returns {View} the sheet as declared */
export const plainView = () => ({
  order: [],
  hidden: [],
  widths: {},
  frozen: null,
  sorts: [],
  groups: [],
  totals: {},
  filters: [],
  colours: [],
  height: "regular",
});

const LEAST_WIDTH = 30;
const MOST_WIDTH = 2_000;
const MOST_ENTRIES = 500;
const MOST_FROZEN = 50;
export const MOST_GROUPS = 2;

/**
 * The valid parts of a view that is not trusted.
 * @param {any} given
 * @returns {View}
 */
export function readView(given) {
  const widths = Object.entries(given?.widths ?? {}).filter(([, width]) => Number.isFinite(width));
  const { frozen } = given ?? {};
  return {
    order: texts(given?.order),
    hidden: texts(given?.hidden),
    widths: Object.fromEntries(widths.slice(0, MOST_ENTRIES).map(([name, w]) => [name, wide(w)])),
    frozen: Number.isInteger(frozen) && frozen >= 0 && frozen <= MOST_FROZEN ? frozen : null,
    sorts: list(given?.sorts)
      .filter((sort) => typeof sort?.column === "string")
      .map(({ column, descending }) => ({ column, descending: descending === true })),
    groups: readGroups(list(given?.groups)),
    totals: readTotals(given?.totals),
    filters: readEntries(list(given?.filters)),
    colours: readRules(list(given?.colours)),
    height: HEIGHTS.includes(given?.height) ? given.height : "regular",
  };
}

/**
 * @param {any[]} given
 * @returns {Rule[]}
 */
const readRules = (given) =>
  given
    .filter((rule) => COLOURS.includes(rule?.colour))
    .flatMap(({ when, colour, of }) =>
      readFilters([when]).map((filter) => ({
        when: filter,
        colour,
        of: of === "row" ? "row" : "cell",
      })),
    );

/**
 * @param {any[]} given
 * @returns {Group[]}
 */
function readGroups(given) {
  const isWhat = (/** @type {any} */ what) => what === "count" || WHATS.includes(what);
  return given
    .filter((group) => typeof group?.column === "string")
    .slice(0, MOST_GROUPS)
    .map(({ column, descending, by }) => ({
      column,
      descending: descending === true,
      ...(typeof by?.column === "string" && isWhat(by.what)
        ? { by: { column: by.column, what: by.what } }
        : {}),
    }));
}

/**
 * @param {any} given
 * @returns {Record<string, What | "none">}
 */
function readTotals(given) {
  const known = Object.entries(given ?? {}).filter(
    ([, what]) => what === "none" || WHATS.includes(what),
  );
  return Object.fromEntries(known.slice(0, MOST_ENTRIES));
}

/** @param {any} width */
const wide = (width) => Math.round(Math.max(LEAST_WIDTH, Math.min(MOST_WIDTH, width)));
/** @param {any} given @returns {any[]} */
const list = (given) => (Array.isArray(given) ? given.slice(0, MOST_ENTRIES) : []);
/** @param {any} given @returns {string[]} */
const texts = (given) => list(given).filter((entry) => typeof entry === "string");

/**
 * Returns all columns in the user's order. A column that is not in it follows its predecessor in
 * the sheet.
 * @param {Column[]} columns
 * @param {View} view
 * @returns {Column[]}
 */
export function ordered(columns, { order }) {
  const named = new Map(columns.map((column) => [column.name, column]));
  const found = [...new Set(order)].flatMap((name) => named.get(name) ?? []);
  if (!found.length) return columns;
  columns.forEach((column, index) => {
    if (found.includes(column)) return;
    found.splice(index ? found.indexOf(columns[index - 1]) + 1 : 0, 0, column);
  });
  return found;
}

/**
 * The columns that are shown, at least one.
 * @param {Column[]} columns
 * @param {View} view
 * @returns {Column[]}
 */
export function visible(columns, view) {
  const all = ordered(columns, view);
  const shown = all.filter(({ name }) => !view.hidden.includes(name));
  return shown.length ? shown : all;
}

/**
 * Shows or hides a column. A hidden column is no longer frozen.
 * @param {View} view
 * @param {Column[]} columns
 * @param {string} name
 * @param {boolean} isShown
 * @returns {View}
 */
export function withShown(view, columns, name, isShown) {
  const kept = frozenNames(view, columns);
  const others = view.hidden.filter((hidden) => hidden !== name);
  const hidden = isShown ? others : [...others, name];
  return refrozen({ ...view, hidden }, columns, kept);
}

/**
 * Moves a column.
 * @param {View} view
 * @param {Column[]} columns
 * @param {string} name
 * @param {string | null} before  the column before which it is placed; null: at the end
 * @returns {View}
 */
export function withMoved(view, columns, name, before) {
  if (name === before) return view;
  const names = ordered(columns, view).map((column) => column.name);
  const rest = names.filter((other) => other !== name);
  const at = before === null ? rest.length : rest.indexOf(before);
  if (rest.length === names.length || at < 0) return view;
  return { ...view, order: rest.toSpliced(at, 0, name) };
}

/**
 * @param {View} view
 * @param {Column[]} columns
 */
function frozenNames(view, columns) {
  return visible(columns, view)
    .slice(0, view.frozen ?? 0)
    .map(({ name }) => name);
}

/**
 * @param {View} view
 * @param {Column[]} columns
 * @param {string[]} kept  names of the columns that were frozen
 * @returns {View}
 */
function refrozen(view, columns, kept) {
  if (view.frozen === null) return view;
  const shown = visible(columns, view);
  return { ...view, frozen: shown.filter(({ name }) => kept.includes(name)).length };
}
