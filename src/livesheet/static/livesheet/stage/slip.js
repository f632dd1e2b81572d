/**
 * A slip at the foot of the sheet: what is going on with many cells, what came of it, what a new row
 * still needs. Its buttons leave the selection where it is.
 */

import { element } from "../elements.js";

/** @import {Stage} from "./stage.js" */

const MARGIN = 6;

export class Slip {
  /**
   * @param {Stage} stage
   * @param {string} kind
   */
  constructor(stage, kind) {
    this.root = stage.root;
    this.box = element("div", `ls-slip ls-slip-${kind}`);
    this.box.setAttribute("role", "status");
    keepSelection(this.box);
    // Later versions take a press outside of the grid for the end of its turn.
    this.box.addEventListener("click", ({ detail }) => {
      const { grid } = stage;
      const isByPointer = detail > 0;
      if (isByPointer && grid?.hasSelection && !grid.isEditing) grid.keys.take();
    });
  }

  get isShown() {
    return this.box.isConnected;
  }

  /** @param {(Node | string)[]} parts */
  show(...parts) {
    this.box.replaceChildren(...parts);
    if (!this.isShown) this.root.append(this.box);
  }

  /**
   * Not over the cell that it is about: then it stands at the other edge.
   * @param {() => HTMLElement | null} cell  as soon as it is painted
   */
  avoid(cell) {
    delete this.box.dataset.edge;
    requestAnimationFrame(() => {
      const found = this.isShown ? cell()?.getBoundingClientRect() : null;
      const { top } = this.box.getBoundingClientRect();
      if (found && found.bottom > top - MARGIN) this.box.dataset.edge = "top";
    });
  }

  hide() {
    this.box.remove();
  }
}

/**
 * Pressed, it does not take the selection from the grid; its keys are not the grid's.
 * @param {HTMLElement} box
 */
export function keepSelection(box) {
  box.classList.add("ls-keeps-selection");
  box.addEventListener("mousedown", (event) => event.stopPropagation());
}

/**
 * @param {string} text
 * @param {() => void} onClick
 * @param {{className?: string, label?: string}} [more]  label: where the text is only a sign
 */
export function slipButton(text, onClick, { className = "ls-button", label = "" } = {}) {
  const made = element("button", className, text);
  made.type = "button";
  if (label) made.title = label;
  if (label) made.setAttribute("aria-label", label);
  // The focus stays where it is.
  made.addEventListener("mousedown", (event) => event.preventDefault());
  made.addEventListener("click", onClick);
  return made;
}
