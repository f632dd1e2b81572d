/**
 * Important messages: cards at the foot of the sheet, which stay until the user deals with them,
 * and announcements for screen readers.
 */

import { element } from "../elements.js";
import { button } from "./note.js";

/**
 * @typedef {object} NoticeOptions
 * @property {string} [name]  one of a name: it takes the place of the one before
 * @property {{text: string, run: () => void, stays?: boolean}[]} [actions]  stays: so does the card
 * @property {HTMLElement | null} [more]  stands under the text
 * @property {number} [ms]  it goes by itself after that
 */

export class Notices {
  /**
   * @param {HTMLElement} root
   * @param {Record<string, string>} texts
   */
  constructor(root, texts) {
    this.texts = texts;
    this.box = element("div", "ls-notices");
    this.box.setAttribute("role", "region");
    this.box.setAttribute("aria-label", texts.notices);
    this.voice = element("div", "ls-hidden");
    this.voice.setAttribute("aria-live", "polite");
    /** Back to where the user was. */
    this.onLeave = () => {};
    /** @type {Set<any>} */
    this.timers = new Set();
    // Its keys are not the grid's.
    this.box.addEventListener("keydown", (event) => this.#key(event));
    root.append(this.box, this.voice);
  }

  /** @param {string} text  for a screen reader; said again even if it was the last one */
  announce(text) {
    const said = this.voice.textContent === text ? `${text}\u00a0` : text;
    this.voice.textContent = said;
  }

  /**
   * @param {string} text
   * @param {NoticeOptions} [options]
   */
  show(text, { name = "", actions = [], more = null, ms = 0 } = {}) {
    if (name) this.hide(name);
    const card = element("section", "ls-notice");
    card.dataset.name = name;
    card.append(element("p", "ls-note-message", text));
    if (more) card.append(more);
    const foot = element("div", "ls-note-actions");
    for (const { text: word, run, stays } of actions) {
      const press = () => {
        if (!stays) this.#drop(card);
        run();
      };
      foot.append(button(word, "ls-button", press));
    }
    foot.append(button(this.texts.close, "ls-button ls-quiet", () => this.#drop(card)));
    card.append(foot);
    this.box.append(card);
    this.announce(text);
    if (ms) this.timers.add(setTimeout(() => this.#leave(card), ms));
  }

  /** @param {string} name */
  hide(name) {
    for (const card of this.#cards()) if (card.dataset.name === name) card.remove();
  }

  /** Who may not see the sheet any more does not see what was said of it. */
  clear() {
    this.box.replaceChildren();
    this.voice.textContent = "";
  }

  /** By keyboard. @returns {boolean} whether there is one */
  enter() {
    const last = this.#cards().at(-1);
    const first = last?.querySelector("button");
    first?.focus();
    return Boolean(first);
  }

  get hasAny() {
    return this.#cards().length > 0;
  }

  close() {
    for (const timer of this.timers) clearTimeout(timer);
    this.box.remove();
    this.voice.remove();
  }

  /** @returns {HTMLElement[]} */
  #cards() {
    return [...this.box.querySelectorAll("section")];
  }

  /** Not from under the fingers of somebody who is in it. @param {HTMLElement} card */
  #leave(card) {
    if (!card.contains(document.activeElement)) card.remove();
  }

  /** @param {HTMLElement} card */
  #drop(card) {
    const wasInside = card.contains(document.activeElement);
    card.remove();
    if (wasInside && !this.enter()) this.onLeave();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation();
    if (event.key === "Escape") this.onLeave();
  }
}
