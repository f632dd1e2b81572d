/**
 * The controls of a card's fields, one for each kind of column. Each shows a wire value, knows
 * whether the user has changed it, and returns the new wire value.
 */

import { element } from "../elements.js";
import { Calendar } from "../grid/calendar.js";
import { linkElement, linkOf, pictureElement } from "../grid/contents.js";
import { hasDate, isBoolean, isLong, isNumber } from "../values/kinds.js";

/** @import {Column, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Offering} from "../grid/offer.js" */
/** @import {OfferOfGrid} from "../grid/surface.js" */

/**
 * @typedef {object} ControlWorld
 * @property {Store} store
 * @property {Record<string, string>} texts
 * @property {(column: Column, how: Offering) => OfferOfGrid} offer
 * @property {() => void} onCommit  what stands in the control is to be saved
 *
 * @typedef {object} Control
 * @property {HTMLElement} element
 * @property {HTMLElement} input  that has the focus, the label and the description
 * @property {boolean} isChanged  by hand, since it was shown
 * @property {boolean} [isOpen]  a list stands under it
 * @property {boolean} [takesArrows]  up and down mean something in it
 * @property {(value: Value) => void} show
 * @property {() => Value} value  on the wire
 * @property {(text: string) => void} [put]  as if it had been typed
 * @property {() => void} [follow]  its list goes with it
 * @property {() => void} [close]
 *
 * @typedef {(column: Column, isFixed: boolean, world: ControlWorld) => Control} NewControl
 */

/**
 * @param {Column} column
 * @param {boolean} isFixed  it may only be looked at
 * @param {ControlWorld} world
 * @returns {Control}
 */
export function controlOf(column, isFixed, world) {
  if (isFixed) return new FixedControl(column, world);
  if (isBoolean(column)) return new CheckControl(column, world);
  if (isLong(column)) return new LongControl(column, world);
  return hasDate(column) ? new DateControl(column, world) : new TextControl(column, world);
}

/** @type {Record<string, string>} */
const KEYBOARDS = { email: "email", url: "url", integer: "numeric", decimal: "decimal" };

/** @implements {Control} */
class TextControl {
  /**
   * @param {Column} column
   * @param {ControlWorld} world
   */
  constructor(column, { store, texts }) {
    this.column = column;
    this.store = store;
    this.texts = texts;
    this.initial = "";
    this.input = this.makeInput();
    this.input.autocomplete = "off";
    this.input.spellcheck = column.type === "text" || column.type === "longtext";
    this.input.inputMode = KEYBOARDS[column.type] ?? "";
    this.element = element("div", "ls-card-control");
    this.element.append(this.input);
  }

  /** @returns {HTMLInputElement | HTMLTextAreaElement} */
  makeInput() {
    return element("input", isNumber(this.column) ? "ls-field ls-number" : "ls-field");
  }

  /** @param {Value} value */
  show(value) {
    this.input.value = this.textOf(value);
    this.initial = this.input.value;
    this.element.querySelector(".ls-link")?.remove();
    const link = linkOf(this.column, value);
    if (link) this.element.append(reachable(linkElement(link, this.texts)));
  }

  /** @param {Value} value */
  textOf(value) {
    return this.store.editText(this.column, value);
  }

  get isChanged() {
    return this.input.value !== this.initial;
  }

  value() {
    return this.store.parse(this.column, this.input.value);
  }

  /** @param {string} text */
  put(text) {
    this.input.value = text;
  }
}

/** A field that grows with its text. Enter begins a new line. */
class LongControl extends TextControl {
  takesArrows = true;

  makeInput() {
    const isCode = this.column.type === "json";
    const made = element("textarea", isCode ? "ls-field ls-long ls-code" : "ls-field ls-long");
    made.rows = 3;
    return made;
  }
}

/**
 * A date is written as in a cell, and a calendar helps. It is not the browser's own field, which
 * writes in the order of the browser's language, and cannot show all that a text can.
 */
class DateControl extends TextControl {
  /**
   * @param {Column} column
   * @param {ControlWorld} world
   */
  constructor(column, world) {
    super(column, world);
    const { store, texts, onCommit } = world;
    this.calendar = new Calendar(this.input, texts.pickDate, {
      picked: () => {
        this.input.focus();
        if (column.type === "date") onCommit(); // a date-time still needs its time
      },
      signs: () => store.habits.dates,
    });
    this.element.classList.add("ls-dated");
    this.calendar.show(this.element);
  }
}

/** A tick box that is saved as soon as it is clicked, as in a cell. @implements {Control} */
class CheckControl {
  /**
   * @param {Column} column
   * @param {ControlWorld} world
   */
  constructor(column, { onCommit }) {
    this.column = column;
    /** @type {Value} */
    this.shown = null;
    /** @type {Value} */
    this.picked = null;
    this.element = element("div", "ls-card-control");
    this.input = element("button", "ls-check");
    this.input.type = "button";
    this.input.setAttribute("role", "checkbox");
    this.input.addEventListener("click", () => {
      this.#draw(opposite(this.picked, column));
      onCommit();
    });
    this.element.append(this.input);
  }

  /** @param {Value} value */
  show(value) {
    this.shown = value;
    this.#draw(value);
  }

  /** @param {Value} value */
  #draw(value) {
    this.picked = value;
    const isKnown = value === true || value === false;
    this.input.setAttribute("aria-checked", isKnown ? String(value) : "mixed");
  }

  get isChanged() {
    return this.picked !== this.shown;
  }

  value() {
    return this.picked;
  }
}

/**
 * @param {Value} value
 * @param {Column} column
 */
function opposite(value, column) {
  if (value === true) return false;
  return value === false && column.null ? null : true;
}

/** A value that can be read, selected and copied, but not changed. @implements {Control} */
class FixedControl {
  isChanged = false;

  /**
   * @param {Column} column
   * @param {ControlWorld} world
   */
  constructor(column, { store, texts }) {
    this.column = column;
    this.store = store;
    this.texts = texts;
    this.element = element("div", "ls-card-control");
    this.input = element("div", "ls-card-fixed");
    this.input.tabIndex = 0;
    this.input.setAttribute("role", "textbox");
    this.input.setAttribute("aria-readonly", "true");
    this.element.append(this.input);
  }

  /** @param {Value} value */
  show(value) {
    const { column, store, texts } = this;
    const text = store.inWords(column, value);
    this.input.textContent = text || texts.none;
    this.input.classList.toggle("ls-none", !text);
    if (column.type === "json" && text) this.input.textContent = store.editText(column, value);
    this.input.classList.toggle("ls-code", column.type === "json");
    for (const old of this.element.querySelectorAll(".ls-link, img")) old.remove();
    const link = linkOf(column, value);
    if (link) this.element.append(reachable(linkElement(link, texts)));
    if (link && column.image) this.element.append(pictureElement(link, "ls-card-picture"));
  }

  value() {
    return null;
  }
}

/** In a cell, Tab does not stop at a link. @param {HTMLAnchorElement} link */
function reachable(link) {
  link.tabIndex = 0;
  return link;
}
