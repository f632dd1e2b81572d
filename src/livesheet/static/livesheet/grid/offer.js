/**
 * What may stand in a cell, offered under it: a list that is here already, or, of a relation too
 * large to be, whatever the server finds for what has been typed.
 */

import { Lookup } from "./lookup.js";
import { OptionList } from "./options.js";

/** @import {EditorTools} from "./editors.js" */
/** @import {Trouble} from "./lookup.js" */
/** @import {Option} from "./options.js" */
/** @import {Column} from "../protocol.js" */
/** @import {Found} from "../surfaces.js" */

/** Lines that Page Down moves by. */
const PAGE = 8;

/**
 * @typedef {object} Offering
 * @property {Option[]} first  offered before all others, as long as nothing is typed
 * @property {(option: Option) => void} onPick
 * @property {(option: Option) => boolean} [isTicked]
 * @property {HTMLElement} [head]
 *
 * @typedef {(column: Column, how: Offering) => Offer} Offerer
 */

export class Offer {
  /**
   * @param {EditorTools} tools
   * @param {Column} column
   * @param {Offering} how
   */
  constructor(tools, column, { first, onPick, isTicked, head }) {
    this.texts = tools.texts;
    this.first = first;
    this.query = "";
    this.text = "";
    /** What is known here, before and besides what the server finds. */
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

  /**
   * @param {HTMLElement} cell
   * @param {string} text  what stands in it
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
   * @returns {boolean} whether it was one that moves
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
