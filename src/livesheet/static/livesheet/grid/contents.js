/**
 * Paints the value of a cell: a text, chips, a tick box, a link. It writes only text nodes, classes
 * and properties, so no value can become markup, and `style-src 'self'` is enough. Only http, https
 * and e-mail addresses become links, and the cell of a link can still be clicked, selected and
 * overwritten.
 */

import { element } from "../elements.js";
import { fill } from "../texts.js";
import { colourOf } from "../values/colours.js";
import { isBoolean, isListed, isMany } from "../values/kinds.js";

/** @import {Column, Value} from "../protocol.js" */
/** @import {Look} from "../surfaces.js" */

/**
 * @param {HTMLTableCellElement} td
 * @param {Column} column
 * @param {Value} value
 * @param {Look} look
 * @param {Record<string, string>} texts
 */
export function paintContents(td, column, value, look, texts) {
  const link = linkOf(column, value);
  const isTall = look.tall === true;
  if (isBoolean(column) && !isBroken(column, value)) paintCheck(td, value, column.title);
  else if (isListed(column)) paintListed(td, look.text, colourOf(column, plain(value)));
  else if (isMany(column)) paintMany(room(td, isTall), column, value, look);
  else if (link) paintLinked(td, look.text, link, Boolean(column.image), texts);
  else paintText(room(td, isTall), look.text);
}

/**
 * A computed value that could not be read is a text with the reason.
 * @param {Column} column
 * @param {Value} value
 */
const isBroken = (column, value) => column.readonly && typeof value === "string";

/**
 * A typed value whose key is not known yet is an object, and is replaced by null.
 * @param {Value} value
 */
const plain = (value) => (typeof value === "object" ? null : value);

/**
 * @param {HTMLElement} td
 * @param {Column} column
 * @param {Value} value
 * @param {Look} look
 */
function paintMany(td, column, value, { parts = [] }) {
  const keys = Array.isArray(value) ? value : [];
  paintChips(
    td,
    parts,
    keys.map((key) => colourOf(column, key)),
  );
}

/**
 * @param {Element} td
 * @param {string} text
 */
function paintText(td, text) {
  const only = td.childNodes.length === 1 ? td.firstChild : null;
  if (only?.nodeType === 3) {
    if (only.nodeValue !== text) only.nodeValue = text;
  } else td.textContent = text;
}

/**
 * @param {HTMLElement} td
 * @param {string} text
 * @param {string} colour
 */
function paintListed(td, text, colour) {
  const wanted = text && colour ? `ls-label ${chipClass(colour)}` : "ls-label";
  let label = td.childNodes.length === 1 ? td.firstElementChild : null;
  if (!label?.classList.contains("ls-label")) {
    label = document.createElement("span");
    td.replaceChildren(label);
  }
  if (label.className !== wanted) label.className = wanted;
  paintText(label, text);
}

/**
 * @param {HTMLElement} td
 * @param {string[]} labels
 * @param {string[]} colours
 */
function paintChips(td, labels, colours) {
  const chips = labels.map((label, at) => {
    return element("span", chipClass(colours[at] ?? ""), label);
  });
  td.replaceChildren(...chips);
}

/** @param {string} colour */
const chipClass = (colour) => (colour ? `ls-chip ls-colour-${colour}` : "ls-chip");

/**
 * A tall row has room for three lines.
 * @param {HTMLElement} td
 * @param {boolean} isTall
 * @returns {HTMLElement} the element into which the value is painted
 */
function room(td, isTall) {
  if (!isTall) return td;
  const only = td.childNodes.length === 1 ? td.firstElementChild : null;
  if (only instanceof HTMLElement && only.className === "ls-lines") return only;
  const lines = element("div", "ls-lines");
  td.replaceChildren(lines);
  return lines;
}

/**
 * @param {HTMLElement} td
 * @param {string} text
 * @param {Link} link
 * @param {boolean} isImage
 * @param {Record<string, string>} texts
 */
function paintLinked(td, text, link, isImage, texts) {
  const former = td.querySelector("a.ls-link");
  const isSame = former instanceof HTMLAnchorElement && former.href === link.href;
  if (isSame && td.textContent === text) return;
  const words = document.createElement("span");
  words.className = "ls-linked";
  words.textContent = text;
  td.replaceChildren(
    ...(isImage ? [pictureElement(link, "ls-thumb")] : []),
    words,
    linkElement(link, texts),
  );
}

/**
 * @param {HTMLElement} td
 * @param {Value} value
 * @param {string} name
 */
function paintCheck(td, value, name) {
  let check = td.childNodes.length === 1 ? td.firstElementChild : null;
  if (!check?.classList.contains("ls-check")) {
    check = document.createElement("span");
    check.className = "ls-check";
    check.setAttribute("role", "checkbox");
    check.setAttribute("aria-label", name);
    td.replaceChildren(check);
  }
  const known = value === true || value === false;
  check.setAttribute("aria-checked", known ? String(value) : "mixed");
}

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
