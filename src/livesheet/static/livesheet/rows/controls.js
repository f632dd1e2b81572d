/**
 * The controls of a card's fields, one for each kind of column. Each shows a wire value, knows
 * whether the user has changed it, and returns the new wire value.
 */

import { element } from "../elements.js";
import { linkElement, linkOf, pictureElement } from "../grid/links.js";
import { hasDate, isBoolean, isLong, isNumber } from "../values/kinds.js";
import { formatMoment, parseMoment } from "../values/moments.js";

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
  const isNative = hasDate(column) || column.type === "time";
  return isNative ? new MomentControl(column, world) : new TextControl(column, world);
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
    return this.input.value !== this.initial || this.input.validity.badInput;
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

const NATIVE = {
  date: /^\d{4}-\d\d-\d\d$/,
  time: /^\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/,
  "datetime-local": /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/,
};

/**
 * The browser's own field, with its calendar or its wheels. What that cannot show (the second time
 * that a clock shows an hour, millionths of a second) is a text.
 */
class MomentControl extends TextControl {
  takesArrows = true;

  /** @param {Value} value */
  show(value) {
    const { type } = this.column;
    const kind = type === "datetime" ? "datetime-local" : /** @type {"date" | "time"} */ (type);
    const text = value === null || value === undefined ? "" : this.#plain(value);
    const input = /** @type {HTMLInputElement} */ (this.input);
    input.type = !text || NATIVE[kind].test(text) ? kind : "text";
    // Seconds can be entered if the value has seconds.
    input.step = /:\d\d:\d\d/.test(text) ? (text.includes(".") ? "any" : "1") : "";
    super.show(value);
  }

  /** @param {Value} value */
  #plain(value) {
    if (typeof value !== "string") return this.store.editText(this.column, value);
    if (this.column.type !== "datetime") return value;
    return formatMoment(value, this.store.context.zone).replace(" ", "T");
  }

  /** @param {Value} value */
  textOf(value) {
    if (value === null || value === undefined) return "";
    const isText = /** @type {HTMLInputElement} */ (this.input).type === "text";
    return isText ? this.store.editText(this.column, value) : this.#plain(value);
  }

  value() {
    const { type, value } = /** @type {HTMLInputElement} */ (this.input);
    const isMoment = type === "datetime-local" && value !== "";
    if (isMoment) return parseMoment(value, this.store.context.zone);
    return this.store.parse(this.column, value);
  }

  /** @param {string} text */
  put(text) {
    /** @type {HTMLInputElement} */ (this.input).type = "text";
    super.put(text);
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
    const isTick = isBoolean(column) && typeof value === "boolean";
    const text = isTick ? texts[value ? "yes" : "no"] : store.text(column, value);
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
