/**
 * The view in effect: what is sorted, filtered, hidden, moved, frozen and how wide,
 * carried out on the order and the stage. Whoever wants to know of a change listens.
 */

import { sameValue } from "../protocol.js";
import { isActive, visible } from "../store/view.js";
import { passing } from "./filters.js";

/** @import {Filter, View} from "../store/view.js" */
/** @import {Pk} from "../protocol.js" */
/** @import {Stage} from "../stage/stage.js" */
/** @import {Store} from "../store/store.js" */

export class CurrentView {
  /**
   * @param {Store} store
   * @param {Stage} stage
   * @param {(pk: Pk) => boolean} isRecent
   */
  constructor(store, stage, isRecent) {
    this.store = store;
    this.stage = stage;
    this.isRecent = isRecent;
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

  /**
   * @param {string} column  "" for one of whole rows
   * @returns {Filter | null}
   */
  filterOf(column) {
    return this.filters.find((filter) => filter.column === column) ?? null;
  }

  /** @param {View} view  takes the place of all that there was */
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
   * @param {string} column
   * @param {Filter | null} filter
   */
  filter(column, filter) {
    const others = this.filters.filter((other) => other.column !== column);
    const filters = filter && isActive(filter) ? [...others, filter] : others;
    if (!sameValue(filters, this.filters)) this.change({ filters });
  }

  clearFilters() {
    this.change({ filters: [] });
  }

  /**
   * @param {string} column
   * @param {boolean | null} descending  null: not sorted by it
   */
  sort(column, descending) {
    this.change({ sorts: descending === null ? [] : [{ column, descending }] });
  }

  /**
   * A press on a column's head.
   * @param {string} column
   * @param {boolean} isAdded  to the columns that it is sorted by already
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

  /** A width that the grid has already. @param {string} column @param {number} width */
  resized(column, width) {
    const { view } = this.store;
    view.widths = { ...view.widths, [column]: Math.round(width) };
    this.#tell();
  }

  /** Every row goes where it belongs by now. */
  refresh() {
    const { store } = this;
    const passes = passing(this.filters, store.columns, {
      shown: (pk, column) => store.shown(pk, column),
      text: (column, value) => store.text(column, value),
      isRecent: this.isRecent,
    });
    store.order.filter(passes);
    this.#show();
  }

  #show() {
    this.stage.arrange(true);
    this.stage.repaint();
    this.#tell();
  }

  #tell() {
    for (const listener of this.listeners) listener(this.view);
  }

  /** What needs another grid. */
  #columns() {
    const { columns, view } = this.store;
    return [visible(columns, view).map(({ name }) => name), view.frozen];
  }
}
