/**
 * The possible values of a cell, offered below it: a list that is already loaded or, if a relation
 * is too large for that, what the server finds for the typed text.
 */

import { realClock } from "../protocol.js";
import { OptionList } from "./options.js";

/** @import {Clock, Column} from "../protocol.js" */
/** @import {Found} from "../surfaces.js" */
/** @import {EditorTools} from "./editors.js" */
/** @import {Option} from "./options.js" */

/** How many lines Page Down moves. */
const PAGE = 8;

/**
 * @typedef {object} Offering
 * @property {Option[]} first  offered before all others, until something is typed
 * @property {(option: Option) => void} onPick
 * @property {(option: Option) => boolean} [isTicked]
 * @property {HTMLElement} [head]
 *
 * @typedef {(column: Column, how: Offering) => Offer} Offerer
 */

export class Offer {
  /**
   * @param {Pick<EditorTools, "store" | "search" | "root" | "texts">} tools
   * @param {Column} column
   * @param {Offering} how
   */
  constructor(tools, column, { first, onPick, isTicked, head }) {
    this.texts = tools.texts;
    this.first = first;
    this.query = "";
    this.text = "";
    /** Options known here, which are shown before and besides those that the server finds. */
    this.known = [...first, ...tools.store.options(column)];
    this.list = new OptionList(tools.root, this.known, {
      texts: tools.texts,
      onPick,
      isTicked,
      head,
    });
    const isRemote = column.related && !column.related.complete;
    this.lookup = isRemote
      ? new Lookup((text) => tools.search(column, text), {
          onFound: (found) => this.#found(found),
          onTrouble: (trouble) => this.#trouble(trouble),
        })
      : null;
  }

  get chosen() {
    return this.list.chosen;
  }

  get listbox() {
    return this.list.items;
  }

  draw() {
    this.list.draw();
  }

  /** @param {HTMLElement} field  a field that has moved */
  place(field) {
    this.list.place(field);
  }

  /**
   * @param {HTMLElement} cell
   * @param {string} text  the text of the field
   */
  show(cell, text) {
    this.text = text;
    this.list.show(cell, text);
    this.lookup?.look("", 0);
  }

  /** @param {string} query */
  filter(query) {
    this.query = query;
    this.list.filter(query);
    this.lookup?.look(query);
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it is a key that moves the highlight
   */
  moves(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: PAGE, PageUp: -PAGE }[event.key];
    if (step) this.list.move(step);
    return Boolean(step);
  }

  close() {
    this.lookup?.stop();
    this.list.close();
  }

  /** @param {Found} found */
  #found({ options, more }) {
    const { query, text } = this;
    const offered = query.trim() ? options : [...this.first, ...options];
    this.list.offer(offered, { query, text, remark: more ? this.texts.manyMore : "" });
  }

  /** @param {Trouble} trouble */
  #trouble(trouble) {
    if (trouble !== "searching") this.list.options = this.known;
    const { searching, searchOffline, searchFailed } = this.texts;
    const words = { searching, offline: searchOffline, failed: searchFailed };
    this.list.say(words[trouble], trouble === "searching");
  }
}

/*
 * Searches while somebody is typing: not for each letter, and an answer is ignored if more letters
 * have been typed.
 */

/** Longer than the pause between two letters of a word. */
const PAUSE_MS = 150;

/** @typedef {"searching" | "offline" | "failed"} Trouble */

export class Lookup {
  /**
   * @param {(text: string) => Promise<Found>} search
   * @param {{onFound: (found: Found) => void, onTrouble: (trouble: Trouble) => void}} handlers
   * @param {Clock} [clock]
   */
  constructor(search, { onFound, onTrouble }, clock = realClock) {
    this.search = search;
    this.onFound = onFound;
    this.onTrouble = onTrouble;
    this.clock = clock;
    this.count = 0;
    /** @type {any} */
    this.timer = null;
  }

  /**
   * @param {string} text
   * @param {number} [pause]
   */
  look(text, pause = PAUSE_MS) {
    this.stop();
    const number = this.count;
    this.onTrouble("searching");
    this.timer = this.clock.setTimeout(() => this.#ask(text, number), pause);
  }

  /** Ignores answers that have not arrived yet. */
  stop() {
    this.count += 1;
    this.clock.clearTimeout(this.timer);
  }

  /**
   * @param {string} text
   * @param {number} number
   */
  async #ask(text, number) {
    try {
      const found = await this.search(text);
      if (number === this.count) this.onFound(found);
    } catch (error) {
      const { code } = /** @type {{code?: string}} */ (error);
      if (number === this.count) this.onTrouble(code === "offline" ? "offline" : "failed");
    }
  }
}
