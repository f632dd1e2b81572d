/**
 * The values of a column as tick boxes, each with the number of its rows, and a field to find a
 * value among thousands, or a whole list of values at once.
 */

import { element } from "../elements.js";
import { MOST_VALUES } from "../store/conditions.js";
import { fold, narrow } from "../store/haystack.js";
import { fill } from "../texts.js";

/** Nobody looks through more than this. Further values are found by typing. */
const MOST_SHOWN = 200;
/** How many unknown values are named. */
const MOST_UNKNOWN = 20;
const FEW = 8;

/**
 * @typedef {{key: string, text: string, count: number}} Entry
 * @typedef {{kind: "in" | "out", values: string[]}} Chosen  in: only these values; out: all but
 *   these, so that new values are shown
 */

export class ValueList {
  /**
   * @param {Entry[]} entries
   * @param {Chosen} chosen
   * @param {object} around
   * @param {Record<string, string>} around.texts
   * @param {boolean} [around.isPlain]  whether the ticks determine the kind as well
   * @param {boolean} [around.isNumber]  whether they are numbers, which can be written in several
   *   ways
   * @param {(chosen: Chosen) => void} around.onChange
   */
  constructor(entries, chosen, { texts, isPlain = true, isNumber = false, onChange }) {
    this.isPlain = isPlain;
    this.isNumber = isNumber;
    const keys = new Set(chosen.values);
    const first = (/** @type {Entry} */ { key }) => Number(isPlain || !keys.has(key));
    this.entries = entries.toSorted((one, other) => first(one) - first(other));
    this.found = this.entries;
    this.texts = texts;
    this.onChange = onChange;
    this.kind = chosen.kind;
    this.keys = new Set(chosen.values);
    this.query = element("input", "ls-field");
    this.list = element("ul", "ls-values");
    this.outcome = element("p", "ls-outcome");
    this.outcome.setAttribute("role", "status");
    this.element = this.#assemble();
    this.#draw();
  }

  #assemble() {
    const { query, texts } = this;
    query.type = "search";
    query.placeholder = texts.findValue;
    query.setAttribute("aria-label", texts.findValue);
    query.hidden = this.entries.length <= FEW;
    query.addEventListener("input", () => {
      this.found = narrow(this.entries, query.value);
      this.outcome.textContent = "";
      this.#draw();
    });
    const both = element("div", "ls-all-none");
    both.append(
      this.#button(texts.allValues, () => this.#all(true)),
      this.#button(texts.noValues, () => this.#all(false)),
    );
    both.hidden = !this.isPlain;
    query.title = texts.pasteList;
    query.addEventListener("paste", (event) => this.#pasted(event));
    this.list.addEventListener("change", (event) => this.#ticked(event));
    const whole = element("div", "ls-value-list");
    whole.append(query, this.outcome, both, this.list);
    return whole;
  }

  /**
   * @param {string} text
   * @param {() => void} onClick
   */
  #button(text, onClick) {
    const button = element("button", "ls-plain", text);
    button.type = "button";
    button.addEventListener("click", onClick);
    return button;
  }

  /**
   * Ticks the values of a pasted list of keys or names, from a mail or another sheet.
   * @param {ClipboardEvent} event
   */
  #pasted(event) {
    const { texts, entries, isNumber } = this;
    const wanted = listed(event.clipboardData?.getData("text/plain") ?? "");
    if (wanted.length < 2) return;
    event.preventDefault();
    const { found, unknown } = matched(wanted, entries, isNumber);
    if (this.isPlain) this.kind = "in";
    this.keys = new Set(found.slice(0, MOST_VALUES));
    this.query.value = "";
    this.found = entries.filter(({ key }) => this.keys.has(key));
    const told = { n: found.length, unknown: unknown.length };
    const names = unknown.slice(0, MOST_UNKNOWN).join(", ");
    const more = unknown.length > MOST_UNKNOWN ? ", …" : "";
    const words = [fill(unknown.length ? texts.listFoundSome : texts.listFound, told)];
    if (found.length > MOST_VALUES) words.push(fill(texts.listTooLong, { n: MOST_VALUES }));
    this.outcome.textContent = [...words, names + more].filter(Boolean).join(": ");
    this.#draw();
    this.#tell();
  }

  /**
   * If the kind is chosen elsewhere, the named values are ticked, even if the kind is “out”.
   * @param {string} key
   */
  #isTicked(key) {
    return this.keys.has(key) === (this.kind === "in" || !this.isPlain);
  }

  #draw() {
    const shown = this.found.slice(0, MOST_SHOWN).map((entry) => this.#item(entry));
    const more = this.found.length - shown.length;
    if (more > 0) shown.push(note(fill(this.texts.more, { n: more })));
    if (!this.found.length) shown.push(note(this.texts.noMatch));
    this.list.replaceChildren(...shown);
  }

  /** @param {Entry} entry */
  #item({ key, text, count }) {
    const item = element("li", "ls-value");
    const label = element("label", "ls-value-label");
    const box = element("input", "ls-value-box");
    box.type = "checkbox";
    box.checked = this.#isTicked(key);
    box.dataset.key = key;
    const name = element("span", "ls-value-text", key ? text : this.texts.emptyValue);
    name.classList.toggle("ls-none", !key);
    label.append(box, name, element("span", "ls-value-count", fill("{n}", { n: count })));
    item.append(label);
    return item;
  }

  /** @param {Event} event */
  #ticked(event) {
    const box = /** @type {HTMLInputElement} */ (event.target);
    this.#set(box.dataset.key ?? "", box.checked);
    this.#tell();
  }

  /**
   * @param {string} key
   * @param {boolean} isTicked
   */
  #set(key, isTicked) {
    if (isTicked === (this.kind === "in" || !this.isPlain)) this.keys.add(key);
    else this.keys.delete(key);
  }

  /**
   * Ticks or unticks all values that match. Without a search, this includes values that are added
   * later.
   * @param {boolean} isTicked
   */
  #all(isTicked) {
    if (!this.query.value.trim()) {
      this.kind = isTicked ? "out" : "in";
      this.keys.clear();
    } else for (const { key } of this.found) this.#set(key, isTicked);
    this.#draw();
    this.#tell();
  }

  #tell() {
    this.onChange({ kind: this.kind, values: [...this.keys] });
  }
}

/** @param {string} text */
const note = (text) => element("li", "ls-option-note", text);

/**
 * Splits a text at line breaks, tabs and semicolons, or else at commas.
 * @param {string} text
 * @returns {string[]} without repetitions
 */
export function listed(text) {
  const sign = /[\n\t;]/.test(text.trim()) ? /[\n\t;]/ : /,/;
  const parts = text.split(sign).map((part) => part.trim());
  return [...new Set(parts.filter(Boolean))];
}

/**
 * @param {string[]} wanted  keys or names
 * @param {Entry[]} entries
 * @param {boolean} isNumber
 * @returns {{found: string[], unknown: string[]}} found: keys
 */
export function matched(wanted, entries, isNumber) {
  /** @type {Map<string, string[]>} */
  const named = new Map();
  const name = (/** @type {string} */ text, /** @type {string} */ key) => {
    const known = named.get(text);
    if (!known) named.set(text, [key]);
    else if (!known.includes(key)) known.push(key);
  };
  for (const { key, text } of entries) {
    if (key === "") continue;
    name(fold(key), key);
    name(fold(text), key);
    if (isNumber) name(String(Number(key)), key);
  }
  const keysOf = (/** @type {string} */ text) =>
    named.get(fold(text)) ?? (isNumber ? named.get(String(Number(text))) : undefined);
  return {
    found: [...new Set(wanted.flatMap((text) => keysOf(text) ?? []))],
    unknown: wanted.filter((text) => !keysOf(text)),
  };
}
