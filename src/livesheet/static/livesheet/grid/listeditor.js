/**
 * The editor of a cell that holds one of a list: typed letters narrow the list down, and what is
 * highlighted is taken.
 */

import { swallow } from "./consuming.js";

/** @import {EditorTools} from "./editors.js" */
/** @import {Offerer} from "./offer.js" */
/** @import {Option} from "./options.js" */
/** @import {Column} from "../protocol.js" */

/**
 * @param {any} TextEditor
 * @param {EditorTools} tools
 * @param {Offerer} offer
 * @returns {any} a class
 */
export function makeListEditor(TextEditor, tools, offer) {
  return class ListEditor extends TextEditor {
    open() {
      super.open();
      const column = /** @type {Column} */ (this.column);
      const none = { value: column.null ? null : "", text: "" };
      this.offer = offer(column, {
        first: column.null || column.blank ? [none] : [],
        onPick: (option) => this.pick(option),
      });
      this.offer.show(this.TD, this.originalValue);
      this.TEXTAREA.addEventListener("input", this.onInput);
      this.TEXTAREA.addEventListener("keydown", this.onKey);
    }

    /**
     * What is typed replaces the text, since it is there to search with. Handsontable gives the
     * focus once more, sometimes when the first letters have been typed already: those stay.
     */
    focus() {
      super.focus();
      if (this.offer && this.TEXTAREA.value === this.originalValue) this.TEXTAREA.select();
    }

    close() {
      this.TEXTAREA.removeEventListener("input", this.onInput);
      this.TEXTAREA.removeEventListener("keydown", this.onKey);
      this.offer?.close();
      this.offer = null;
      super.close();
    }

    onInput = () => this.offer?.filter(this.TEXTAREA.value);

    /** @param {KeyboardEvent} event */
    onKey = (event) => {
      if (!event.isComposing && this.offer?.moves(event)) swallow(event);
    };

    /** @param {Option} option */
    pick(option) {
      this.TEXTAREA.value = option.text;
      this.offer?.list.choose(option);
      this.finishEditing(false);
      (this.hot ?? this.instance).listen();
    }

    /** A text that names no option goes out as it was typed. */
    getValue() {
      const option = this.offer?.chosen;
      if (!option) return super.getValue();
      tools.onPick(option.value);
      tools.store.learn(this.column, [option]);
      return option.text;
    }
  };
}
