/**
 * A view as a link: the layout in the address's fragment, which no server ever sees. Whatever stands
 * there may come from anybody, so it is read as one reads a stranger's letter.
 */

import { element } from "../elements.js";
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

/**
 * Onto the clipboard; where the browser keeps that closed (a page without https), it is shown to be
 * copied by hand.
 * @param {HTMLElement} root
 * @param {string} link
 * @param {Record<string, string>} texts
 * @param {(message: string) => void} say
 */
export async function copyLink(root, link, texts, say) {
  try {
    await navigator.clipboard.writeText(link);
    say(texts.linkCopied);
  } catch {
    show(root, link, texts);
  }
}

/**
 * @param {HTMLElement} root
 * @param {string} link
 * @param {Record<string, string>} texts
 */
function show(root, link, texts) {
  const dialog = element("dialog", "ls-question");
  const form = element("form", "ls-columns-actions");
  form.method = "dialog";
  form.append(element("button", "ls-button ls-primary", texts.done));
  const field = element("input", "ls-field ls-link-field");
  field.readOnly = true;
  field.value = link;
  field.setAttribute("aria-label", texts.linkHere);
  dialog.append(element("p", "ls-note-message", texts.linkHere), field, form);
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
  field.select();
}
