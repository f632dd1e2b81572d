/**
 * A link to a view. It is in the fragment of the address, which browsers do not send to any server,
 * and contains either the whole view or the key of a shared one. Anybody can make such a link, so
 * its content is not trusted.
 */

import { sameValue } from "../protocol.js";

/** @import {View} from "../store/view.js" */

const NAME = "livesheet=";

const KEY = "view";

/**
 * @param {string} sheet  the name of the sheet
 * @param {string} id  the key of a named view
 * @param {string} address  the address of the page
 * @returns {string}
 */
export const linkToNamed = (sheet, id, address) => linked(sheet, `${KEY}:${id}`, address);

/**
 * @param {string} sheet
 * @param {View} view
 * @param {View} plain  its parts are left out of the link
 * @param {string} address
 * @returns {string}
 */
export function linkTo(sheet, view, plain, address) {
  const given = /** @type {Record<string, any>} */ (view);
  const other = Object.entries(plain).filter(([name, value]) => !sameValue(value, given[name]));
  const held = Object.fromEntries(other.map(([name]) => [name, given[name]]));
  const bytes = new TextEncoder().encode(JSON.stringify(held));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const safe = text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return linked(sheet, safe, address);
}

/**
 * @param {string} sheet
 * @param {string} held
 * @param {string} address
 */
function linked(sheet, held, address) {
  const url = new URL(address);
  url.hash = `${NAME}${encodeURIComponent(sheet)}:${held}`;
  return url.href;
}

/**
 * @param {string} hash  the fragment of the page's address
 * @param {string} sheet
 * @returns {{id: string} | {held: object} | "foreign" | "bad" | null} `held` must still be
 *   validated; null if the address contains no view
 */
export function readLink(hash, sheet) {
  const text = hash.replace(/^#/, "");
  if (!text.startsWith(NAME)) return null;
  const [name, held = "", id = ""] = text.slice(NAME.length).split(":");
  try {
    if (decodeURIComponent(name) !== sheet) return "foreign";
    if (held === KEY) return /^\d{1,18}$/.test(id) ? { id } : "bad";
    const bytes = atob(held.replaceAll("-", "+").replaceAll("_", "/"));
    const json = new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(bytes, (char) => char.charCodeAt(0)),
    );
    const given = JSON.parse(json);
    const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
    return isObject ? { held: given } : "bad";
  } catch {
    return "bad";
  }
}
