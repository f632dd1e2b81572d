/**
 * The bar over the grid: what this is, who is here, and one honest light.
 */

import { element } from "../elements.js";
import { count, fill } from "../texts.js";
import { Faces } from "./faces.js";

/** @import {Face, Status} from "../protocol.js" */

/**
 * @typedef {object} BarHandlers
 * @property {() => void} onAdd
 * @property {() => void} onUndo
 * @property {() => void} onRedo
 * @property {(query: string) => void} onSearch
 * @property {() => void} onReload
 * @property {(face: Face) => void} onGo
 */

export class Bar {
  /**
   * @param {Record<string, string>} texts
   * @param {BarHandlers} handlers
   * @param {string} [language]  of numbers
   */
  constructor(texts, handlers, language = undefined) {
    this.texts = texts;
    this.language = language;
    this.handlers = handlers;
    this.title = element("h2", "ls-heading");
    this.count = element("span", "ls-count");
    this.message = element("span", "ls-message");
    this.faces = new Faces(texts, handlers.onGo);
    this.light = element("span", "ls-light");
    this.lightText = element("span", "ls-light-text");
    this.reload = this.#button("ls-button ls-reload", texts.reloadPage, handlers.onReload);
    this.search = this.#search();
    this.undo = this.#button("ls-button ls-icon ls-undo", "", handlers.onUndo, texts.undo);
    this.redo = this.#button("ls-button ls-icon ls-redo", "", handlers.onRedo, texts.redo);
    this.add = this.#button("ls-button ls-add", texts.addRow, handlers.onAdd);
    this.more = this.#button("ls-button ls-icon ls-open-menu", "", () => {}, texts.menu);
    this.describe("", { add: false, change: false });
    this.element = this.#assemble();
    /** @type {Status} */
    this.status = "connecting";
    this.unsettled = 0;
    this.isKept = true;
    this.reason = "";
    this.setStatus("connecting", "");
  }

  #assemble() {
    const bar = element("header", "ls-bar");
    const left = element("div", "ls-bar-start");
    const right = element("div", "ls-bar-end");
    const light = element("div", "ls-status");
    light.setAttribute("role", "status");
    light.append(this.light, this.lightText, this.reload);
    left.append(this.title, this.count, this.message);
    right.append(this.search, this.undo, this.redo, this.add, this.faces.element, light, this.more);
    bar.append(left, right);
    // Pressed by keyboard, a button is not to open the editor of the cell that is selected.
    bar.addEventListener("keydown", (event) => {
      const isPress = event.key === "Enter" || event.key === " ";
      if (isPress && event.target instanceof HTMLButtonElement) event.stopPropagation();
    });
    return bar;
  }

  /**
   * @param {string} className
   * @param {string} text
   * @param {() => void} onClick
   * @param {string} [label]
   */
  #button(className, text, onClick, label = "") {
    const button = element("button", className, text);
    button.type = "button";
    if (label) {
      button.title = label;
      button.setAttribute("aria-label", label);
    }
    button.addEventListener("click", () => onClick());
    return button;
  }

  #search() {
    const input = element("input", "ls-search");
    input.type = "search";
    input.placeholder = this.texts.search;
    input.setAttribute("aria-label", this.texts.search);
    input.autocomplete = "off";
    input.spellcheck = false;
    input.addEventListener("input", () => this.handlers.onSearch(input.value));
    return input;
  }

  /**
   * @param {string} title
   * @param {{add: boolean, change: boolean}} can
   */
  describe(title, can) {
    this.title.textContent = title;
    this.search.hidden = !title;
    this.add.hidden = !can.add;
    this.undo.hidden = !can.change;
    this.redo.hidden = !can.change;
    this.more.hidden = !title;
  }

  /**
   * @param {number} shown
   * @param {number} all
   */
  setCount(shown, all) {
    const n = (/** @type {number} */ number) => number.toLocaleString(this.language);
    const key = shown === all ? "rows" : "rowsFound";
    setText(this.count, all ? count(this.texts, key, all, { n: n(shown), all: n(all) }) : "");
  }

  /**
   * @param {Status} status
   * @param {string} reason
   */
  setStatus(status, reason) {
    this.status = status;
    this.reason = reason;
    this.#showLight();
  }

  /** @param {number} unsettled */
  setUnsettled(unsettled) {
    if (unsettled === this.unsettled) return;
    this.unsettled = unsettled;
    this.#showLight();
  }

  /** @param {boolean} isKept  what is unsent would outlive this page */
  setKept(isKept) {
    if (isKept === this.isKept) return;
    this.isKept = isKept;
    this.#showLight();
  }

  /** @param {string} message */
  say(message) {
    setText(this.message, message);
    this.message.title = message;
  }

  /**
   * @param {Face[]} faces
   * @param {number} others  how many more are here
   */
  setFaces(faces, others) {
    this.faces.show(faces, others);
  }

  #showLight() {
    const { status, unsettled, texts } = this;
    const isLive = status === "live";
    const doing = unsettled ? fill(isLive ? texts.saving : texts.unsent, { n: unsettled }) : "";
    const risk = unsettled && !this.isKept ? texts.notKept : "";
    const words = isLive ? [doing || texts.live] : [texts[status], doing, risk];
    setText(this.lightText, words.filter(Boolean).join(" · "));
    this.light.dataset.status = isLive && unsettled ? "saving" : status;
    this.reload.hidden = status !== "reload";
    this.say(isLive ? "" : this.reason);
  }
}

/**
 * @param {HTMLElement} target
 * @param {string} text
 */
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}
