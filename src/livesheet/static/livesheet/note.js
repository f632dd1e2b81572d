/**
 * The card beside a refused cell: what the server said, what the user had typed, and what can be
 * done about it. It stands beside the cell that is selected, and goes with the selection.
 */

import { element } from "./bar.js";
import { fill } from "./texts.js";

/** @import {Mark} from "./protocol.js" */

/**
 * @typedef {object} NoteHandlers
 * @property {() => void} onAgain  put in once more what was typed
 * @property {() => void} onDismiss
 */

export class Note {
  /**
   * @param {HTMLElement} root
   * @param {Record<string, string>} texts
   */
  constructor(root, texts) {
    this.root = root;
    this.texts = texts;
    this.box = element("div", "ls-note");
    this.box.setAttribute("role", "alert");
    this.box.popover = "manual";
  }

  /**
   * @param {HTMLElement} cell
   * @param {Mark} mark
   * @param {{typed: string, theirs: string}} values  as text
   * @param {NoteHandlers} handlers
   */
  show(cell, mark, { typed, theirs }, { onAgain, onDismiss }) {
    const isConflict = mark.kind === "conflict";
    const { texts } = this;
    const message = element("p", "ls-note-message", mark.message);
    const facts = element("p", "ls-note-facts");
    if (isConflict)
      facts.append(element("span", "", fill(texts.theirs, { text: theirs || texts.none })));
    facts.append(element("span", "", fill(texts.youTyped, { text: typed || texts.none })));
    const actions = element("div", "ls-note-actions");
    actions.append(
      button(isConflict ? texts.useMine : texts.editAgain, "ls-button ls-primary", onAgain),
      button(isConflict ? texts.keepTheirs : texts.dismiss, "ls-button", onDismiss),
    );
    this.box.dataset.kind = mark.kind;
    this.box.replaceChildren(message, facts, actions);
    this.root.append(this.box);
    this.box.showPopover?.();
    this.#place(cell.getBoundingClientRect());
  }

  hide() {
    this.box.remove();
  }

  /** @param {DOMRect} cell */
  #place(cell) {
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const fitsBelow = cell.bottom + height + 8 < window.innerHeight;
    const left = Math.min(cell.left, window.innerWidth - width - 8);
    this.box.style.left = `${Math.max(8, left)}px`;
    this.box.style.top = `${fitsBelow ? cell.bottom + 6 : Math.max(8, cell.top - height - 6)}px`;
  }
}

/**
 * @param {string} text
 * @param {string} className
 * @param {() => void} onClick
 */
function button(text, className, onClick) {
  const made = element("button", className, text);
  made.type = "button";
  // Pressed, it must not take the selection from the grid.
  made.addEventListener("mousedown", (event) => {
    event.preventDefault();
    event.stopPropagation();
  });
  made.addEventListener("click", onClick);
  return made;
}
