/**
 * Gathers everything that is shown about each cell, row and header, for the painter.
 */

import { partsOf } from "../store/conditions.js";
import { fill } from "../texts.js";
import { isEmpty, isMany, isReadonly } from "../values/kinds.js";
import { pathText } from "./headings.js";

/** @import {Clock, Column, Mark, Person, Pk, Value} from "../protocol.js" */
/** @import {Look, RowLook, SortLook} from "../surfaces.js" */
/** @import {Store} from "../store/store.js" */

export class Looks {
  /**
   * @param {Store} store
   * @param {{at: (pk: Pk, column: string) => Person[]}} presence
   * @param {Record<string, string>} texts
   * @param {Clock} clock
   * @param {(pk: Pk, column: string) => string} [colourOf]  the colour of a cell by rules
   */
  constructor(store, presence, texts, clock, colourOf = () => "") {
    this.colourOf = colourOf;
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
    const mark = store.marks.get(pk, column.name);
    const people = this.presence.at(pk, column.name);
    const isBlank = isEmpty(value);
    const pending =
      store.outbox.pending(pk, column.name) !== null ||
      (row === "draft" && !isBlank && store.outbox.pendingRow(pk) !== null);
    const unsent = pending && store.outbox.ready === false;
    const readonly = isReadonly(column) || (row !== "draft" && !store.can.change);
    const missing = row === "draft" && isBlank && column.required && !isReadonly(column);
    const text = store.text(column, value);
    const moves = store.groups.isBy([column.name]) ? store.groups.moveOf(pk) : null;
    return {
      text,
      ...(isMany(column) ? { parts: store.parts(column, value) } : {}),
      found: store.haystack.isIn(text, store.order.query),
      pending,
      unsent,
      mark,
      people,
      tag: this.#tag(people),
      readonly,
      row,
      missing,
      isDefault: !isBlank && store.isDefault(pk, column.name),
      colour: this.colourOf(pk, column.name) || store.rows.style(pk),
      cut: store.cut.length > 0 && store.isCut(pk, column.name),
      tall: store.view.height === "tall",
      title: [
        mark ? this.#about(column, mark) : "",
        missing && !mark ? this.texts.required : "",
        pending ? this.texts[unsent ? "unsentCell" : "pending"] : "",
        people.length ? this.#whoIsHere(people) : "",
        isReadonly(column) ? this.texts.readonly : "",
        moves ? this.#movesTo(moves) : "",
      ]
        .filter(Boolean)
        .join("\n"),
      now: this.clock.now(),
    };
  }

  /**
   * @param {Pk} pk
   * @returns {RowLook}
   */
  rowLook(pk) {
    return {
      ...this.#rowWords(pk),
      isOpen: this.store.opened === pk,
      isTicked: this.store.ticked.has(pk),
    };
  }

  /**
   * @param {Pk} pk
   * @returns {Pick<RowLook, "state" | "title">}
   */
  #rowWords(pk) {
    const state = this.#rowState(pk);
    if (state === "draft") return { state, title: this.#draftTitle(pk) };
    if (state === "deleting") return { state, title: this.texts.deleting };
    const { misplaced, unmatched } = this.store.order;
    if (unmatched.has(pk)) return { state: "misplaced", title: this.texts.unmatched };
    const group = this.store.groups.moveOf(pk);
    if (group) return { state: "misplaced", title: this.#movesTo(group) };
    if (misplaced.has(pk)) return { state: "misplaced", title: this.texts.misplaced };
    return { state: "", title: "" };
  }

  /** @param {string} group */
  #movesTo(group) {
    return fill(this.texts.movesTo, { group: pathText(this.store, this.texts, group) });
  }

  /**
   * @param {Column} column
   * @returns {SortLook}
   */
  sortLook({ name }) {
    const { sorts, misplaced } = this.store.order;
    const at = sorts.findIndex(({ column }) => column === name);
    return {
      direction: at < 0 ? "" : sorts[at].descending ? "descending" : "ascending",
      rank: sorts.length > 1 ? at + 1 : 0,
      stale: at >= 0 && misplaced.size > 0,
      filtered: this.store.view.filters.flatMap(partsOf).some(({ column }) => column === name),
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

  /** @param {Person[]} people */
  #tag(people) {
    if (!people.length) return "";
    const first = people.find(({ editing }) => editing) ?? people[0];
    const name = people.length > 1 ? `${first.name} +${people.length - 1}` : first.name;
    return first.editing ? fill(this.texts.editing, { name }) : name;
  }

  /** @param {Person[]} people */
  #whoIsHere(people) {
    const { texts } = this;
    return people
      .map(({ name, editing }) => fill(editing ? texts.typingHere : texts.isHere, { name }))
      .join("\n");
  }

  /**
   * @param {Column} column
   * @param {Mark} mark
   */
  #about(column, mark) {
    if (mark.kind === "changed") return mark.message;
    const text = this.store.inWords(column, mark.typed);
    const words = mark.isUndo ? this.texts.undoWould : this.texts.youTyped;
    return text ? `${mark.message}\n${fill(words, { text })}` : mark.message;
  }
}
