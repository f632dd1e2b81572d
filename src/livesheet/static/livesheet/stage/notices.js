/**
 * Important messages: cards at the foot of the sheet, which stay until the user deals with them,
 * and announcements for screen readers.
 */

import { element } from "../elements.js";
import { button } from "./note.js";

/**
 * @typedef {object} NoticeOptions
 * @property {string} [name]  a card with the same name is replaced
 * @property {{text: string, run: () => void, stays?: boolean}[]} [actions]  stays: the card remains
 *   open afterwards
 * @property {HTMLElement | null} [more]  an element below the text
 * @property {number} [ms]  closes the card after that time
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
    /** Returns to the place where the user was. */
    this.onLeave = () => {};
    /** @type {Set<any>} */
    this.timers = new Set();
    // The grid must not receive keys that are pressed in here.
    this.box.addEventListener("keydown", (event) => this.#key(event));
    root.append(this.box, this.voice);
  }

  /** @param {string} text  read by screen readers, even if it is the same as before */
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

  /** @param {string} name @returns {boolean} */
  shows(name) {
    return this.#cards().some((card) => card.dataset.name === name);
  }

  /** Removes all cards. A user who may no longer see the sheet must not see its messages either. */
  clear() {
    this.box.replaceChildren();
    this.voice.textContent = "";
  }

  /** Moves the focus into the latest card. @returns {boolean} whether there is a card */
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

  /** Removes the card, unless the focus is in it. @param {HTMLElement} card */
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
