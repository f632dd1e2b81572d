/**
 * The values of a column as tick boxes, each with how often it stands there, and a field to find
 * one among thousands.
 */

import { element } from "../elements.js";
import { fill } from "../texts.js";
import { narrow } from "../values/folding.js";

/** As many as anyone looks through; the others are found by typing. */
const MOST_SHOWN = 200;
const FEW = 8;

/**
 * @typedef {{key: string, text: string, count: number}} Entry
 * @typedef {{kind: "in" | "out", values: string[]}} Chosen  in: these; out: all but these, so that a
 *   value that comes later is shown
 */

export class ValueList {
  /**
   * @param {Entry[]} entries
   * @param {Chosen} chosen
   * @param {{texts: Record<string, string>, onChange: (chosen: Chosen) => void}} handlers
   */
  constructor(entries, chosen, { texts, onChange }) {
    this.entries = entries;
    this.found = entries;
    this.texts = texts;
    this.onChange = onChange;
    this.kind = chosen.kind;
    this.keys = new Set(chosen.values);
    this.query = element("input", "ls-field");
    this.list = element("ul", "ls-values");
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
      this.#draw();
    });
    const both = element("div", "ls-all-none");
    both.append(
      this.#button(texts.allValues, () => this.#all(true)),
      this.#button(texts.noValues, () => this.#all(false)),
    );
    this.list.addEventListener("change", (event) => this.#ticked(event));
    const whole = element("div", "ls-value-list");
    whole.append(query, both, this.list);
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

  /** @param {string} key */
  #isTicked(key) {
    return this.keys.has(key) === (this.kind === "in");
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
    label.append(box, name, element("span", "ls-value-count", count.toLocaleString()));
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
    if (isTicked === (this.kind === "in")) this.keys.add(key);
    else this.keys.delete(key);
  }

  /** All that are found; where nothing is looked for, all there are and will be. @param {boolean} isTicked */
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
