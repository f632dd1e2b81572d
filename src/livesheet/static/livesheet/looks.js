/**
 * What there is to say about each cell, row and header, gathered for the painter from everywhere
 * something is known about it.
 */

import { isReadonly } from "./cells.js";
import { fill } from "./texts.js";

/** @import {Clock, Column, Look, Mark, Person, Pk, RowLook, SortLook, Value} from "./protocol.js" */
/** @import {Store} from "./store.js" */

export class Looks {
  /**
   * @param {Store} store
   * @param {{at: (pk: Pk, column: string) => Person[]}} presence
   * @param {Record<string, string>} texts
   * @param {Clock} clock
   */
  constructor(store, presence, texts, clock) {
    this.store = store;
    this.presence = presence;
    this.texts = texts;
    this.clock = clock;
  }

  /**
   * @param {Pk} pk
   * @param {Column} column
   * @param {Value} value
   * @returns {Look}
   */
  look(pk, column, value) {
    const { store } = this;
    const row = this.#rowState(pk);
    const pending = store.outbox.pending(pk, column.name) !== null;
    const mark = store.marks.get(pk, column.name);
    const isEmpty = value === null || value === undefined || value === "";
    const missing = row === "draft" && isEmpty && column.required && !isReadonly(column);
    return {
      text: store.text(column, value),
      pending: pending || (row === "draft" && !isEmpty && store.outbox.pendingRow(pk) !== null),
      mark,
      people: this.presence.at(pk, column.name),
      row,
      missing,
      title: this.#title(column, mark, pending) || (missing ? this.texts.required : ""),
      now: this.clock.now(),
    };
  }

  /**
   * @param {Pk} pk
   * @returns {RowLook}
   */
  rowLook(pk) {
    const state = this.#rowState(pk);
    if (state === "draft") return { state, title: this.#draftTitle(pk) };
    if (state === "deleting") return { state, title: this.texts.deleting };
    if (this.store.view.misplaced.has(pk))
      return { state: "misplaced", title: this.texts.misplaced };
    return { state: "", title: "" };
  }

  /**
   * @param {Column} column
   * @returns {SortLook}
   */
  sortLook({ name, title }) {
    const { sort, misplaced } = this.store.view;
    const isSorted = sort?.column === name;
    return {
      direction: !isSorted ? "" : sort.descending ? "descending" : "ascending",
      stale: isSorted && misplaced.size > 0,
      hint: fill(this.texts.sortHint, { column: title }),
    };
  }

  /**
   * @param {Pk} pk
   * @returns {"" | "draft" | "deleting"}
   */
  #rowState(pk) {
    if (this.store.drafts.has(pk)) return "draft";
    return this.store.outbox.pendingRow(pk)?.kind === "delete" ? "deleting" : "";
  }

  /** @param {Pk} pk */
  #draftTitle(pk) {
    const missing = this.store.drafts.missing(pk, this.store.columns);
    if (!missing.length) return this.texts.newRowAny;
    return fill(this.texts.newRow, { columns: missing.map(({ title }) => title).join(", ") });
  }

  /**
   * @param {Column} column
   * @param {Mark | null} mark
   * @param {boolean} pending
   */
  #title(column, mark, pending) {
    if (!mark) return pending ? this.texts.pending : "";
    if (mark.kind === "changed") return mark.message;
    const typed = this.store.text(column, mark.typed);
    return typed ? `${mark.message}\n${fill(this.texts.youTyped, { text: typed })}` : mark.message;
  }
}
