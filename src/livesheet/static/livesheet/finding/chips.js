/**
 * The active filters, in a row above the grid: each says what it does and can be removed. The same
 * row says how many rows are out of place, and shows messages about the view.
 */

import { element } from "../elements.js";
import { AN_HOUR, partsOf, SINCE } from "../store/conditions.js";
import { count, fill } from "../texts.js";
import { isRanged } from "./filters.js";

/** @import {CurrentView} from "./current.js" */
/** @import {Entry, Filter} from "../store/conditions.js" */
/** @import {Column} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */

const MOST_NAMED = 3;

/**
 * @typedef {object} Words  what is needed to describe a condition
 * @property {(name: string) => Column | undefined} column
 * @property {Record<string, string>} texts
 * @property {(column: Column, value: any) => string} write
 */

/**
 * @param {Entry} entry
 * @param {Words} words
 * @returns {string} a description for the user
 */
export function describe(entry, words) {
  const parts = partsOf(entry).map((filter) => describeOne(filter, words));
  return parts.filter(Boolean).join(` ${words.texts.or} `);
}

/**
 * @param {Filter} filter
 * @param {Words} words
 */
function describeOne(filter, { column: find, texts, write }) {
  const { kind, values = [], from, to, text = "" } = filter;
  if (kind === "recent") return sinceText(filter.seconds, texts);
  const column = find(filter.column);
  if (!column) return "";
  const say = (/** @type {string} */ words, rest = {}) =>
    fill(words, { column: column.title, text, ...rest });
  if (kind === "in" || kind === "out") {
    const names = values.slice(0, MOST_NAMED).map((key) => {
      if (key === "") return texts.emptyValue;
      if (column.type === "boolean") return key === "true" ? texts.yes : texts.no;
      return write(column, column.type === "related_many" ? [key] : key);
    });
    const more = values.length > MOST_NAMED ? ` +${values.length - MOST_NAMED}` : "";
    return say(kind === "in" ? texts.chipIn : texts.chipOut, { values: names.join(", ") + more });
  }
  if (kind === "range") {
    const ends = { from: from ? write(column, from) : "", to: to ? write(column, to) : "" };
    return say(from && to ? texts.chipBetween : from ? texts.chip_gte : texts.chip_lte, {
      ...ends,
      text: ends.from || ends.to,
    });
  }
  if (!text || !isRanged(column)) return say(texts[`chip_${kind}`]);
  const signs = { equals: texts.chipIs, not: texts.chipIsNot };
  return say(signs[/** @type {"not"} */ (kind)] ?? texts[`chip_${kind}`], {
    text: write(column, text),
  });
}

/**
 * @param {number | undefined} seconds
 * @param {Record<string, string>} texts
 */
function sinceText(seconds, texts) {
  return texts[SINCE[seconds ?? AN_HOUR] ?? "recent"];
}

/**
 * @param {Record<string, string>} texts
 * @param {number} strays
 * @param {number | null} fresh  the number of rows that others have added; null if there are very
 *   many
 */
function staleText(texts, strays, fresh) {
  if (fresh === 0) return fill(strays === 1 ? texts.stray : texts.strays, { n: strays });
  const added = fresh === null ? texts.newMany : count(texts, "newRows", fresh);
  return strays ? `${added} · ${fill(texts.outOfPlace, { n: strays })}` : added;
}

/** @typedef {{text: string, choices: [string, () => void][]}} Offer */

export class Chips {
  /**
   * @param {Store} store
   * @param {CurrentView} current
   * @param {Record<string, string>} texts
   * @param {(entry: Entry, chip: HTMLElement) => void} onOpen
   */
  constructor(store, current, texts, onOpen) {
    this.store = store;
    this.current = current;
    this.texts = texts;
    this.onOpen = onOpen;
    /** @type {Offer[]} */
    this.offers = [];
    this.shown = "";
    this.element = element("div", "ls-chips");
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", texts.filters);
    this.element.hidden = true;
  }

  /** @param {Offer[]} offers  messages about the view */
  showOffers(offers) {
    this.offers = offers;
    this.show();
  }

  show() {
    const { store, texts, offers } = this;
    const filters = this.current.filters.filter((entry) => this.#words(entry));
    const { strays, fresh } = store.order;
    const words = filters.map((entry) => this.#words(entry));
    const state = JSON.stringify([words, strays, fresh, offers]);
    if (state === this.shown) return;
    this.shown = state;
    const parts = filters.map((filter, index) => this.#chip(filter, words[index]));
    if (filters.length) {
      parts.push(this.#link(texts.clearFilters, () => this.current.clearFilters()));
    }
    const end = element("span", "ls-chips-end");
    if (strays || fresh !== 0) {
      end.append(
        element("span", "ls-strays", staleText(texts, strays, fresh)),
        this.#link(texts.refresh, () => this.current.refresh()),
      );
    }
    for (const { text, choices } of offers) {
      const offer = element("span", "ls-offer");
      offer.append(element("span", "ls-visit", text));
      for (const [name, onClick] of choices) offer.append(this.#link(name, onClick));
      end.append(offer);
    }
    this.element.replaceChildren(...parts, end);
    this.element.hidden = !parts.length && !end.childElementCount;
  }

  /** @param {Entry} entry */
  #words(entry) {
    const { store, texts } = this;
    return describe(entry, {
      texts,
      column: (name) => store.column(name),
      write: (column, value) => store.text(column, value),
    });
  }

  /**
   * @param {Entry} entry
   * @param {string} words
   */
  #chip(entry, words) {
    const chip = element("span", "ls-filter-chip");
    const open = element("button", "ls-chip-text", words);
    open.type = "button";
    open.title = words;
    open.addEventListener("click", () => this.onOpen(entry, chip));
    const remove = element("button", "ls-chip-remove");
    remove.type = "button";
    remove.setAttribute("aria-label", fill(this.texts.removeFilter, { filter: words }));
    remove.addEventListener("click", () => this.current.replace(entry, null));
    chip.append(open, remove);
    return chip;
  }

  /**
   * @param {string} text
   * @param {() => void} onClick
   */
  #link(text, onClick) {
    const button = element("button", "ls-plain", text);
    button.type = "button";
    button.addEventListener("click", onClick);
    return button;
  }
}
