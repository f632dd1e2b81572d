/**
 * The editor of a cell with several values: the chosen ones are chips above a list, and typing
 * searches in it. Space and Enter tick and untick, Backspace removes the last value, and another
 * Enter closes the editor.
 */

import { fill } from "../texts.js";
import { inLabelOrder } from "../values/cells.js";
import { writeList } from "../values/compound.js";
import { swallow } from "./keys.js";

/** @import {Column, Value} from "../protocol.js" */
/** @import {EditorTools} from "./editors.js" */
/** @import {Offerer, Offering} from "./offer.js" */
/** @import {Option} from "./options.js" */

/**
 * What both editors have in common: a list below the cell, which is searched by typing.
 * @param {any} TextEditor
 * @param {Offerer} offer
 * @returns {any} a class
 */
function makeOfferingEditor(TextEditor, offer) {
  return class OfferingEditor extends TextEditor {
    /** @param {Offering} how */
    makeOffer(how) {
      this.offer = offer(/** @type {Column} */ (this.column), how);
    }

    /** @param {string} text */
    showOffer(text) {
      this.offer?.show(this.TD, text);
      this.TEXTAREA.addEventListener("input", this.onInput);
      this.TEXTAREA.addEventListener("keydown", this.onKey);
    }

    close() {
      this.TEXTAREA.removeEventListener("input", this.onInput);
      this.TEXTAREA.removeEventListener("keydown", this.onKey);
      this.offer?.close();
      this.offer = null;
      super.close();
    }

    onInput = () => this.typed();

    /** @param {KeyboardEvent} event */
    onKey = (event) => {
      if (!event.isComposing && this.offer && this.takes(event)) swallow(event);
    };

    typed() {
      this.offer?.filter(this.TEXTAREA.value);
    }

    /**
     * @param {KeyboardEvent} event
     * @returns {boolean} whether the key has been handled
     */
    takes(event) {
      return Boolean(this.offer?.moves(event));
    }
  };
}

/**
 * @param {any} TextEditor
 * @param {EditorTools} tools
 * @param {Offerer} offer
 * @returns {any} a class
 */
export function makeManyEditor(TextEditor, tools, offer) {
  return class ManyEditor extends makeOfferingEditor(TextEditor, offer) {
    picked = this.pickedOf([]);
    /** Whether the user has moved to the highlighted option, but not ticked it yet. */
    isAimed = false;

    /**
     * @param {number} row
     * @param {number} col
     * @param {string} prop
     * @param {HTMLElement} td
     * @param {Value} value
     * @param {object} meta
     */
    prepare(row, col, prop, td, value, meta) {
      super.prepare(row, col, prop, td, value, meta);
      const options = tools.store.named(/** @type {Column} */ (this.column), value);
      this.picked = this.pickedOf(options);
    }

    /** @param {Option[]} options */
    pickedOf(options) {
      return new Picked(options, tools.texts, () => this.drawPicked());
    }

    /**
     * Does not search for the text of the cell.
     * @param {string} [text]
     * @param {Event} [event]
     */
    beginEditing(text, event) {
      super.beginEditing(text ?? "", event);
    }

    open() {
      super.open();
      this.isAimed = false;
      this.makeOffer({
        first: [],
        onPick: (/** @type {Option} */ option) => this.toggle(option),
        isTicked: (/** @type {Option} */ { value }) => this.picked.has(value),
        head: this.picked.head,
      });
      this.drawPicked();
      this.showOffer("");
      this.TEXTAREA.placeholder = tools.texts.pickSearch;
    }

    close() {
      this.TEXTAREA.placeholder = "";
      super.close();
    }

    getValue() {
      const { options } = this.picked;
      tools.onPick(inLabelOrder(options));
      tools.store.learn(this.column, options);
      return writeList(options.map(({ text }) => text));
    }

    typed() {
      super.typed();
      this.isAimed = true;
    }

    /** @param {KeyboardEvent} event */
    takes(event) {
      if (!super.takes(event)) return this.does(event);
      this.isAimed = true;
      return true;
    }

    /**
     * @param {KeyboardEvent} event
     * @returns {boolean} whether the key has been handled
     */
    does({ key, ctrlKey, metaKey, altKey }) {
      const query = this.TEXTAREA.value;
      const chosen = this.offer?.chosen;
      if (key === "Enter" && (ctrlKey || metaKey || altKey)) this.done();
      else if (key === "Enter" && this.isAimed && chosen) this.toggle(chosen);
      else if (key === " " && !query && chosen) this.toggle(chosen);
      else if (key === "Backspace" && !query) this.takeLast();
      else return false;
      return true;
    }

    /** @param {Option} option */
    toggle(option) {
      this.picked.toggle(option);
      this.isAimed = false;
      const isSearch = Boolean(this.TEXTAREA.value);
      this.TEXTAREA.value = "";
      if (isSearch) this.offer?.filter("");
      this.drawPicked();
    }

    takeLast() {
      this.picked.takeLast();
      this.drawPicked();
    }

    drawPicked() {
      this.picked.draw();
      this.offer?.list.draw();
    }

    done() {
      this.finishEditing(false);
      (this.hot ?? this.instance).listen();
    }
  };
}

/** The values that are chosen, and their chips above the list. */
class Picked {
  /**
   * @param {Option[]} options
   * @param {Record<string, string>} texts
   * @param {() => void} onUnpick
   */
  constructor(options, texts, onUnpick) {
    this.texts = texts;
    /** @type {Map<Value, Option>} */
    this.byValue = new Map(options.map((option) => [option.value, option]));
    this.head = document.createElement("div");
    this.head.className = "ls-picked";
    this.head.addEventListener("mousedown", (event) => {
      if (this.#unpick(event)) onUnpick();
    });
  }

  get options() {
    return [...this.byValue.values()];
  }

  /** @param {Value} value */
  has(value) {
    return this.byValue.has(value);
  }

  /** @param {Option} option */
  toggle(option) {
    if (!this.byValue.delete(option.value)) this.byValue.set(option.value, option);
  }

  takeLast() {
    const last = [...this.byValue.keys()].at(-1);
    if (last !== undefined) this.byValue.delete(last);
  }

  draw() {
    const chips = this.options.map((option) => chip(option, this.texts));
    if (!chips.length) chips.push(hint(this.texts.nothingPicked));
    this.head.replaceChildren(...chips);
  }

  /**
   * @param {Event} event  on one of the chips
   * @returns {boolean} whether its value has been removed
   */
  #unpick(event) {
    const pressed = /** @type {Element} */ (event.target);
    const at = [...this.head.children].findIndex((one) => one.contains(pressed));
    if (!pressed.closest(".ls-unpick")) return false;
    this.byValue.delete([...this.byValue.keys()][at]);
    return true;
  }
}

/**
 * @param {Option} option
 * @param {Record<string, string>} texts
 */
function chip({ text }, texts) {
  const element = document.createElement("span");
  element.className = "ls-chip";
  element.textContent = text;
  const away = document.createElement("button");
  away.type = "button";
  away.className = "ls-unpick";
  away.tabIndex = -1;
  away.title = fill(texts.unpick, { text });
  away.setAttribute("aria-label", away.title);
  element.append(away);
  return element;
}

/** @param {string} text */
function hint(text) {
  const element = document.createElement("span");
  element.className = "ls-option-note";
  element.textContent = text;
  return element;
}

/*
 * The editor of a cell with one value of a list: typing narrows the list down, and the highlighted
 * option is taken.
 */

/**
 * @param {any} TextEditor
 * @param {EditorTools} tools
 * @param {Offerer} offer
 * @returns {any} a class
 */
export function makeListEditor(TextEditor, tools, offer) {
  return class ListEditor extends makeOfferingEditor(TextEditor, offer) {
    open() {
      super.open();
      const column = /** @type {Column} */ (this.column);
      const none = { value: column.null ? null : "", text: "" };
      this.makeOffer({
        first: column.null || column.blank ? [none] : [],
        onPick: (/** @type {Option} */ option) => this.pick(option),
      });
      this.showOffer(this.originalValue);
    }

    /**
     * Typing replaces the text, which serves to search. Handsontable sets the focus again,
     * sometimes after the first letters have been typed, and these must be kept.
     */
    focus() {
      super.focus();
      if (this.offer && this.TEXTAREA.value === this.originalValue) this.TEXTAREA.select();
    }

    /** @param {Option} option */
    pick(option) {
      this.TEXTAREA.value = option.text;
      this.offer?.list.choose(option);
      this.finishEditing(false);
      (this.hot ?? this.instance).listen();
    }

    /** A text that is not the name of an option is sent unchanged. */
    getValue() {
      const option = this.offer?.chosen;
      if (!option) return super.getValue();
      tools.onPick(option.value);
      tools.store.learn(this.column, [option]);
      return option.text;
    }
  };
}
