/**
 * The editors, derived from Handsontable's own text editor, which is passed in: one for ordinary
 * values, one for long texts, one that also offers a calendar, and those of lists. All of them are
 * outside the table's cells, so that repainting does not affect them.
 */

import { Calendar } from "./calendar.js";
import { isTouchOnly } from "./keys.js";
import { makeListEditor, makeManyEditor } from "./manyeditor.js";
import { Offer } from "./offer.js";

/** @import {Column, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Found} from "../surfaces.js" */
/** @import {Offerer} from "./offer.js" */

/**
 * @typedef {{TextEditor: any, LongEditor: any, ListEditor: any, ManyEditor: any, DateEditor: any}}
 *   Editors  classes for Handsontable
 *
 * @typedef {object} EditorTools
 * @property {(prop: string) => Column} column
 * @property {Store} store
 * @property {(column: Column, text: string) => Promise<Found>} search
 * @property {(value: Value) => void} onPick
 * @property {(event: Event) => boolean} stop  refuses input for a cell that the user has not chosen
 * @property {(row: number, prop: string) => boolean} instead  whether something else is opened
 *   instead
 * @property {() => HTMLElement} grid
 * @property {HTMLElement} root  the parent of lists, so that the sheet's style applies to them
 * @property {Record<string, string>} texts
 */

/** Long texts need more room than a narrow column has. */
const LONG_WIDTH = "min(380px, 70vw)";

/** Telephones zoom in on fields with smaller letters. */
const TOUCH_FONT = "16px";

/**
 * Each function makes one class, because Handsontable, whose editor is the base of all, is known
 * only when a page passes it in.
 * @param {any} Handsontable
 * @param {EditorTools} tools
 * @returns {Editors}
 */
export function makeEditors(Handsontable, tools) {
  const TextEditor = makeTextEditor(makeValueEditor(Handsontable, tools), tools);
  /** @type {Offerer} */
  const offer = (column, how) => new Offer(tools, column, how);
  return {
    TextEditor,
    LongEditor: makeLongEditor(TextEditor, tools),
    ListEditor: makeListEditor(TextEditor, tools, offer),
    ManyEditor: makeManyEditor(TextEditor, tools, offer),
    DateEditor: makeDateEditor(TextEditor, tools),
  };
}

/**
 * The text of the cell, in place of the wire value that a record contains.
 * @param {any} Handsontable
 * @param {EditorTools} tools
 * @returns {any} a class
 */
function makeValueEditor(Handsontable, tools) {
  return class ValueEditor extends Handsontable.editors.TextEditor {
    /**
     * @param {number} row
     * @param {number} col
     * @param {string} prop
     * @param {HTMLElement} td
     * @param {Value} value
     * @param {object} meta
     */
    prepare(row, col, prop, td, value, meta) {
      this.column = tools.column(prop);
      super.prepare(row, col, prop, td, tools.store.editText(this.column, value), meta);
    }

    /** 6.2.2 would replace what is being typed by the record's value. */
    refreshValue() {}

    /**
     * Handsontable does not write a text over an array or an object.
     * @param {string[][]} values
     * @param {boolean} toAll  whether to write into all selected cells
     */
    saveValue(values, toAll) {
      const hot = this.hot ?? this.instance;
      const held = hot.getSourceDataAtCell(hot.toPhysicalRow(this.row), this.col);
      if (held === null || typeof held !== "object") super.saveValue(values, toAll);
      else hot.setDataAtCell(this.row, this.col, values[0][0], "edit");
    }
  };
}

/**
 * Which keys, compositions and taps begin to edit which cell.
 * @param {any} ValueEditor
 * @param {EditorTools} tools
 * @returns {any} a class
 */
function makeTextEditor(ValueEditor, tools) {
  return class TextEditor extends ValueEditor {
    /** @param {any[]} how */
    prepare(...how) {
      super.prepare(...how);
      this.takeKeys();
    }

    /**
     * A cell has been selected, so the next key or composition is for it. Later versions focus the
     * cell.
     */
    takeKeys() {
      if (this.isHere && !this.isOpened() && !isTouchOnly()) this.TEXTAREA.select();
    }

    /**
     * Whether keys are for the cell for which this editor was prepared, and it can be typed into.
     */
    get isHere() {
      const hot = this.hot ?? this.instance;
      const { row, col } = hot.getSelectedRangeLast()?.highlight ?? {};
      const isSelected = this.row === row && this.col === col;
      return isSelected && !this.cellProperties.readOnly && hot.isListening();
    }

    /**
     * Text may arrive without a key, from an emoji picker or by dictation. It is ignored if another
     * cell has been selected.
     */
    createElements() {
      super.createElements();
      this.TEXTAREA.addEventListener("beforeinput", (/** @type {InputEvent} */ event) => {
        if (this.isOpened() || tools.stop(event)) return;
        if (this.isHere) this.beginEditing("", event);
        else event.preventDefault();
      });
    }

    /** @param {any[]} how */
    refreshDimensions(...how) {
      super.refreshDimensions(...how);
      if (isTouchOnly()) this.TEXTAREA.style.setProperty("font-size", TOUCH_FONT, "important");
    }

    /**
     * On a telephone, opens the row's card instead.
     * @param {any[]} how
     */
    beginEditing(...how) {
      const isElsewhere = isTouchOnly() && tools.instead(this.row, String(this.prop));
      if (isElsewhere) return;
      super.beginEditing(...how);
      this.isBegun = true;
    }

    close() {
      this.isBegun = false;
      super.close();
    }

    /**
     * 6.2.2 calls this with a delay, when the user is typing already, or is in another cell: focusing
     * once more would put the cursor at the end, and Chromium then loses the next key; and the field
     * of a cell that was left would take the keys from the open editor.
     */
    focus() {
      const isTyping = this.isBegun && document.activeElement === this.TEXTAREA;
      if (!isTyping && (this.isOpened() || this.isHere)) super.focus();
    }
  };
}

/**
 * @param {any} TextEditor
 * @param {EditorTools} tools
 * @returns {any} a class
 */
function makeLongEditor(TextEditor, tools) {
  return class LongEditor extends TextEditor {
    createElements() {
      super.createElements();
      this.TEXTAREA.classList.add("ls-long");
    }

    open() {
      super.open();
      this.TEXTAREA.classList.toggle("ls-code", this.column?.type === "json");
      this.TEXTAREA.addEventListener("input", this.place);
      this.place();
    }

    close() {
      this.TEXTAREA.removeEventListener("input", this.place);
      this.TEXTAREA_PARENT.style.translate = "";
      super.close();
    }

    /** The editor grows with its text, but not beyond the grid, which would cut it off. */
    place = () => {
      const { style } = this.TEXTAREA_PARENT;
      const scrolled = this.TEXTAREA.scrollTop;
      this.TEXTAREA.style.height = "auto";
      this.TEXTAREA.style.minWidth = LONG_WIDTH;
      const room = tools.grid().getBoundingClientRect();
      const needed = Math.min(this.TEXTAREA.scrollHeight + 4, room.height - 48);
      this.TEXTAREA.style.height = `${needed}px`;
      this.TEXTAREA.scrollTop = scrolled;
      style.translate = "";
      const box = this.TEXTAREA.getBoundingClientRect();
      const x = Math.min(0, room.right - 14 - box.right);
      const y = Math.min(0, room.bottom - 14 - box.bottom);
      style.translate = `${Math.max(x, room.left - box.left)}px ${Math.max(y, room.top - box.top)}px`;
    };
  };
}

/**
 * @param {any} TextEditor
 * @param {EditorTools} tools
 * @returns {any} a class
 */
function makeDateEditor(TextEditor, tools) {
  return class DateEditor extends TextEditor {
    open() {
      super.open();
      this.calendar ??= new Calendar(this.TEXTAREA, tools.texts.pickDate, {
        picked: () => this.picked(),
        signs: () => tools.store.habits.dates,
      });
      this.calendar.show(this.TEXTAREA_PARENT);
    }

    close() {
      this.calendar?.hide();
      super.close();
    }

    /** After a date has been picked, editing is finished. A date-time still needs its time. */
    picked() {
      this.TEXTAREA.focus();
      if (this.column?.type !== "date") return;
      this.finishEditing(false);
      (this.hot ?? this.instance).listen();
    }
  };
}

/*
 * Editors are lent to a grid, and returned when it is destroyed. Handsontable keeps every editor
 * class that it has ever seen, so separate classes for each grid would remain in memory as long as
 * the page. Lent classes are only as many as the grids that exist at the same time.
 */

/**
 * @typedef {object} Lease
 * @property {Editors} editors
 * @property {() => void} end
 *
 * @typedef {(Handsontable: any, tools: EditorTools) => Editors} Maker
 *
 * @typedef {{editors: Editors, hand: {tools: EditorTools | null}}} Kept
 */

/** @type {WeakMap<any, Kept[]>} by Handsontable, because a page may contain two versions */
const free = new WeakMap();

/**
 * @param {any} Handsontable
 * @param {Maker} makeEditors
 * @param {EditorTools} tools
 * @returns {Lease}
 */
export function lend(Handsontable, makeEditors, tools) {
  const shelf = free.get(Handsontable) ?? [];
  free.set(Handsontable, shelf);
  const kept = shelf.pop() ?? make(Handsontable, makeEditors);
  kept.hand.tools = tools;
  return {
    editors: kept.editors,
    end() {
      kept.hand.tools = null;
      shelf.push(kept);
    },
  };
}

/**
 * Makes classes that ask for their tools at each use, because they are lent to one grid after
 * another.
 * @param {any} Handsontable
 * @param {Maker} makeEditors
 * @returns {Kept}
 */
function make(Handsontable, makeEditors) {
  /** @type {Kept["hand"]} */
  const hand = { tools: null };
  const tools = new Proxy(/** @type {EditorTools} */ ({}), {
    get: (_none, name) => hand.tools?.[/** @type {keyof EditorTools} */ (name)],
  });
  return { editors: makeEditors(Handsontable, tools), hand };
}
