/**
 * When the note beside a refused cell is shown: while that cell is selected and can be seen, and
 * nobody is typing into it.
 */

import { Note } from "./note.js";

/** @import {Mark, Pk} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */

/** Scrolling is over when nothing has moved for this long. */
const STILL_MS = 150;

/**
 * @typedef {object} RemarkHandlers
 * @property {(pk: Pk, column: string) => HTMLElement | null} cell  if a note may stand beside it
 * @property {(pk: Pk, column: string, text: string) => void} onEdit
 * @property {(pk: Pk, column: string, mark: Mark) => void} onInsist
 * @property {(pk: Pk, column: string) => void} onDismiss
 * @property {(pk: Pk, column: string) => void} onLeave
 */

export class Remarks {
  /**
   * @param {HTMLElement} root
   * @param {Store} store
   * @param {Record<string, string>} texts
   * @param {RemarkHandlers} handlers
   */
  constructor(root, store, texts, handlers) {
    this.store = store;
    this.handlers = handlers;
    this.note = new Note(root, texts);
    /** @type {{pk: Pk, column: string} | null} */
    this.selected = null;
    /** @type {any} */
    this.scrolling = null;
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    root.addEventListener("scroll", () => this.#scrolled(), { signal, capture: true });
  }

  /**
   * @param {Pk | null} pk
   * @param {string | null} column
   */
  select(pk, column) {
    this.selected = pk !== null && column !== null ? { pk, column } : null;
    this.show();
  }

  /**
   * @param {Pk} draft
   * @param {Pk} pk
   */
  rename(draft, pk) {
    if (this.selected?.pk === draft) this.selected.pk = pk;
  }

  /** Shows what there is to say about the selected cell, if it is more than its colour tells. */
  show() {
    const { pk = "", column: name = "" } = this.selected ?? {};
    const mark = this.store.marks.get(pk, name);
    const column = this.store.column(name);
    const cell = mark && mark.kind !== "changed" ? this.handlers.cell(pk, name) : null;
    if (!mark || !column || !cell) {
      this.note.hide();
      return;
    }
    const typed = this.store.text(column, mark.typed);
    const theirs = this.store.text(column, this.store.base(pk, name));
    const onAgain = () => this.#again(pk, name, mark, typed);
    const onDismiss = () => this.#dismiss(pk, name);
    const onLeave = () => this.handlers.onLeave(pk, name);
    this.note.show(cell, mark, { typed, theirs }, { onAgain, onDismiss, onLeave });
  }

  close() {
    this.listeners.abort();
    clearTimeout(this.scrolling);
    this.note.hide();
  }

  /** The note stands beside its cell again when that stands still. */
  #scrolled() {
    this.note.hide();
    clearTimeout(this.scrolling);
    this.scrolling = setTimeout(() => this.show(), STILL_MS);
  }

  /**
   * In a conflict the user's value goes out once more, now knowing theirs. A refused one would only
   * be refused again: it is put back into the editor.
   * @param {Pk} pk
   * @param {string} column
   * @param {Mark} mark
   * @param {string} typed
   */
  #again(pk, column, mark, typed) {
    this.note.hide();
    if (mark.kind === "conflict") {
      this.handlers.onInsist(pk, column, mark);
      this.handlers.onLeave(pk, column);
    } else this.handlers.onEdit(pk, column, typed);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   */
  #dismiss(pk, column) {
    this.note.hide();
    this.handlers.onDismiss(pk, column);
    this.handlers.onLeave(pk, column);
  }
}
