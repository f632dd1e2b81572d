/**
 * The icon in a cell that opens a link. Only http, https and e-mail addresses become links;
 * anything else is shown as a text. The cell itself can still be clicked, selected and overwritten.
 */

import { fill } from "../texts.js";

/** @import {Column, Value} from "../protocol.js" */

/** @typedef {{href: string, kind: "web" | "mail" | "file", name: string}} Link */

/**
 * @param {Column} column
 * @param {Value} value
 * @returns {Link | null}
 */
export function linkOf(column, value) {
  if (column.type === "url" && typeof value === "string") {
    const href = webAddress(value);
    return href ? { href, kind: "web", name: value } : null;
  }
  if (column.type === "email" && typeof value === "string") return mailTo(value);
  if (column.type !== "file" || !value?.url) return null;
  const href = webAddress(value.url, globalThis.document?.baseURI);
  return href ? { href, kind: "file", name: value.name } : null;
}

/**
 * @param {string} text
 * @param {string} [base]
 * @returns {string | null}
 */
export function webAddress(text, base) {
  try {
    const url = new URL(text.trim(), base);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : null;
  } catch {
    return null;
  }
}

/**
 * @param {string} address
 * @returns {Link | null}
 */
function mailTo(address) {
  if (!/^[^\s@]+@[^\s@]+$/.test(address)) return null;
  const href = `mailto:${encodeURIComponent(address).replaceAll("%40", "@")}`;
  return { href, kind: "mail", name: address };
}

/**
 * @param {Link} link
 * @param {Record<string, string>} texts
 * @returns {HTMLAnchorElement}
 */
export function linkElement({ href, kind, name }, texts) {
  const anchor = document.createElement("a");
  anchor.className = `ls-link ls-link-${kind}`;
  anchor.href = href;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  anchor.tabIndex = -1;
  anchor.title = fill(kind === "mail" ? texts.writeTo : texts.openLink, { text: name });
  anchor.setAttribute("aria-label", anchor.title);
  return anchor;
}

/**
 * A link to a page, shown as a button with a text.
 * @param {string} address  an address from the server
 * @param {string} text
 * @returns {HTMLAnchorElement | null} null if it is not the address of a page
 */
export function pageElement(address, text) {
  const found = webAddress(address, globalThis.document?.baseURI);
  if (found === null) return null;
  const anchor = document.createElement("a");
  anchor.className = "ls-button ls-page";
  anchor.href = found;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  anchor.textContent = text;
  return anchor;
}

/**
 * @param {Link} link  a link to an image
 * @param {string} className
 */
export function pictureElement({ href }, className) {
  const image = document.createElement("img");
  image.className = className;
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = "";
  image.src = href;
  return image;
}
