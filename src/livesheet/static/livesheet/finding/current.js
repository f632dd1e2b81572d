/**
 * The current view: sorting, filters, hidden and moved columns, frozen columns and widths, applied
 * to the order and the stage. Listeners are called after each change. The bar has a tool for each of
 * these settings; the panels of the tools have the same names, and are loaded later.
 */

import { sameValue } from "../protocol.js";
import { AN_HOUR, isActive, partsOf } from "../store/conditions.js";
import { visible } from "../store/view.js";
import { count } from "../texts.js";
import { colouring, passing } from "./filters.js";

/** @import {Column, Pk, Value} from "../protocol.js" */
/** @import {Stage} from "../stage/stage.js" */
/** @import {Entry, Filter} from "../store/conditions.js" */
/** @import {Store} from "../store/store.js" */
/** @import {View} from "../store/view.js" */
/** @import {Tool} from "../surfaces.js" */
/** @import {Ask} from "../features.js" */

export class CurrentView {
  /**
   * @param {Store} store
   * @param {Stage} stage
   * @param {(pk: Pk, seconds: number) => boolean} isRecent
   * @param {Ask} ask
   */
  constructor(store, stage, isRecent, ask) {
    this.ask = ask;
    this.store = store;
    this.stage = stage;
    this.isRecent = isRecent;
    /** @type {(pk: Pk, column: string) => string} the colour that a rule gives to a cell */
    this.colourOf = () => "";
    /** @type {((view: View) => void)[]} */
    this.listeners = [];
  }

  /** @returns {View} */
  get view() {
    return { ...this.store.view, sorts: this.store.order.sorts };
  }

  get filters() {
    return this.store.view.filters;
  }

  /** All conditions, including those that are joined by “or”. */
  get conditions() {
    return this.filters.flatMap(partsOf);
  }

  /** The time spans in seconds of the conditions on recently changed rows, without repetitions. */
  get spans() {
    const asked = [...this.conditions, ...this.store.view.colours.map(({ when }) => when)];
    const recent = asked.filter(({ kind }) => kind === "recent");
    return [...new Set(recent.map(({ seconds }) => seconds ?? AN_HOUR))];
  }

  /**
   * Returns the column's first filter that is a single condition.
   * @param {string} column  "" for conditions on whole rows
   * @returns {Filter | null}
   */
  filterOf(column) {
    const own = this.filters.find((entry) => !("any" in entry) && entry.column === column);
    return /** @type {Filter | undefined} */ (own) ?? null;
  }

  /** @param {View} view  replaces the whole view */
  set(view) {
    const { store, stage } = this;
    const before = this.#columns();
    const widths = store.view.widths;
    store.arrange(view);
    const isOther = !sameValue(before, this.#columns()) || !sameValue(widths, view.widths);
    if (isOther) {
      store.haystack.clear();
      stage.rebuild();
    }
    this.refresh();
  }

  /** @param {Partial<View>} part */
  change(part) {
    this.set({ ...this.view, ...part });
  }

  /**
   * Replaces the column's first filter.
   * @param {string} column
   * @param {Filter | null} filter
   */
  filter(column, filter) {
    this.replace(this.filterOf(column), filter && isActive(filter) ? filter : null);
  }

  /**
   * @param {Entry | null} entry  one of the filters; null adds another one
   * @param {Entry | null} by  null removes it
   */
  replace(entry, by) {
    const at = entry ? this.filters.indexOf(entry) : this.filters.length;
    const filters = this.filters.toSpliced(at, entry ? 1 : 0, ...(by ? [by] : []));
    if (!sameValue(filters, this.filters)) this.change({ filters });
  }

  /**
   * Returns a test for the given filters, which need not be those in effect.
   * @param {Entry[]} filters
   * @returns {((pk: Pk) => boolean) | null}
   */
  passing(filters) {
    return passing(filters, this.store.columns, this.#cells());
  }

  #cells() {
    const { store } = this;
    return {
      shown: (/** @type {Pk} */ pk, /** @type {string} */ column) => store.shown(pk, column),
      text: (/** @type {Column} */ column, /** @type {Value} */ value) => store.text(column, value),
      isRecent: this.isRecent,
      pks: () => store.rows.pks(),
      me: store.hello?.me.id,
    };
  }

  clearFilters() {
    this.change({ filters: [] });
  }

  /**
   * @param {string} column
   * @param {boolean | null} descending  null removes the sorting
   */
  sort(column, descending) {
    this.change({ sorts: descending === null ? [] : [{ column, descending }] });
  }

  /**
   * Handles a click on a column's header.
   * @param {string} column
   * @param {boolean} isAdded  keeps the columns by which rows are sorted already
   */
  toggleSort(column, isAdded) {
    this.store.order.toggleSort(column, isAdded);
    this.#show();
  }

  /** @param {string} query */
  search(query) {
    this.store.order.search(query);
    this.#show();
  }

  /** Remembers a width that the grid already shows. @param {string} column @param {number} width */
  resized(column, width) {
    const { view } = this.store;
    view.widths = { ...view.widths, [column]: Math.round(width) };
    this.#tell();
  }

  /** Sorts and filters all rows again. */
  refresh() {
    const { store } = this;
    this.colourOf = colouring(store.view.colours, store.columns, this.#cells());
    store.order.filter(this.passing(this.filters.filter((entry) => this.#isHere(entry))));
    this.#show();
  }

  /**
   * Whether a filter can be evaluated here. Those that compare a row with others are left to the
   * server in a large sheet.
   * @param {Entry} entry
   */
  #isHere(entry) {
    const isOfOthers = partsOf(entry).some(({ kind }) => kind === "repeated");
    return !(this.store.order.isPaged && isOfOthers);
  }

  #show() {
    this.stage.arrange(true);
    this.stage.repaint();
    this.#tell();
  }

  #tell() {
    for (const listener of this.listeners) listener(this.view);
  }

  /** The parts of the view that require another grid if they change. */
  #columns() {
    const { columns, view } = this.store;
    return [visible(columns, view).map(({ name }) => name), view.frozen, view.height];
  }
}

/**
 * The tools in the bar: their names, and how many of their settings are in force.
 * @param {CurrentView} current
 * @param {Record<string, string>} texts
 * @returns {Omit<Tool, "fill" | "when">[]}
 */
export function viewTools(current, texts) {
  const { store } = current;
  const titles = (/** @type {{column: string}[]} */ entries) =>
    entries.map(({ column }) => store.column(column)?.title ?? column).join(", ");
  const many = (/** @type {string} */ word, /** @type {number} */ n) => ({
    n,
    words: count(texts, word, n),
  });
  return [
    {
      name: "columns",
      icon: "columns",
      text: texts.columnsTitle,
      rank: 10,
      inForce: () => many("hiddenMany", store.columns.length - store.shownColumns.length),
    },
    {
      name: "filter",
      icon: "filter",
      text: texts.filter,
      rank: 20,
      inForce: () => many("conditionMany", current.conditions.length),
    },
    {
      name: "sort",
      icon: "sort",
      text: texts.sort,
      rank: 30,
      inForce: () => ({ n: store.order.sorts.length, words: titles(store.order.sorts) }),
    },
    {
      name: "group",
      icon: "group",
      text: texts.group,
      rank: 40,
      inForce: () => ({ n: store.groups.by.length, words: titles(store.groups.by) }),
    },
    {
      name: "colour",
      icon: "colour",
      text: texts.colour,
      rank: 50,
      inForce: () => many("ruleMany", current.view.colours.length),
    },
    {
      name: "height",
      icon: "height",
      text: texts.height,
      rank: 60,
      inForce: () => ({ n: 0, words: "" }),
    },
  ];
}
