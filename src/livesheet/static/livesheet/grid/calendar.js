/**
 * The browser's own calendar beside a text that holds a date. Typing stays the quicker way; the
 * calendar only writes into the same text.
 */

import { isoDate, showDate } from "../values/dates.js";

/** @import {DateSigns} from "../values/dates.js" */

const DATE = /^\d{4}-\d{2}-\d{2}/;

export class Calendar {
  /**
   * @param {HTMLTextAreaElement} text
   * @param {string} label
   * @param {{picked: () => void, signs: () => DateSigns}} editor  signs: how its text has a date
   */
  constructor(text, label, { picked, signs }) {
    this.text = text;
    this.signs = signs;
    this.input = document.createElement("input");
    this.input.type = "date";
    this.input.className = "ls-calendar";
    this.input.tabIndex = -1;
    this.input.title = label;
    this.input.setAttribute("aria-label", label);
    this.input.addEventListener("click", () => this.input.showPicker?.());
    this.input.addEventListener("change", () => {
      this.#write();
      picked();
    });
  }

  /** @param {HTMLElement} parent */
  show(parent) {
    this.input.value = DATE.exec(this.#iso())?.[0] ?? "";
    parent.append(this.input);
  }

  hide() {
    this.input.remove();
  }

  /** Only the date: a time that stood behind it stays. */
  #write() {
    const { value } = this.input;
    if (!value) return;
    const text = this.#iso();
    const fresh = DATE.test(text) ? text.replace(DATE, value) : value;
    this.text.value = showDate(fresh, this.signs());
  }

  #iso() {
    return isoDate(this.text.value, this.signs());
  }
}
