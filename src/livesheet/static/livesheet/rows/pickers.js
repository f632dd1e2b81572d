/**
 * The fields of a card for one or several values of a list: typed letters search in what the grid's
 * own editors offer.
 */

import { element } from "../elements.js";
import { sameValue } from "../protocol.js";
import { fill } from "../texts.js";
import { inLabelOrder } from "../values/cells.js";
import { isListed, isMany } from "../values/kinds.js";
import { controlOf } from "./controls.js";

/** @import {Offering, Option} from "../grid/offer.js" */
/** @import {OfferOfGrid} from "../grid/surface.js" */
/** @import {Column, Value} from "../protocol.js" */
/** @import {Control, ControlWorld} from "./controls.js" */

/**
 * The control for entering a value of the column.
 * @param {Column} column
 * @param {boolean} isFixed
 * @param {ControlWorld} world
 * @returns {Control}
 */
export function newControl(column, isFixed, world) {
  if (!isFixed && isListed(column)) return new PickControl(column, world);
  if (!isFixed && isMany(column)) return new ManyControl(column, world);
  return controlOf(column, isFixed, world);
}

/** A text field with a list under it. */
class Picker {
  /**
   * @param {Column} column
   * @param {ControlWorld} world
   */
  constructor(column, world) {
    this.column = column;
    this.world = world;
    /** @type {OfferOfGrid | null} while the list stands there */
    this.offer = null;
    this.element = element("div", "ls-card-control ls-card-pick");
    this.input = element("input", "ls-field");
    this.input.autocomplete = "off";
    this.input.spellcheck = false;
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-expanded", "false");
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("click", () => {
      // The text is selected, so that typing replaces it and searches.
      if (!this.offer) this.input.select();
      this.open();
    });
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.element.append(this.input);
  }

  get isOpen() {
    return this.offer !== null;
  }

  open() {
    if (this.offer) return;
    const offer = this.world.offer(this.column, this.offering());
    offer.show(this.input, this.input.value);
    const { listbox } = offer;
    listbox.id = `${this.input.id}-list`;
    this.input.setAttribute("aria-controls", listbox.id);
    this.offer = offer;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.offer?.close();
    this.offer = null;
    this.input.removeAttribute("aria-controls");
    this.input.setAttribute("aria-expanded", "false");
  }

  /** The field has moved, and its list must follow. */
  follow() {
    this.offer?.place(this.input);
  }

  /** @returns {Offering} */
  offering() {
    throw new Error("of one, or of several");
  }

  #typed() {
    this.open();
    this.offer?.filter(this.input.value);
    this.typed();
  }

  typed() {}

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    const isOpening = event.altKey && event.key === "ArrowDown";
    if (!this.offer && isOpening) this.open();
    else if (this.offer && event.key === "Escape") this.close();
    else if (!this.offer?.moves(event) && !this.does(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * @param {KeyboardEvent} _event
   * @returns {boolean} whether the key meant something here
   */
  does(_event) {
    return false;
  }
}

/** @implements {Control} */
class PickControl extends Picker {
  /** @type {Value} */
  shown = null;
  initial = "";
  /** @type {Option | null} what the list was asked for */
  picked = null;

  /** @returns {Offering} */
  offering() {
    const { column } = this;
    const none = { value: column.null ? null : "", text: "" };
    return {
      first: column.null || column.blank ? [none] : [],
      onPick: (option) => this.pick(option),
    };
  }

  typed() {
    this.picked = null;
  }

  close() {
    // As in a cell's editor, leaving the field picks the highlighted value.
    const isTyped = this.input.value.trim() !== "" && this.input.value !== this.initial;
    if (this.offer?.chosen && isTyped && !this.picked) this.#take(this.offer.chosen);
    super.close();
  }

  /** @param {Option} option */
  pick(option) {
    this.#take(option);
    this.close();
    this.world.onCommit();
  }

  /** @param {Option} option */
  #take(option) {
    this.picked = option;
    this.input.value = option.text;
    this.world.store.learn(this.column, [option]);
  }

  /** @param {KeyboardEvent} event */
  does({ key }) {
    const chosen = this.offer?.chosen;
    if (key !== "Enter") return false;
    if (chosen) this.pick(chosen);
    else if (this.offer) return false;
    else this.open();
    return true;
  }

  /** @param {Value} value */
  show(value) {
    this.shown = value;
    this.picked = null;
    this.input.value = this.world.store.text(this.column, value);
    this.initial = this.input.value;
  }

  get isChanged() {
    if (this.picked) return !sameValue(this.picked.value, this.shown);
    return this.input.value !== this.initial;
  }

  value() {
    return this.picked ? this.picked.value : this.world.store.parse(this.column, this.input.value);
  }

  /** @param {string} text */
  put(text) {
    this.picked = null;
    this.input.value = text;
  }
}

/** Picked values are shown as chips, and saved when the user leaves the field. @implements {Control} */
class ManyControl extends Picker {
  /** @type {Value[]} */
  shown = [];
  /** @type {Map<Value, Option>} */
  picked = new Map();
  chips = element("div", "ls-picked");

  /**
   * @param {Column} column
   * @param {ControlWorld} world
   */
  constructor(column, world) {
    super(column, world);
    this.input.placeholder = world.texts.pickSearch;
    this.element.classList.add("ls-card-many");
    this.element.prepend(this.chips);
  }

  /** @returns {Offering} */
  offering() {
    return {
      first: [],
      onPick: (option) => this.toggle(option),
      isTicked: ({ value }) => this.picked.has(value),
    };
  }

  close() {
    this.input.value = "";
    super.close();
  }

  /** @param {Option} option */
  toggle(option) {
    if (!this.picked.delete(option.value)) this.picked.set(option.value, option);
    this.world.store.learn(this.column, [option]);
    if (this.input.value) {
      this.input.value = "";
      this.offer?.filter("");
    }
    this.#draw();
  }

  /** @param {KeyboardEvent} event */
  does({ key }) {
    const chosen = this.offer?.chosen;
    if (key === "Enter" && chosen) this.toggle(chosen);
    else if (key === "Enter" && !this.offer) this.open();
    else if (key === "Backspace" && !this.input.value) this.#takeLast();
    else return false;
    return true;
  }

  #takeLast() {
    const last = [...this.picked.keys()].at(-1);
    if (last !== undefined) this.picked.delete(last);
    this.#draw();
  }

  #draw() {
    this.chips.replaceChildren(...[...this.picked.values()].map((option) => this.#chip(option)));
    this.chips.toggleAttribute("hidden", !this.picked.size);
    this.offer?.draw();
    this.follow();
  }

  /** @param {Option} option */
  #chip({ value, text }) {
    const made = element("span", "ls-chip", text);
    const away = element("button", "ls-unpick");
    away.type = "button";
    away.title = fill(this.world.texts.unpick, { text });
    away.setAttribute("aria-label", away.title);
    away.addEventListener("click", () => {
      this.picked.delete(value);
      this.#draw();
      this.input.focus();
    });
    made.append(away);
    return made;
  }

  /** @param {Value} value */
  show(value) {
    this.shown = Array.isArray(value) ? value : [];
    const options = this.world.store.named(this.column, this.shown);
    this.picked = new Map(options.map((option) => [option.value, option]));
    this.input.value = "";
    this.#draw();
  }

  get isChanged() {
    const keys = [...this.picked.keys()];
    return keys.length !== this.shown.length || !this.shown.every((key) => this.picked.has(key));
  }

  value() {
    return inLabelOrder([...this.picked.values()]);
  }
}
