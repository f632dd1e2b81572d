/**
 * The editors, derived from Handsontable's own text editor, which is handed in: one for everything
 * that is typed, one that also offers a list, one that also offers a calendar. All live outside the
 * table's cells, so no repaint touches them.
 */

import { Calendar } from "./calendar.js";
import { OptionList } from "./options.js";

/** @import {Column, Value} from "./protocol.js" */

/**
 * @typedef {{TextEditor: any, ListEditor: any, DateEditor: any}} Editors  classes, as Handsontable
 *   takes them
 *
 * @typedef {object} EditorTools
 * @property {(prop: string) => Column} column
 * @property {(column: Column, value: Value) => string} format
 * @property {(column: Column) => {value: Value, text: string}[]} options
 * @property {(value: Value) => void} onPick
 * @property {HTMLElement} root  where a list is put, so that the sheet's style reaches it
 * @property {Record<string, string>} texts
 */

/**
 * @param {any} Handsontable
 * @param {EditorTools} tools
 * @returns {Editors}
 */
export function makeEditors(Handsontable, tools) {
  class TextEditor extends Handsontable.editors.TextEditor {
    /**
     * The record holds wire values; whoever types starts with the text that stood in the cell.
     * @param {number} row
     * @param {number} col
     * @param {string} prop
     * @param {HTMLElement} td
     * @param {Value} value
     * @param {object} meta
     */
    prepare(row, col, prop, td, value, meta) {
      this.column = tools.column(prop);
      super.prepare(row, col, prop, td, tools.format(this.column, value), meta);
    }

    /** 6.2.2 would put the record's value over what is being typed. */
    refreshValue() {}
  }

  class ListEditor extends TextEditor {
    open() {
      super.open();
      const column = /** @type {Column} */ (this.column);
      const none = { value: column.null ? null : "", text: "" };
      const listed = tools.options(column);
      this.list = new OptionList(
        tools.root,
        column.null || column.blank ? [none, ...listed] : listed,
        { texts: tools.texts, onPick: (option) => this.pick(option) },
      );
      this.list.show(this.TD, this.originalValue);
      this.TEXTAREA.addEventListener("input", this.onInput);
      this.TEXTAREA.addEventListener("keydown", this.onKey);
    }

    /**
     * What is typed replaces the text, since it is there to search with. Handsontable gives the
     * focus once more, sometimes when the first letters have been typed already: those stay.
     */
    focus() {
      super.focus();
      if (this.list && this.TEXTAREA.value === this.originalValue) this.TEXTAREA.select();
    }

    close() {
      this.TEXTAREA.removeEventListener("input", this.onInput);
      this.TEXTAREA.removeEventListener("keydown", this.onKey);
      this.list?.close();
      this.list = null;
      super.close();
    }

    onInput = () => this.list?.filter(this.TEXTAREA.value);

    /** @param {KeyboardEvent & {isImmediatePropagationEnabled?: boolean}} event */
    onKey = (event) => {
      if (event.isComposing || !this.list) return;
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
      if (!step) return;
      this.list.move(step);
      event.preventDefault();
      event.stopPropagation();
      event.isImmediatePropagationEnabled = false;
    };

    /** @param {{value: Value, text: string}} option */
    pick(option) {
      this.TEXTAREA.value = option.text;
      this.list?.choose(option);
      this.finishEditing(false);
      (this.hot ?? this.instance).listen();
    }

    /** A text that names no option goes out as it was typed. */
    getValue() {
      const option = this.list?.chosen;
      if (!option) return super.getValue();
      tools.onPick(option.value);
      return option.text;
    }
  }

  class DateEditor extends TextEditor {
    open() {
      super.open();
      this.calendar ??= new Calendar(this.TEXTAREA, tools.texts.pickDate, () => this.picked());
      this.calendar.show(this.TEXTAREA_PARENT);
    }

    close() {
      this.calendar?.hide();
      super.close();
    }

    /** A date is all there is to say; a date-time has its time still to come. */
    picked() {
      this.TEXTAREA.focus();
      if (this.column?.type !== "date") return;
      this.finishEditing(false);
      (this.hot ?? this.instance).listen();
    }
  }

  return { TextEditor, ListEditor, DateEditor };
}
