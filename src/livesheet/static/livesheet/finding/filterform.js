/**
 * What a column is filtered by, as a form: the kind, and what that kind needs to know. What is
 * entered takes effect at once.
 */

import { element } from "../elements.js";
import { fill } from "../texts.js";
import { lengthOf } from "../values/durations.js";
import { narrow } from "../values/folding.js";
import { isNumber } from "../values/kinds.js";
import { formatMoment, parseMoment } from "../values/moments.js";
import { exact } from "../values/numbers.js";
import { isRanged, kindsOf, valuesOf } from "./filters.js";

/** @import {Column, Pk} from "../protocol.js" */
/** @import {Filter, Kind} from "../store/conditions.js" */
/** @import {Store} from "../store/store.js" */

/** Typing: not a look at every row for each letter. */
const TYPING_MS = 200;

/** @type {Record<string, string>} the browser's own fields, where they speak the wire's language */
const FIELD_TYPES = { date: "date", datetime: "datetime-local", time: "time" };

/** @type {Kind[]} */
const NEEDING_NOTHING = ["empty", "filled", "mine", "repeated"];

export class FilterForm {
  /**
   * @param {Column} column
   * @param {Filter | null} filter
   * @param {object} around
   * @param {Store} around.store
   * @param {Record<string, string>} around.texts
   * @param {() => Pk[]} around.pks  the rows that the other filters let through
   * @param {(filter: Filter | null) => void} around.onChange
   */
  constructor(column, filter, { store, texts, pks, onChange }) {
    this.column = column;
    this.store = store;
    this.texts = texts;
    this.pks = pks;
    this.onChange = onChange;
    /** @type {any} */
    this.timer = null;
    // What is ticked says which of both it is.
    this.kinds = kindsOf(column).filter((kind) => kind !== "out");
    this.kind = this.#select(filter);
    this.fields = element("div", "ls-filter-fields");
    this.element = element("div", "ls-filter");
    this.element.append(this.kind, this.fields);
    this.#draw(filter);
  }

  close() {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.#tell();
  }

  /** @param {Filter | null} filter */
  #select(filter) {
    const select = element("select", "ls-field");
    select.setAttribute("aria-label", this.texts.filterBy);
    for (const kind of this.kinds) {
      const option = element("option", "", this.texts[`filter_${kind}`]);
      option.value = kind;
      select.append(option);
    }
    const kind = filter?.kind === "out" ? "in" : filter?.kind;
    select.value = kind && this.kinds.includes(kind) ? kind : this.kinds[0];
    select.hidden = this.kinds.length < 2;
    select.addEventListener("change", () => {
      this.#draw(null);
      this.#tell();
    });
    return select;
  }

  /** @param {Filter | null} filter */
  #draw(filter) {
    const kind = /** @type {Kind} */ (this.kind.value);
    this.read = () => /** @type {Filter | null} */ (this.#filter(kind, {}));
    if (kind === "in") this.#drawValues(filter);
    else if (kind === "range") this.#drawRange(filter);
    else if (NEEDING_NOTHING.includes(kind)) this.fields.replaceChildren();
    else if (isRanged(this.column)) this.#drawLimit(kind, filter);
    else this.#drawText(kind, filter);
  }

  /** @param {Filter | null} filter */
  #drawValues(filter) {
    const { store, column, texts } = this;
    const entries = valuesOf(this.pks(), column, {
      shown: (pk, name) => store.shown(pk, name),
      text: (one, value) =>
        value === true ? texts.yes : value === false ? texts.no : store.text(one, value),
    });
    const kind = filter?.kind === "in" ? "in" : "out";
    let chosen = { kind: /** @type {"in" | "out"} */ (kind), values: filter?.values ?? [] };
    const list = new ValueList(entries, chosen, {
      texts,
      onChange: (now) => {
        chosen = now;
        this.#tell();
      },
    });
    this.read = () => this.#filter(chosen.kind, { values: chosen.values });
    this.fields.replaceChildren(list.element);
  }

  /** @param {Filter | null} filter */
  #drawRange(filter) {
    const from = this.#limit(this.texts.from, filter?.from);
    const to = this.#limit(this.texts.to, filter?.to);
    this.read = () =>
      this.#filter("range", { from: this.#wire(from.input), to: this.#wire(to.input) });
    this.fields.replaceChildren(from.label, to.label);
  }

  /**
   * @param {Kind} kind
   * @param {Filter | null} filter
   */
  #drawLimit(kind, filter) {
    const { label, input } = this.#limit("", filter?.text);
    input.setAttribute("aria-label", this.texts[`filter_${kind}`]);
    this.read = () => this.#filter(kind, { text: this.#wire(input) });
    this.fields.replaceChildren(label);
  }

  /**
   * @param {string} title
   * @param {string} [value]  of the wire
   */
  #limit(title, value = "") {
    const field = this.#field(title, this.#shown(value));
    const { input } = field;
    input.type = FIELD_TYPES[this.column.type] ?? "text";
    if (isNumber(this.column)) input.inputMode = "decimal";
    input.value = input.defaultValue;
    return field;
  }

  /**
   * @param {Kind} kind
   * @param {Filter | null} filter
   */
  #drawText(kind, filter) {
    const { label, input } = this.#field("", filter?.text ?? "");
    input.setAttribute("aria-label", this.texts[`filter_${kind}`]);
    this.read = () => this.#filter(kind, { text: input.value });
    this.fields.replaceChildren(label);
  }

  /**
   * @param {string} title
   * @param {string} value
   */
  #field(title, value) {
    const label = element("label", "ls-filter-field");
    const input = element("input", "ls-field");
    input.defaultValue = value;
    input.autocomplete = "off";
    input.spellcheck = false;
    input.addEventListener("input", () => this.#soon());
    if (title) label.append(element("span", "", title));
    label.append(input);
    return { label, input };
  }

  /** @param {string} value  of the wire */
  #shown(value) {
    if (!value) return "";
    if (this.column.type === "duration") return this.store.text(this.column, value);
    if (this.column.type !== "datetime") return value;
    return formatMoment(value, this.store.context.zone).replace(" ", "T");
  }

  /** What cannot be read counts as not entered, and is marked. @param {HTMLInputElement} input */
  #wire(input) {
    const { column, store } = this;
    const typed = input.value.trim();
    if (!typed || column.type === "date" || column.type === "time") return typed;
    if (column.type === "datetime") return parseMoment(typed.replace("T", " "), store.context.zone);
    const value = String(store.parse(column, typed) ?? "");
    const isRead = isNumber(column) ? exact(value) !== null : Number.isFinite(lengthOf(value));
    input.setAttribute("aria-invalid", String(!isRead));
    return isRead ? value : "";
  }

  /**
   * @param {Kind} kind
   * @param {Partial<Filter>} held
   * @returns {Filter}
   */
  #filter(kind, held) {
    return { column: this.column.name, kind, ...held };
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#tell(), TYPING_MS);
  }

  #tell() {
    clearTimeout(this.timer);
    this.timer = null;
    this.onChange(this.read?.() ?? null);
  }
}

/*
 * The values of a column as tick boxes, each with how often it stands there, and a field to find
 * one among thousands.
 */

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
