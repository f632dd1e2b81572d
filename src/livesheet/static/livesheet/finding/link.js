/**
 * A view as a link: the layout in the address's fragment, which no server ever sees. Whatever stands
 * there may come from anybody, so it is read as one reads a stranger's letter.
 */

import { sameValue } from "../protocol.js";
import { plainLayout, readLayout } from "../store/layout.js";

/** @import {Layout} from "../store/layout.js" */

const NAME = "livesheet=";

/**
 * @param {string} sheet  its name
 * @param {Layout} layout
 * @param {string} address  of the page
 * @returns {string}
 */
export function linkTo(sheet, layout, address) {
  const plain = Object.entries(plainLayout());
  const given = /** @type {Record<string, any>} */ (layout);
  const other = plain.filter(([name, value]) => !sameValue(value, given[name]));
  const held = Object.fromEntries(other.map(([name]) => [name, given[name]]));
  const bytes = new TextEncoder().encode(JSON.stringify(held));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const safe = text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const url = new URL(address);
  url.hash = `${NAME}${encodeURIComponent(sheet)}:${safe}`;
  return url.href;
}

/**
 * @param {string} hash  of the page's address
 * @param {string} sheet
 * @returns {Layout | "foreign" | "bad" | null} null where it speaks of no sheet at all
 */
export function readLink(hash, sheet) {
  const text = hash.replace(/^#/, "");
  if (!text.startsWith(NAME)) return null;
  const [name, held = ""] = text.slice(NAME.length).split(":");
  try {
    if (decodeURIComponent(name) !== sheet) return "foreign";
    const bytes = atob(held.replaceAll("-", "+").replaceAll("_", "/"));
    const json = new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(bytes, (char) => char.charCodeAt(0)),
    );
    const given = JSON.parse(json);
    const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
    return isObject ? readLayout(given) : "bad";
  } catch {
    return "bad";
  }
}
