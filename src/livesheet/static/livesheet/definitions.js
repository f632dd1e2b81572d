/**
 * What the page itself defines for a sheet's columns: the text of a value, a way to paint it, an
 * editor. With `mount`, this is in the config. For a sheet of the template tag, whose config is
 * JSON, the page calls `define`, before or after the sheet is mounted.
 */

/** @import {Column, Value} from "./protocol.js" */
/** @import {Custom} from "./surfaces.js" */

/** @typedef {{columns?: Record<string, Custom>}} Definition */

/** @typedef {{known: Map<string, Definition>, listening: Set<(sheet: string) => void>}} Shared */

// Stored in the page, not in this module, because a page may contain both the bundle and the modules.
const SHARED = Symbol.for("livesheet.definitions");
/** @type {Record<symbol, Shared | undefined>} */
const page = /** @type {any} */ (globalThis);
page[SHARED] ??= { known: new Map(), listening: new Set() };
const { known, listening } = page[SHARED];

/**
 * Defines columns for every sheet of this name on the page, present and future ones.
 * @param {string} sheet
 * @param {Definition} definition
 */
export function define(sheet, definition) {
  const columns = { ...known.get(sheet)?.columns, ...definition.columns };
  known.set(sheet, { columns });
  for (const tell of listening) tell(sheet);
}

/**
 * @param {string} sheet
 * @returns {Definition}
 */
export function definitionOf(sheet) {
  return known.get(sheet) ?? {};
}

/**
 * @param {(sheet: string) => void} tell
 * @returns {() => void} stops it
 */
export function onDefined(tell) {
  listening.add(tell);
  return () => void listening.delete(tell);
}

/**
 * Runs code of the page. If it fails, the sheet continues as without it.
 * @template T
 * @param {() => T} run
 * @param {() => T} otherwise
 * @returns {T}
 */
export function attempt(run, otherwise) {
  try {
    return run();
  } catch (error) {
    reportError(error);
    return otherwise();
  }
}

/**
 * @param {Custom} custom
 * @param {Column} column
 * @param {Value} value
 * @param {() => string} usual
 */
export function ownText({ format }, column, value, usual) {
  return format ? attempt(() => String(format(value, column)), usual) : usual();
}

/**
 * @param {Custom} custom
 * @param {Column} column
 * @param {Value} typed
 * @param {() => Value} usual
 */
export function ownValue({ parse }, column, typed, usual) {
  const isText = typeof typed === "string" && typed !== "";
  return parse && isText ? attempt(() => parse(typed, column), usual) : usual();
}
