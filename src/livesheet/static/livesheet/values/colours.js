/**
 * Fixed colours: equal values have the same colour on every screen and in every row. Colours are
 * names; cells.css defines how each of them looks in light and in dark mode.
 */

/** @import {Column, Value} from "../protocol.js" */

export const COLOURS = [
  "red",
  "orange",
  "yellow",
  "green",
  "teal",
  "blue",
  "violet",
  "pink",
  "brown",
  "grey",
];

/**
 * Colours of values without a declared colour. Grey is reserved for values that should not stand
 * out.
 */
const BY_CHANCE = COLOURS.slice(0, -1);

/**
 * Returns the colour of a choice or of a related row: the declared one, or else one by its key.
 * @param {Column} column
 * @param {Value} value  one key
 * @returns {string} the name of a colour, or "" for empty cells
 */
export function colourOf(column, value) {
  if (value === null || value === undefined || value === "") return "";
  const key = String(value);
  const declared = column.options?.colours;
  const chosen = declared && Object.hasOwn(declared, key) ? declared[key] : "";
  return COLOURS.includes(chosen) ? chosen : BY_CHANCE[hash(key) % BY_CHANCE.length];
}

/** Consecutive numbers give different results. For texts, this is FNV-1a. @param {string} text */
export function hash(text) {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  let found = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    found = Math.imul(found ^ text.charCodeAt(at), 0x01000193) >>> 0;
  }
  return (found ^ (found >>> 15)) >>> 0;
}
