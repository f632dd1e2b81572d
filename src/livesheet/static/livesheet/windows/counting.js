/** Tells the user if counting the rows of a large sheet takes long, and offers to stop it. */

/** @import {Windows} from "./windows.js" */

/**
 * @typedef {object} Notices
 * @property {(text: string, options: object) => void} show
 * @property {(name: string) => void} hide
 */

/** Shorter counts are not mentioned. */
const PATIENCE_MS = 3_000;
const NAME = "counting";

export class Counting {
  /**
   * @param {Notices} notices
   * @param {Record<string, string>} texts
   * @param {Windows} windows
   */
  constructor(notices, texts, windows) {
    this.notices = notices;
    this.texts = texts;
    this.windows = windows;
    /** @type {any} */
    this.timer = null;
    windows.listeners.push(() => this.#look());
  }

  close() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  #look() {
    if (this.windows.isBuilding) {
      this.timer ??= setTimeout(() => this.#say(), PATIENCE_MS);
      return;
    }
    this.close();
    this.notices.hide(NAME);
  }

  #say() {
    const { texts, windows } = this;
    const stop = { text: texts.stopCounting, run: () => windows.cancel() };
    this.notices.show(texts.countingRows, { name: NAME, actions: [stop] });
  }
}
