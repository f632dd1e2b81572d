/**
 * Paints the states of a cell, each of which has a sign as well as a colour, and the headers of
 * columns and rows; the value itself is painted by `contents.js`. It writes only text nodes,
 * classes and properties, so no value can become markup, and `style-src 'self'` is enough.
 */

import { drawingOf, icon } from "../elements.js";
import { fill } from "../texts.js";
import { isNumber } from "../values/kinds.js";

/** @import {Column} from "../protocol.js" */
/** @import {Look, RowLook, SortLook} from "../surfaces.js" */

/**
 * Paints the states of a cell over its content.
 * @param {HTMLTableCellElement} td
 * @param {Column} column
 * @param {Look} look
 * @param {boolean} isEven  whether the row is even, because stripes must not move when the table is
 *   scrolled
 */
export function paintCell(td, column, look, isEven) {
  setClasses(td, classesOf(column, look, isEven));
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
 * @param {Column} column
 * @param {Look} look
 * @param {boolean} isEven
 * @returns {string[]}
 */
function classesOf(column, look, isEven) {
  const classes = ["ls-cell", `ls-type-${column.type}`];
  if (isEven) classes.push("ls-even");
  if (isNumber(column)) classes.push("ls-number");
  if (look.row) classes.push(`ls-${look.row}`);
  if (look.missing) classes.push("ls-missing");
  if (look.isDefault) classes.push("ls-default");
  if (look.colour) classes.push("ls-coloured", `ls-colour-${look.colour}`);
  if (look.cut) classes.push("ls-cut");
  if (look.found) classes.push("ls-found");
  if (look.mark) classes.push(`ls-${look.mark.kind}`);
  if (look.pending) classes.push("ls-pending");
  if (look.unsent) classes.push("ls-unsent");
  if (look.people.length) classes.push("ls-who");
  if (look.people.some(({ editing }) => editing)) classes.push("ls-typing");
  return classes;
}

/**
 * Keeps the grid's own classes, such as that of the selection.
 * @param {HTMLElement} element
 * @param {string[]} ours
 */
function setClasses(element, ours) {
  const former = element.className;
  const theirs = former.split(" ").filter((name) => name && !name.startsWith("ls-"));
  const all = [...theirs, ...ours].join(" ");
  if (former !== all) element.className = all;
}

/** All but our own classes, and those that cells get again in any case. */
const OTHERS = /(^| )(?!ls-|htNoWrap|livesheet-readonly)\S+/g;

/** @type {PropertyDescriptor & ThisType<Element>} */
const STEADY = {
  get() {
    return this.getAttribute("class") ?? "";
  },
  set(names) {
    const former = this.className;
    const next = names || former.replace(OTHERS, "").trim();
    if (next !== former) this.setAttribute("class", next);
  },
};

/**
 * The grid empties the class of each element before it draws it for another row. Nearly all get the
 * same classes again, but the browser would compute the styles of hundreds of elements anew in each
 * frame of a scroll. So our classes stay until they are set.
 * @param {HTMLElement} element
 */
export function keepClasses(element) {
  if (!Object.hasOwn(element, "className")) Object.defineProperty(element, "className", STEADY);
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
 * Shows people's colours, and a tag with their names, which fades a moment after they have come.
 * @param {HTMLElement} td
 * @param {Look} look
 */
function paintPeople(td, { people, tag, now }) {
  if (!people.length) {
    if (!td.hasAttribute("data-ls-who")) return;
    td.removeAttribute("data-ls-who");
    td.style.removeProperty("--ls-who");
    return;
  }
  const first = people.find(({ editing }) => editing) ?? people[0];
  const came = Math.max(...people.map(({ at }) => at ?? 0));
  td.dataset.lsWho = tag;
  td.style.setProperty("--ls-who", first.colour);
  td.style.setProperty("--ls-came", `${Math.min(0, came - now)}ms`);
}

/** What column headers show already. @type {WeakMap<Element, string>} */
const heads = new WeakMap();

/**
 * @param {HTMLElement} th
 * @param {Column} column
 * @param {SortLook} sort
 * @param {number} width  in pixels
 * @param {Record<string, string>} texts
 */
export function paintColumnHeader(th, column, sort, width, texts) {
  const { direction, rank, stale, filtered } = sort;
  // The newest grid removes it whenever it draws.
  setAttribute(th, "aria-sort", direction);
  const { name, title, required, readonly, help } = column;
  const known = [name, title, required, readonly, help, width, ...Object.values(sort)].join();
  if (heads.get(th) === known) return;
  heads.set(th, known);
  const label = th.querySelector(".colHeader");
  if (!(label instanceof HTMLElement)) return;
  if (label.textContent !== column.title) label.textContent = column.title;
  setClasses(label, ["ls-title"]);
  const classes = {
    "ls-required": column.required && !column.readonly,
    "ls-locked": column.readonly,
    "ls-number": isNumber(column),
    "ls-boolean": column.type === "boolean",
    "ls-stale": stale,
    "ls-filtered": filtered,
    "ls-kinded": paintKind(th, column, direction ? width - (rank ? 2 * ARROW : ARROW) : width),
    "ls-helped": Boolean(column.help),
  };
  const ours = Object.entries(classes).flatMap(([name, isSet]) => (isSet ? name : []));
  setClasses(th, ["ls-head", ...ours]);
  const hint = fill(texts.sortHint, { column: title });
  setAttribute(th, "title", help ? `${help}\n${hint}` : hint);
  setAttribute(th, "data-ls-sort", direction);
  setAttribute(label, "data-ls-rank", rank ? String(rank) : "");
  paintHeadButton(th, "ls-help", help && fill(texts.about, { column: title }));
  paintHeadButton(th, "ls-column-button", fill(texts.columnMenu, { column: title }));
}

/**
 * Shows the icon of the column's type if there is room beside its title.
 * @param {HTMLElement} th
 * @param {Column} column
 * @param {number} width
 * @returns {boolean} whether it is shown
 */
function paintKind(th, column, width) {
  const needed = column.title.length * LETTER + SIGNS + extraSigns(column);
  const name = width >= needed ? drawingOf(column) : "";
  const known = th.querySelector(".ls-drawn");
  if (known?.classList.contains(`ls-drawn-${name}`)) return true;
  known?.remove();
  if (name) th.firstElementChild?.prepend(icon(name));
  return name !== "";
}

/**
 * The average width of a letter in a title; and the widths of the sorting sign, and of the icon and
 * the menu beside a title.
 */
const LETTER = 6.8;
const ARROW = 14;
const SIGNS = 52;

const STAR = 10;
const LOCK = 18;
const HELP_SIGN = 18;

/**
 * The width of signs that not every header has.
 * @param {Column} column
 */
export function extraSigns({ readonly, required, help }) {
  const mark = readonly ? LOCK : required ? STAR : 0;
  return help ? mark + HELP_SIGN : mark;
}

/**
 * Not reachable with Tab: Alt and the down arrow open the menu from any cell of the column, and it
 * contains the column's help text.
 * @param {HTMLElement} th
 * @param {"ls-column-button" | "ls-help"} name
 * @param {string} title  "" for no button
 */
function paintHeadButton(th, name, title) {
  let button = th.querySelector(`.${name}`);
  if (!title) button?.remove();
  if (!title) return;
  if (!button) {
    button = document.createElement("button");
    button.className = name;
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
 * @param {number} number  the row's number
 * @param {Record<string, string>} texts
 */
export function paintRowHeader(th, { state, title, isOpen, isTicked }, number, texts) {
  const own = { "ls-opened": isOpen, "ls-ticked": isTicked, [`ls-${state}`]: state !== "" };
  setClasses(th, ["ls-row", ...Object.entries(own).flatMap(([name, is]) => (is ? [name] : []))]);
  setAttribute(th, "title", title);
  const place = th.firstElementChild;
  if (!(place instanceof HTMLElement)) return;
  place.querySelector(".ls-add-in")?.remove();
  const written = place.querySelector(".rowHeader");
  const row = String(number); // as it is drawn for each row of each frame, it has no signs between
  if (written && written.textContent !== row) written.textContent = row;
  const tick = partOf(place, "span", "ls-tick", { role: "checkbox" });
  const asButton = { type: "button", tabindex: "-1", title: texts.openRow };
  const open = partOf(place, "button", "ls-open-row", asButton);
  setAttribute(tick, "aria-checked", String(isTicked));
  setAttribute(tick, "aria-label", fill(texts.tickRowNumber, { row }));
  setAttribute(open, "aria-label", fill(texts.openRowNumber, { row }));
}

/**
 * Paints the box above the row headers that ticks all shown rows.
 * @param {HTMLElement} th
 * @param {"true" | "false" | "mixed"} checked
 * @param {Record<string, string>} texts
 */
export function paintCorner(th, checked, texts) {
  const place = th.firstElementChild;
  if (!(place instanceof HTMLElement)) return;
  th.classList.add("ls-corner");
  const title = texts.tickAllRows;
  const tick = partOf(place, "span", "ls-tick", { role: "checkbox", title, "aria-label": title });
  tick.classList.add("ls-tick-all");
  setAttribute(tick, "aria-checked", checked);
}

/**
 * @param {HTMLElement} place
 * @param {string} tag
 * @param {string} className
 * @param {Record<string, string>} attributes
 * @returns {HTMLElement}
 */
function partOf(place, tag, className, attributes) {
  const found = place.querySelector(`.${className}`);
  if (found instanceof HTMLElement) return found;
  const made = document.createElement(tag);
  made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  place.append(made);
  return made;
}
