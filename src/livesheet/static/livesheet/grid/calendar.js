/**
 * The browser's own calendar beside a text with a date. Typing remains the faster way, and the
 * calendar only changes the same text: the browser's own date field would show the date in the
 * order of the browser's language, which may be another one than the sheet's.
 */

import { isoDate, showDate } from "../values/moments.js";

/** @import {DateSigns} from "../values/moments.js" */

const DATE = /^\d{4}-\d{2}-\d{2}/;

export class Calendar {
  /**
   * @param {HTMLInputElement | HTMLTextAreaElement} text
   * @param {string} label
   * @param {{picked: () => void, signs: () => DateSigns}} field  signs: how dates are written in
   *   the text
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
    this.input.addEventListener("click", () => {
      this.read();
      this.input.showPicker?.();
    });
    this.input.addEventListener("change", () => {
      this.#write();
      picked();
    });
  }

  /** @param {HTMLElement} parent */
  show(parent) {
    this.read();
    parent.append(this.input);
  }

  hide() {
    this.input.remove();
  }

  /** Goes to the date that stands in the text. */
  read() {
    this.input.value = DATE.exec(this.#iso())?.[0] ?? "";
  }

  /** Replaces only the date, and keeps a time after it. */
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
