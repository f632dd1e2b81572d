/**
 * How a cell looks: its text, and the states that stand over it, each told apart by a sign as well
 * as by a colour. Writes text nodes, classes and properties only, so no value can become markup and
 * `style-src 'self'` holds.
 */

import { fill } from "../texts.js";
import { isBoolean, isListed, isMany, isNumber } from "../values/kinds.js";
import { linkElement, linkOf, pictureElement } from "./links.js";

/** @import {Link} from "./links.js" */
/** @import {Column, Value} from "../protocol.js" */
/** @import {Look, RowLook, SortLook} from "../surfaces.js" */

/**
 * @param {HTMLTableCellElement} td
 * @param {Column} column
 * @param {Value} value
 * @param {Look} look
 * @param {boolean} isEven  of its row: the stripes must not move when the table is scrolled
 * @param {Record<string, string>} texts
 */
export function paintCell(td, column, value, look, isEven, texts) {
  const link = linkOf(column, value);
  if (isBoolean(column) && !isBroken(column, value)) paintCheck(td, value, column.title);
  else if (isListed(column)) paintListed(td, look.text);
  else if (isMany(column)) paintChips(td, look.parts ?? []);
  else if (link) paintLinked(td, look.text, link, Boolean(column.image), texts);
  else paintText(td, look.text);
  setClasses(td, isEven ? ["ls-even", ...classesOf(column, look)] : classesOf(column, look));
  setAttribute(td, "title", look.title);
  setAttribute(td, "aria-description", look.title.replaceAll("\n", ". "));
  setAttribute(td, "aria-readonly", look.readonly ? "true" : "");
  paintPeople(td, look);
  if (look.mark?.kind === "changed") {
    td.style.setProperty("--ls-age", `${Math.min(0, look.mark.at - look.now)}ms`);
    if (look.mark.by) td.style.setProperty("--ls-by", look.mark.by.colour);
    else td.style.removeProperty("--ls-by");
  }
}

/**
 * A computed value that could not be read is a text that says so.
 * @param {Column} column
 * @param {Value} value
 */
const isBroken = (column, value) => column.readonly && typeof value === "string";

/**
 * @param {Column} column
 * @param {Look} look
 * @returns {string[]}
 */
function classesOf(column, look) {
  const classes = ["ls-cell", `ls-type-${column.type}`];
  if (isNumber(column)) classes.push("ls-number");
  if (look.row) classes.push(`ls-${look.row}`);
  if (look.missing) classes.push("ls-missing");
  if (look.isDefault) classes.push("ls-default");
  if (look.found) classes.push("ls-found");
  if (look.mark) classes.push(`ls-${look.mark.kind}`);
  if (look.pending) classes.push("ls-pending");
  if (look.unsent) classes.push("ls-unsent");
  if (look.people.length) classes.push("ls-who");
  if (look.people.some(({ editing }) => editing)) classes.push("ls-typing");
  return classes;
}

/**
 * The grid's own classes, its selection among them, stay.
 * @param {HTMLElement} element
 * @param {string[]} ours
 */
function setClasses(element, ours) {
  const theirs = element.className.split(" ").filter((name) => name && !name.startsWith("ls-"));
  const all = [...theirs, ...ours].join(" ");
  if (element.className !== all) element.className = all;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 * @param {string} value
 */
function setAttribute(element, name, value) {
  if (!value) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
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
 */
function paintListed(td, text) {
  const label = td.childNodes.length === 1 ? td.firstElementChild : null;
  if (label?.className === "ls-label") {
    if (label.textContent !== text) label.textContent = text;
    return;
  }
  const fresh = document.createElement("span");
  fresh.className = "ls-label";
  fresh.textContent = text;
  td.replaceChildren(fresh);
}

/**
 * @param {HTMLElement} td
 * @param {string[]} labels
 */
function paintChips(td, labels) {
  const chips = labels.map((label) => {
    const chip = document.createElement("span");
    chip.className = "ls-chip";
    chip.textContent = label;
    return chip;
  });
  td.replaceChildren(...chips);
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

/**
 * Their colour, and a tag with their name, which fades a moment after they came.
 * @param {HTMLElement} td
 * @param {Look} look
 */
function paintPeople(td, { people, tag, now }) {
  if (!people.length) {
    if (td.dataset.lsWho === undefined) return;
    delete td.dataset.lsWho;
    td.style.removeProperty("--ls-who");
    return;
  }
  const first = people.find(({ editing }) => editing) ?? people[0];
  const came = Math.max(...people.map(({ at }) => at ?? 0));
  td.dataset.lsWho = tag;
  td.style.setProperty("--ls-who", first.colour);
  td.style.setProperty("--ls-came", `${Math.min(0, came - now)}ms`);
}

/**
 * @param {HTMLElement} th
 * @param {Column} column
 * @param {SortLook} sort
 */
export function paintColumnHeader(th, column, sort) {
  const { direction, rank, stale, filtered, hint } = sort;
  const label = th.querySelector(".colHeader");
  if (!(label instanceof HTMLElement)) return;
  if (label.textContent !== column.title) label.textContent = column.title;
  setClasses(label, ["ls-title"]);
  const needed = column.required && !column.readonly ? ["ls-required"] : [];
  const locked = column.readonly ? ["ls-locked"] : [];
  const number = isNumber(column) ? ["ls-number"] : [];
  setClasses(th, [
    "ls-head",
    ...needed,
    ...locked,
    ...number,
    ...(stale ? ["ls-stale"] : []),
    ...(filtered ? ["ls-filtered"] : []),
  ]);
  setAttribute(th, "title", [column.help, hint].filter(Boolean).join("\n"));
  setAttribute(th, "data-ls-sort", direction);
  setAttribute(label, "data-ls-rank", rank ? String(rank) : "");
  setAttribute(th, "aria-sort", direction);
  paintColumnButton(th, sort.menu);
}

/**
 * Out of the way of Tab: Alt and the arrow down reach it from any cell of the column.
 * @param {HTMLElement} th
 * @param {string} title
 */
function paintColumnButton(th, title) {
  let button = th.querySelector(".ls-column-button");
  if (!button) {
    button = document.createElement("button");
    button.className = "ls-column-button";
    button.setAttribute("type", "button");
    button.setAttribute("tabindex", "-1");
    th.firstElementChild?.append(button);
  }
  setAttribute(/** @type {HTMLElement} */ (button), "aria-label", title);
  setAttribute(/** @type {HTMLElement} */ (button), "title", title);
}

/**
 * @param {HTMLElement} th
 * @param {RowLook} look
 * @param {number} number  of the row
 * @param {Record<string, string>} texts
 */
export function paintRowHeader(th, { state, title, isOpen, isTicked }, number, texts) {
  const own = { "ls-opened": isOpen, "ls-ticked": isTicked, [`ls-${state}`]: state !== "" };
  setClasses(th, ["ls-row", ...Object.entries(own).flatMap(([name, is]) => (is ? [name] : []))]);
  setAttribute(th, "title", title);
  const place = th.firstElementChild;
  if (!(place instanceof HTMLElement)) return;
  const tick = partOf(place, "span", "ls-tick");
  tick.setAttribute("role", "checkbox");
  tick.setAttribute("aria-checked", String(isTicked));
  setAttribute(tick, "aria-label", fill(texts.tickRowNumber, { row: number }));
  const open = partOf(place, "button", "ls-open-row");
  setAttribute(open, "type", "button");
  setAttribute(open, "tabindex", "-1");
  setAttribute(open, "aria-label", fill(texts.openRowNumber, { row: number }));
  setAttribute(open, "title", texts.openRow);
}

/**
 * @param {HTMLElement} place
 * @param {string} tag
 * @param {string} className
 * @returns {HTMLElement}
 */
function partOf(place, tag, className) {
  const found = place.querySelector(`.${className}`);
  if (found instanceof HTMLElement) return found;
  const made = document.createElement(tag);
  made.className = className;
  place.append(made);
  return made;
}
