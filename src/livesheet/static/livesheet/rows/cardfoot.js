/**
 * The foot of a card: the other addresses of the row, as far as the server tells them to this user,
 * and what can be done with the row.
 */

import { pageElement } from "../grid/links.js";
import { realClock } from "../protocol.js";
import { button } from "../stage/note.js";

/** @import {SheetSurface} from "../features.js" */
/** @import {Pk} from "../protocol.js" */
/** @import {Target} from "../surfaces.js" */

/** The addresses are fetched only after the row has been shown for this long. */
const PASSING_MS = 150;

/** Commands that are shown here as well. */
const COMMANDS = ["copyRowLink", "history-row", "duplicate", "delete"];

export class CardFoot {
  /**
   * @param {SheetSurface} sheet
   * @param {() => void} onNews
   */
  constructor(sheet, onNews) {
    this.sheet = sheet;
    this.onNews = onNews;
    /** @type {{pk: Pk, page: string | null, admin: string | null}} */
    this.known = { pk: "", page: null, admin: null };
    /** @type {Pk} */
    this.wanted = "";
    /** @type {any} */
    this.timer = null;
  }

  /** Fetches the other addresses of the row. @param {Pk} pk */
  ask(pk) {
    this.rest();
    this.wanted = pk;
    if (this.known.pk === pk || !this.sheet.store.rows.has(pk)) return;
    this.timer = realClock.setTimeout(() => this.#ask(pk), PASSING_MS);
  }

  rest() {
    realClock.clearTimeout(this.timer);
  }

  /** @param {Pk} pk */
  async #ask(pk) {
    const found = await this.sheet.ask("addresses", { pk }).catch(() => null);
    if (!found || pk !== this.wanted) return;
    this.known = { pk, ...found };
    this.onNews();
  }

  /**
   * @param {() => Target} target  the row, when one of them is pressed
   * @returns {HTMLElement[]}
   */
  parts(target) {
    const now = target();
    const commands = COMMANDS.flatMap(
      (name) => this.sheet.commands.all.find((command) => command.name === name) ?? [],
    );
    const buttons = commands
      .filter(({ isOffered, isEnabled }) => isOffered?.() !== false && isEnabled?.(now) !== false)
      .map((command) => {
        const made = button(command.text(now), "ls-button", () => command.run(target()));
        made.dataset.command = command.name;
        return made;
      });
    return [...this.#pages(), ...buttons];
  }

  #pages() {
    const { texts } = this.sheet;
    const { pk, page, admin } = this.known;
    if (pk !== this.wanted) return [];
    return [
      page ? pageElement(page, texts.openPage) : null,
      admin ? pageElement(admin, texts.openAdmin) : null,
    ].flatMap((link) => link ?? []);
  }
}
