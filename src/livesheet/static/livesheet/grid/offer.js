/**
 * The possible values of a cell, offered in a list below it: those that are already loaded or, if a
 * relation is too large for that, what the server finds for the typed text. Typing narrows the list
 * down, so that thousands of suppliers can be used as quickly as five units.
 */

import { realClock } from "../protocol.js";
import { narrow } from "../store/haystack.js";
import { fill } from "../texts.js";

/** @import {Clock, Column, Value} from "../protocol.js" */
/** @import {Found} from "../surfaces.js" */
/** @import {EditorTools} from "./editors.js" */

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

/** Nobody looks through more than this. Further options are found by typing. */
const MOST_SHOWN = 200;

/** @typedef {{value: Value, text: string}} Option */

/**
 * @typedef {object} OptionHandlers
 * @property {Record<string, string>} texts
 * @property {(option: Option) => void} onPick
 * @property {(option: Option) => boolean} [isTicked]  used if several can be chosen
 * @property {HTMLElement} [head]  shown above the options
 */

/** The list, once it is open. */
class OptionList {
  /**
   * @param {HTMLElement} root
   * @param {Option[]} options
   * @param {OptionHandlers} handlers
   */
  constructor(root, options, { texts, onPick, isTicked, head }) {
    this.root = root;
    this.options = options;
    this.texts = texts;
    this.onPick = onPick;
    this.isTicked = isTicked;
    /** @type {Option[]} */
    this.found = options;
    /** @type {Option | null} */
    this.chosen = null;
    /** A remark below the options. */
    this.remark = "";
    this.isBusy = false;
    this.box = document.createElement("div");
    this.box.className = "ls-options";
    this.items = document.createElement("div");
    this.items.setAttribute("role", "listbox");
    this.items.setAttribute("aria-label", texts.offered);
    if (head) this.box.append(head);
    this.box.append(this.items);
    this.box.addEventListener("mousedown", (event) => this.#pressed(event));
  }

  /**
   * @param {HTMLElement} cell
   * @param {string} text  the text of the cell
   */
  show(cell, text) {
    this.root.append(this.box);
    // The top layer: no ancestor's overflow or transform can clip or shift it.
    this.box.popover = "manual";
    this.box.showPopover?.();
    this.chosen = this.#called(text);
    this.draw();
    this.place(cell);
    this.#reveal();
  }

  /** @param {string} query */
  filter(query) {
    this.found = narrow(this.options, query);
    this.chosen = query.trim() ? (this.found[0] ?? null) : null;
    this.draw();
    this.#reveal();
  }

  /**
   * Shows other options, which have been filtered elsewhere.
   * @param {Option[]} options
   * @param {{query: string, text: string, remark: string}} how  text: that of the cell
   */
  offer(options, { query, text, remark }) {
    const { value } = this.chosen ?? {};
    this.options = this.found = options;
    const same = this.chosen && options.find((option) => option.value === value);
    this.chosen = same ?? (query.trim() ? (options[0] ?? null) : this.#called(text));
    this.say(remark, false);
    this.#reveal();
  }

  /**
   * @param {string} remark
   * @param {boolean} isBusy
   */
  say(remark, isBusy) {
    this.remark = remark;
    this.isBusy = isBusy;
    this.draw();
  }

  /** @param {string} text */
  #called(text) {
    return (text && this.options.find((option) => option.text === text)) || null;
  }

  /** @param {number} step */
  move(step) {
    const last = Math.min(this.found.length, MOST_SHOWN) - 1;
    if (last < 0) return;
    const at = this.chosen ? this.found.indexOf(this.chosen) : -1;
    this.chosen = this.found[Math.max(0, Math.min(last, at + step))];
    this.#mark();
    this.#reveal();
  }

  /** @param {Option} option */
  choose(option) {
    this.chosen = option;
  }

  close() {
    this.box.remove();
  }

  draw() {
    const items = this.found.slice(0, MOST_SHOWN).map((option) => this.#item(option));
    const hidden = this.found.length - items.length;
    if (hidden > 0) items.push(note(fill(this.texts.more, { n: hidden })));
    if (this.remark) items.push(note(this.remark, this.isBusy));
    else if (!this.found.length) items.push(note(this.texts.noMatch));
    this.items.replaceChildren(...items);
    this.#mark();
  }

  /** @param {Option} option */
  #item(option) {
    const item = document.createElement("div");
    item.className = "ls-option";
    item.setAttribute("role", "option");
    item.textContent = option.text || this.texts.none;
    if (!option.text) item.classList.add("ls-none");
    if (this.isTicked) item.setAttribute("aria-selected", String(this.isTicked(option)));
    return item;
  }

  #mark() {
    const at = this.chosen ? this.found.indexOf(this.chosen) : -1;
    [...this.items.children].forEach((item, index) => {
      item.toggleAttribute("data-chosen", index === at);
    });
  }

  #reveal() {
    this.box.querySelector("[data-chosen]")?.scrollIntoView({ block: "nearest" });
  }

  /** @param {HTMLElement} under  the cell or field */
  place(under) {
    const cell = under.getBoundingClientRect();
    this.box.style.top = this.box.style.bottom = "";
    const below = window.innerHeight - cell.bottom;
    const isUp = below < 180 && cell.top > below;
    const room = Math.min(280, (isUp ? cell.top : below) - 12);
    this.box.style.left = `${Math.max(4, cell.left)}px`;
    this.box.style.minWidth = `${Math.max(160, cell.width)}px`;
    this.box.style.maxHeight = `${Math.max(80, room)}px`;
    if (isUp) this.box.style.bottom = `${window.innerHeight - cell.top + 3}px`;
    else this.box.style.top = `${cell.bottom + 3}px`;
  }

  /** A click must not take the focus from the editor. @param {MouseEvent} event */
  #pressed(event) {
    event.preventDefault();
    event.stopPropagation();
    const items = [...this.items.children];
    const at = items.findIndex((item) => item.contains(/** @type {Node} */ (event.target)));
    const option = this.found[at];
    if (option && at < MOST_SHOWN) this.onPick(option);
  }
}

/**
 * @param {string} text
 * @param {boolean} [isBusy]
 */
function note(text, isBusy = false) {
  const element = document.createElement("div");
  element.className = isBusy ? "ls-option-note ls-busy" : "ls-option-note";
  element.setAttribute("role", "status");
  element.textContent = text;
  return element;
}
