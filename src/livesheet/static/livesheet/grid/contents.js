/**
 * Paints the value of a cell: a text, chips, a tick box, a link. It writes only text nodes, classes
 * and properties, so no value can become markup, and `style-src 'self'` is enough.
 */

import { element } from "../elements.js";
import { colourOf } from "../values/colours.js";
import { isBoolean, isListed, isMany } from "../values/kinds.js";
import { linkElement, linkOf, pictureElement } from "./links.js";

/** @import {Link} from "./links.js" */
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
 * @param {HTMLElement} td
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
  if (label.textContent !== text) label.textContent = text;
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
