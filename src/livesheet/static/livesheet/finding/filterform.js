/**
 * The form for the filter of a column: the kind, and the values that the kind needs. Each input is
 * applied at once.
 */

import { element } from "../elements.js";
import { Calendar } from "../grid/calendar.js";
import { lengthOf } from "../values/durations.js";
import { hasDate, isNumber } from "../values/kinds.js";
import { parseMoment } from "../values/moments.js";
import { exact } from "../values/numbers.js";
import { isRanged, kindsOf, valuesOf } from "./filters.js";
import { ValueList } from "./valuelist.js";

/** @import {Column, Pk, Value} from "../protocol.js" */
/** @import {Filter, Kind} from "../store/conditions.js" */
/** @import {Far} from "./far.js" */
/** @import {Chosen, Entry} from "./valuelist.js" */
/** @import {Store} from "../store/store.js" */

/** While the user is typing, rows are not filtered after each letter. */
const TYPING_MS = 200;

/** @type {Kind[]} */
const NEEDING_NOTHING = ["empty", "filled", "mine", "repeated"];

export class FilterForm {
  /**
   * @param {Column} column
   * @param {Filter | null} filter
   * @param {object} around
   * @param {Store} around.store
   * @param {Record<string, string>} around.texts
   * @param {() => Pk[]} around.pks  the rows that pass the other filters
   * @param {Far} around.far
   * @param {(filter: Filter | null) => void} around.onChange
   * @param {Kind[]} [around.kinds]  the kinds to choose from; without them, tick boxes mean either
   *   the ticked values or all others
   */
  constructor(column, filter, { store, texts, pks, far, onChange, kinds }) {
    this.column = column;
    this.store = store;
    this.texts = texts;
    this.pks = pks;
    this.far = far;
    this.onChange = onChange;
    /** @type {any} */
    this.timer = null;
    this.isPlain = !kinds;
    this.kinds = kinds ?? kindsOf(column).filter((kind) => kind !== "out");
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
      const option = element("option", "", this.#nameOf(kind));
      option.value = kind;
      select.append(option);
    }
    const kind = filter?.kind === "out" && this.isPlain ? "in" : filter?.kind;
    select.value = kind && this.kinds.includes(kind) ? kind : this.kinds[0];
    select.hidden = this.kinds.length < 2;
    select.addEventListener("change", () => {
      this.#draw(null);
      this.#tell();
    });
    return select;
  }

  /** @param {Kind} kind */
  #nameOf(kind) {
    const { texts, isPlain } = this;
    if (isPlain || (kind !== "in" && kind !== "out")) return texts[`filter_${kind}`];
    return kind === "in" ? texts.isOneOf : texts.isNoneOf;
  }

  /** @param {Filter | null} filter */
  #draw(filter) {
    const kind = /** @type {Kind} */ (this.kind.value);
    this.read = () => /** @type {Filter | null} */ (this.#filter(kind, {}));
    if (kind === "in" || kind === "out") this.#drawValues(kind, filter);
    else if (kind === "range") this.#drawRange(filter);
    else if (NEEDING_NOTHING.includes(kind)) this.fields.replaceChildren();
    else if (isRanged(this.column)) this.#drawLimit(kind, filter);
    else this.#drawText(kind, filter);
  }

  /**
   * @param {"in" | "out"} only
   * @param {Filter | null} filter
   */
  #drawValues(only, filter) {
    const { store, column } = this;
    const text = (/** @type {Column} */ one, /** @type {Value} */ value) =>
      store.inWords(one, value);
    if (store.order.isPaged) {
      this.#loadValues(only, filter, (key) => text(column, this.far.valueOf(column, key)));
      return;
    }
    const shown = (/** @type {Pk} */ pk, /** @type {string} */ name) => store.shown(pk, name);
    this.#showValues(valuesOf(this.pks(), column, { shown, text }), only, filter);
  }

  /**
   * @param {"in" | "out"} only
   * @param {Filter | null} filter
   * @param {(key: string) => string} textOf
   */
  async #loadValues(only, filter, textOf) {
    const waiting = element("p", "ls-outcome", this.texts.loadingValues);
    waiting.setAttribute("role", "status");
    this.fields.replaceChildren(waiting);
    // Returns the former filter until the values have arrived.
    this.read = () => filter;
    try {
      const entries = await this.far.values(this.column, textOf);
      if (waiting.parentNode === this.fields) this.#showValues(entries, only, filter);
    } catch (error) {
      waiting.textContent = /** @type {Error} */ (error).message || this.texts.offline;
    }
  }

  /**
   * @param {Entry[]} entries
   * @param {"in" | "out"} only
   * @param {Filter | null} filter
   */
  #showValues(entries, only, filter) {
    const { column, texts, isPlain } = this;
    const isSame = isPlain || filter?.kind === only;
    const kind = isPlain ? (filter?.kind === "in" ? "in" : "out") : only;
    let chosen = { kind, values: isSame ? (filter?.values ?? []) : [] };
    const list = new ValueList(entries, /** @type {Chosen} */ (chosen), {
      ...{ texts, isPlain },
      isNumber: isNumber(column),
      onChange: (now) => {
        chosen = now;
        this.#tell();
      },
    });
    this.read = () => this.#filter(/** @type {Kind} */ (chosen.kind), { values: chosen.values });
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
   * @param {string} [value]  in the form of the wire
   */
  #limit(title, value = "") {
    const field = this.#field(title, this.#shown(value));
    const { input } = field;
    if (isNumber(this.column)) input.inputMode = "decimal";
    if (hasDate(this.column)) this.#addCalendar(input);
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

  /** @param {HTMLInputElement} input */
  #addCalendar(input) {
    const box = element("span", "ls-dated");
    input.replaceWith(box);
    box.append(input);
    const calendar = new Calendar(input, this.texts.pickDate, {
      picked: () => this.#soon(),
      signs: () => this.store.habits.dates,
    });
    calendar.show(box);
  }

  /** As it would be typed into a cell. @param {string} value  in the form of the wire */
  #shown(value) {
    return value && this.store.editText(this.column, value);
  }

  /**
   * Reads an input. One that cannot be read is marked, and counts as empty.
   * @param {HTMLInputElement} input
   */
  #wire(input) {
    const { column, store } = this;
    const typed = input.value.trim();
    const value = String(store.parse(column, typed) ?? "");
    const isRead = !typed || isValue(column, value);
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

/**
 * Whether a text that was read is a value of the column, in the form of the wire.
 * @param {Column} column
 * @param {string} value
 */
function isValue(column, value) {
  if (isNumber(column)) return exact(value) !== null;
  if (column.type === "duration") return Number.isFinite(lengthOf(value));
  if (column.type === "time") return !Number.isNaN(Date.parse(`1970-01-01T${value}Z`));
  const day = value.slice(0, 10);
  const isDay = parseMoment(day, "") !== day;
  return isDay && (column.type === "date" ? value === day : /^.{10}T\d\d:\d\d/.test(value));
}
