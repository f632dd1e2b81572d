/**
 * The form of one condition: a column, a kind, and the values that the kind needs.
 */

import { element, select } from "../elements.js";
import { AN_HOUR, SINCE } from "../store/conditions.js";
import { isText } from "../values/kinds.js";
import { isRanged, kindsOf } from "./filters.js";

/** @import {Column, Pk} from "../protocol.js" */
/** @import {Filter, Kind} from "../store/conditions.js" */
/** @import {CurrentView} from "./current.js" */
/** @import {FilterForm} from "./filterform.js" */

/**
 * @typedef {object} FormHandlers
 * @property {Kind[]} kinds
 * @property {() => Pk[]} pks
 * @property {(filter: Filter | null) => void} onChange
 *
 * @typedef {(column: Column, filter: Filter, handlers: FormHandlers) => FilterForm} MakeForm
 */

/**
 * @param {Column} column
 * @returns {Filter} of the column's most common kind, without a value yet
 */
export function emptyOf(column) {
  const usual = isRanged(column) ? "equals" : isText(column) ? "contains" : "in";
  const kinds = kindsOf(column);
  return { column: column.name, kind: kinds.includes(usual) ? usual : kinds[0] };
}

export class Condition {
  /**
   * @param {Filter} filter
   * @param {{current: CurrentView, texts: Record<string, string>, makeForm: MakeForm}} panel
   * @param {(filter: Filter) => void} onChange
   */
  constructor(filter, { current, texts, makeForm }, onChange) {
    this.current = current;
    this.texts = texts;
    this.makeForm = makeForm;
    this.onChange = onChange;
    /** @type {FilterForm | null} null for conditions on whole rows */
    this.form = null;
    this.element = element("div", "ls-condition-fields");
    this.column = this.#columns(filter.column);
    this.#draw(filter);
  }

  /** Applies what has been typed last. */
  close() {
    this.form?.close();
  }

  /** @param {string} chosen */
  #columns(chosen) {
    const { texts, current } = this;
    const { columns } = current.store;
    const choices = columns.map(
      ({ name, title }) => /** @type {[string, string]} */ ([name, title]),
    );
    choices.push(["", texts.wholeRow]);
    return select("ls-field ls-condition-column", texts.column, choices, chosen, (name) => {
      const column = current.store.column(name);
      this.close();
      const filter = column
        ? emptyOf(column)
        : /** @type {Filter} */ ({ column: "", kind: "recent", seconds: AN_HOUR });
      this.#draw(filter);
      this.onChange(filter);
    });
  }

  /** @param {Filter} filter */
  #draw(filter) {
    const { store } = this.current;
    const column = store.column(filter.column);
    this.form = column ? this.#form(column, filter) : null;
    this.element.replaceChildren(this.column, this.form?.element ?? this.#since(filter));
  }

  /**
   * @param {Column} column
   * @param {Filter} filter
   */
  #form(column, filter) {
    return this.makeForm(column, filter, {
      kinds: kindsOf(column),
      pks: () => [...this.current.store.rows.pks()],
      onChange: (changed) => this.onChange(changed ?? emptyOf(column)),
    });
  }

  /** @param {Filter} filter */
  #since(filter) {
    const { texts } = this;
    const spans = Object.entries(SINCE).map(
      ([seconds, name]) => /** @type {[string, string]} */ ([seconds, texts[name]]),
    );
    const chosen = String(filter.seconds ?? AN_HOUR);
    return select("ls-field ls-since", texts.filterBy, spans, chosen, (seconds) =>
      this.onChange({ ...filter, seconds: Number(seconds) }),
    );
  }
}
