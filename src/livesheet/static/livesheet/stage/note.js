/**
 * The note beside a refused cell: the server's message, what the user typed, and what can be done.
 * It is shown for the selected cell and moves with the selection. In a conflict, it shows both
 * values and who wrote the other one.
 */

import { element } from "../elements.js";
import { fill } from "../texts.js";

/** @import {Author, Mark, Pk} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */

/**
 * @typedef {object} NoteHandlers
 * @property {() => void} onAgain  enters the typed value once more
 * @property {() => void} onDismiss
 * @property {() => void} onLeave  returns to the cell, and leaves it unchanged
 */

export class Note {
  /**
   * @param {HTMLElement} root
   * @param {Record<string, string>} texts
   */
  constructor(root, texts) {
    this.root = root;
    this.texts = texts;
    this.onLeave = () => {};
    this.box = element("div", "ls-note");
    this.box.setAttribute("role", "dialog");
    this.box.popover = "manual";
    this.box.addEventListener("keydown", (event) => this.#key(event));
  }

  get isShown() {
    return this.box.isConnected;
  }

  /**
   * @param {HTMLElement} cell
   * @param {Mark} mark
   * @param {{typed: string, theirs: string}} values  as texts
   * @param {NoteHandlers} handlers
   */
  show(cell, mark, { typed, theirs }, { onAgain, onDismiss, onLeave }) {
    const isConflict = mark.kind === "conflict";
    const { texts } = this;
    this.onLeave = onLeave;
    const message = element("p", "ls-note-message");
    if (mark.by?.name) message.append(face(mark.by));
    message.append(element("span", "", mark.message));
    const facts = element("div", "ls-note-facts");
    if (isConflict) facts.append(fact(texts.theirs, theirs || texts.none, "ls-theirs"));
    facts.append(
      fact(mark.isUndo ? texts.undoWould : texts.youTyped, typed || texts.none, "ls-mine"),
    );
    const actions = element("div", "ls-note-actions");
    actions.append(
      button(this.#again(mark), "ls-button ls-primary", onAgain),
      button(isConflict ? texts.keepTheirs : texts.dismiss, "ls-button", onDismiss),
    );
    this.box.dataset.kind = mark.kind;
    this.box.setAttribute("aria-label", mark.message);
    const hint = element("p", "ls-note-hint", texts.noteKeys);
    this.box.replaceChildren(message, facts, actions, hint);
    this.root.append(this.box);
    this.box.showPopover?.();
    placeBeside(this.box, cell);
  }

  /** The label of the first button. @param {Mark} mark */
  #again({ kind, isUndo }) {
    if (kind !== "conflict") return this.texts.editAgain;
    return isUndo ? this.texts.undoAnyway : this.texts.useMine;
  }

  /** Moves the focus into the note. */
  enter() {
    this.box.querySelector("button")?.focus();
  }

  hide() {
    this.box.remove();
  }

  /** The grid must not receive keys that are pressed in here. @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation();
    const buttons = [...this.box.querySelectorAll("button")];
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    if (event.key === "Escape" || event.key === "F6") this.onLeave();
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft")
      buttons[(at + 1) % buttons.length]?.focus();
    else return;
    event.preventDefault();
  }
}

/**
 * Returns `Now: {text}`, with the value on a line of its own, so that it can have any length.
 * @param {string} label
 * @param {string} text
 * @param {string} className
 */
function fact(label, text, className) {
  const made = element("span", `ls-fact ${className}`);
  made.append(fill(label, { text }));
  return made;
}

/** @param {Author} author */
export function face({ name, colour }) {
  const made = element("span", "ls-face", initials(name));
  made.setAttribute("aria-hidden", "true");
  made.style.setProperty("--ls-who", safeColour(colour));
  return made;
}

/**
 * Places a box below a cell if there is room, and otherwise above it.
 * @param {HTMLElement} box
 * @param {HTMLElement} cell
 */
export function placeBeside(box, cell) {
  const { left, top, bottom } = cell.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = box;
  const fitsBelow = bottom + height + 8 < window.innerHeight;
  box.style.left = `${Math.max(8, Math.min(left, window.innerWidth - width - 8))}px`;
  box.style.top = `${fitsBelow ? bottom + 6 : Math.max(8, top - height - 6)}px`;
}

/**
 * @param {string} text
 * @param {string} className
 * @param {() => void} onClick
 */
export function button(text, className, onClick) {
  const made = element("button", className, text);
  made.type = "button";
  // Pressing it must not take the focus away from the grid.
  made.addEventListener("mousedown", (event) => {
    event.preventDefault();
    event.stopPropagation();
  });
  made.addEventListener("click", onClick);
  return made;
}

/*
 * Shows the note of a refused cell while that cell is selected and in sight, unless somebody types
 * into it.
 */

/** Scrolling has ended when nothing has moved for this long. */
const STILL_MS = 150;

/**
 * @typedef {object} RemarkHandlers
 * @property {(pk: Pk, column: string) => HTMLElement | null} cell  the cell, if a note can be shown
 *   beside it
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

  /** Shows the note of the selected cell, if it says more than the cell's colour. */
  show() {
    const { pk = "", column: name = "" } = this.selected ?? {};
    const mark = this.store.marks.get(pk, name);
    const column = this.store.column(name);
    const cell = mark && mark.kind !== "changed" ? this.handlers.cell(pk, name) : null;
    if (!mark || !column || !cell) {
      this.note.hide();
      return;
    }
    const typed = this.store.inWords(column, mark.typed);
    const theirs = this.store.inWords(column, this.store.base(pk, name));
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

  /** Shows the note beside its cell again after scrolling. */
  #scrolled() {
    this.note.hide();
    clearTimeout(this.scrolling);
    this.scrolling = setTimeout(() => this.show(), STILL_MS);
  }

  /**
   * In a conflict, sends the user's value again, now based on the other value. A refused value
   * would be refused again, so it is put back into the editor.
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

/*
 * The badge of a person: initials on a colour.
 */

/**
 * `Ann Lee` → `AL`, `bea@example.org` → `B`.
 * @param {string} name
 * @returns {string}
 */
export function initials(name) {
  const words = name.replace(/@.*$/, "").split(/[\s._-]+/u);
  const letters = words.filter(Boolean).map((word) => [...word][0]);
  const picked = letters.length > 1 ? [letters[0], letters[letters.length - 1]] : letters;
  return picked.join("").toLocaleUpperCase() || "?";
}

/**
 * The colour is written into a style property, so anything else than a colour is rejected.
 * @param {string} colour
 */
export const safeColour = (colour) => (/^#[0-9a-f]{3,8}$/i.test(colour ?? "") ? colour : "#6b7280");
