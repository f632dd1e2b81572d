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

/** What nobody has given a colour gets one of these; grey is for what is to stand back. */
const BY_CHANCE = COLOURS.slice(0, -1);

/**
 * Of a choice or of a related row: as the declaration has it, else by its key.
 * @param {Column} column
 * @param {Value} value  one key
 * @returns {string} the name of a colour; "" where nothing stands
 */
export function colourOf(column, value) {
  if (value === null || value === undefined || value === "") return "";
  const key = String(value);
  const declared = column.options?.colours;
  const chosen = declared && Object.hasOwn(declared, key) ? declared[key] : "";
  return COLOURS.includes(chosen) ? chosen : BY_CHANCE[hash(key) % BY_CHANCE.length];
}

/** Numbers that follow one another differ; of texts, FNV-1a. @param {string} text */
export function hash(text) {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  let found = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) {
    found = Math.imul(found ^ text.charCodeAt(at), 0x01000193) >>> 0;
  }
  return (found ^ (found >>> 15)) >>> 0;
}
