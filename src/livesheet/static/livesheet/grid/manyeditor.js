/**
 * The editor of a cell with several values: the chosen ones are chips above a list, and typing
 * searches in it. Space and Enter tick and untick, Backspace removes the last value, and another
 * Enter closes the editor.
 */

import { element } from "../elements.js";
import { fill } from "../texts.js";
import { inLabelOrder, writeList } from "../values/cells.js";
import { swallow } from "./keys.js";

/** @import {Column, Value} from "../protocol.js" */
/** @import {EditorTools} from "./editors.js" */
/** @import {Offerer, Offering, Option} from "./offer.js" */

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
    picking = new Picking(this, tools, []);

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
      this.picking = new Picking(this, tools, options);
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
      this.makeOffer(this.picking.offering());
      this.picking.draw();
      this.showOffer("");
      this.TEXTAREA.placeholder = tools.texts.pickSearch;
    }

    close() {
      this.TEXTAREA.placeholder = "";
      super.close();
    }

    getValue() {
      return this.picking.text(/** @type {Column} */ (this.column));
    }

    typed() {
      super.typed();
      this.picking.aim();
    }

    /** @param {KeyboardEvent} event */
    takes(event) {
      if (!super.takes(event)) return this.picking.does(event);
      this.picking.aim();
      return true;
    }
  };
}

/** The values that are chosen, their chips above the list, and what keys and clicks do to them. */
class Picking {
  /**
   * @param {any} editor
   * @param {EditorTools} tools
   * @param {Option[]} options  the values of the cell
   */
  constructor(editor, tools, options) {
    this.editor = editor;
    this.tools = tools;
    /** @type {Map<Value, Option>} */
    this.byValue = new Map(options.map((option) => [option.value, option]));
    /** Whether the user has moved to the highlighted option, but not ticked it yet. */
    this.isAimed = false;
    this.head = element("div", "ls-picked");
    this.head.addEventListener("mousedown", (event) => this.#pressed(event));
  }

  /** @returns {Offering} */
  offering() {
    this.isAimed = false;
    return {
      first: [],
      onPick: (option) => this.#toggle(option),
      isTicked: ({ value }) => this.byValue.has(value),
      head: this.head,
    };
  }

  aim() {
    this.isAimed = true;
  }

  /** @param {Column} column @returns {string} the chosen values, as they are written */
  text(column) {
    const options = [...this.byValue.values()];
    this.tools.onPick(inLabelOrder(options));
    this.tools.store.learn(column, options);
    return writeList(options.map(({ text }) => text));
  }

  draw() {
    const { texts } = this.tools;
    const chips = [...this.byValue.values()].map((option) => chip(option, texts));
    if (!chips.length) chips.push(element("span", "ls-option-note", texts.nothingPicked));
    this.head.replaceChildren(...chips);
    this.editor.offer?.list.draw();
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key has been handled
   */
  does({ key, ctrlKey, metaKey, altKey }) {
    const query = this.editor.TEXTAREA.value;
    const chosen = this.editor.offer?.chosen;
    if (key === "Enter" && (ctrlKey || metaKey || altKey)) this.#done();
    else if (key === "Enter" && this.isAimed && chosen) this.#toggle(chosen);
    else if (key === " " && !query && chosen) this.#toggle(chosen);
    else if (key === "Backspace" && !query) this.#takeAt(-1);
    else return false;
    return true;
  }

  /** @param {Option} option */
  #toggle(option) {
    const { TEXTAREA, offer } = this.editor;
    if (!this.byValue.delete(option.value)) this.byValue.set(option.value, option);
    this.isAimed = false;
    const isSearch = Boolean(TEXTAREA.value);
    TEXTAREA.value = "";
    if (isSearch) offer?.filter("");
    this.draw();
  }

  /** @param {number} at  as in `Array.at()` */
  #takeAt(at) {
    const value = [...this.byValue.keys()].at(at);
    if (value !== undefined) this.byValue.delete(value);
    this.draw();
  }

  /** @param {Event} event  on one of the chips */
  #pressed(event) {
    const pressed = /** @type {Element} */ (event.target);
    if (!pressed.closest(".ls-unpick")) return;
    this.#takeAt([...this.head.children].findIndex((one) => one.contains(pressed)));
  }

  #done() {
    this.editor.finishEditing(false);
    (this.editor.hot ?? this.editor.instance).listen();
  }
}

/**
 * @param {Option} option
 * @param {Record<string, string>} texts
 */
function chip({ text }, texts) {
  const made = element("span", "ls-chip", text);
  const away = element("button", "ls-unpick");
  away.type = "button";
  away.tabIndex = -1;
  away.title = fill(texts.unpick, { text });
  away.setAttribute("aria-label", away.title);
  made.append(away);
  return made;
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
