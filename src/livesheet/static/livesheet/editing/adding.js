/**
 * New rows: filled in as drafts, and sent when the user goes to another row, if every column that
 * the server requires has a value. A refused row stays, with everything that was typed.
 */

import { newStep } from "../store/undo.js";
import { isReadonly } from "../values/kinds.js";

/** @import {Batch} from "../wire/batch.js" */
/** @import {Outbox} from "../wire/outbox.js" */
/** @import {Pk, Refusal, Part, Value} from "../protocol.js" */
/** @import {Screen} from "../surfaces.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Step} from "../store/undo.js" */

/**
 * @typedef {{values: Record<string, Value>, above?: Pk | null, like?: string}} NewRow  like: the
 *   new row goes into the group of this row or heading, and gets that group's values
 */

export class Adding {
  /**
   * @param {Store} store
   * @param {Screen} screen
   * @param {Outbox} outbox
   * @param {(pk: Pk, column: string, refusal: Refusal, typed: Value) => void} mark
   */
  constructor(store, screen, outbox, mark) {
    this.store = store;
    this.screen = screen;
    this.outbox = outbox;
    this.mark = mark;
    /** @type {Pk | null} the row where the user is, or was last */
    this.at = null;
    /** @type {Set<Pk>} drafts that have not changed since the server refused them */
    this.refused = new Set();
  }

  /** The column in which the user begins to fill in a new row. */
  get firstColumn() {
    return this.store.shownColumns.find((column) => !isReadonly(column))?.name;
  }

  /**
   * Adds a row to the sheet without sending it.
   * @param {NewRow} row
   * @returns {Pk} the key of its draft
   */
  draft({ values, above = null, like = "" }) {
    const { drafts, order, groups } = this.store;
    const draft = drafts.create(values, groups.isOn ? this.store.groupValues(like) : {});
    order.addDraft(draft, above, like);
    return draft;
  }

  /**
   * Adds an empty row, and selects it.
   * @param {Pk | null} [above]  the row below the new one; by default, it is added at the end
   * @param {string} [column]
   * @param {string} [like]  a row or heading of its group; by default, the row where the user is
   */
  blank(above = null, column = this.firstColumn, like = above ?? this.at ?? "") {
    const { store, screen } = this;
    if (!store.can.add) return;
    const draft = this.draft({ values: {}, above, like });
    store.undo.record([], [newStep({ kind: "add", pk: draft })]);
    screen.arrange();
    screen.select(draft, column);
  }

  /**
   * Enters a value into a new row.
   * @param {Pk} draft
   * @param {string} column
   * @param {Value} value
   */
  fillIn(draft, column, value) {
    this.refused.delete(draft);
    this.store.fillIn(draft, column, value);
  }

  /** @param {Pk} pk */
  isOpen(pk) {
    return (
      this.store.drafts.isDraft(pk) && this.store.drafts.has(pk) && !this.outbox.pendingRow(pk)
    );
  }

  /** The drafts that have typed values and have not been sent. */
  get unfinished() {
    const { drafts, order } = this.store;
    return [...order.drafts].filter((pk) => this.isOpen(pk) && !drafts.isUntouched(pk));
  }

  /**
   * The drafts that have all required values and have not been sent.
   * @param {Iterable<Pk>} drafts
   */
  ready(drafts) {
    const { drafts: known, columns } = this.store;
    return [...drafts].filter(
      (pk) =>
        this.isOpen(pk) &&
        !this.refused.has(pk) &&
        !known.isUntouched(pk) &&
        !known.missing(pk, columns).length,
    );
  }

  /**
   * Follows the selection to another row. If it leaves a new row, that row is sent if it is
   * complete, or removed if nothing was typed into it.
   * @param {Pk | null} pk
   */
  moveTo(pk) {
    const { store, at: left } = this;
    if (pk === left) return;
    const wasDraft = left !== null && this.isOpen(left);
    const isVanishing = wasDraft && store.drafts.isUntouched(left);
    if (pk !== null || isVanishing) this.at = pk;
    if (isVanishing) this.#vanish(left);
    else if (wasDraft && pk !== null) this.#sendThese(this.ready([left]));
  }

  /** @param {Pk} draft */
  #vanish(draft) {
    this.store.undo.forget(new Set([draft]));
    this.discard([draft]);
  }

  /**
   * Sends a new row because the user asks for it, even if it was refused before.
   * @param {Pk} draft
   */
  save(draft) {
    this.refused.delete(draft);
    this.#sendThese(this.ready([draft]));
  }

  /** @param {Pk[]} drafts */
  #sendThese(drafts) {
    if (!drafts.length) return;
    const { undo } = this.store;
    const steps = new Map(drafts.map((pk) => [pk, newStep({ kind: "add", pk })]));
    undo.forget(new Set(drafts));
    undo.record([], [...steps.values()]);
    this.send(drafts, steps, null);
  }

  /**
   * @param {Pk[]} drafts
   * @param {Map<Pk, Step>} steps
   * @param {Batch | null} batch
   */
  send(drafts, steps, batch) {
    const { drafts: known } = this.store;
    if (drafts.length)
      this.outbox.add(
        drafts.map((draft) => ({
          draft,
          values: known.values(draft),
          step: steps.get(draft),
          batch,
        })),
      );
    this.screen.repaint();
  }

  /** @param {Pk[]} drafts */
  discard(drafts) {
    const { store, screen } = this;
    for (const draft of drafts) {
      store.drafts.delete(draft);
      this.refused.delete(draft);
      store.marks.clearRow(draft);
      store.order.remove(draft);
    }
    if (drafts.length) screen.arrange();
  }

  /**
   * @param {Part} part
   * @param {Refusal | null} refusal
   */
  done(part, refusal) {
    const { store, screen } = this;
    if (part.step) Object.assign(part.step, { refused: refusal !== null, cursor: store.cursor });
    screen.repaint();
    if (!refusal) {
      store.drafts.delete(part.pk);
      screen.added(part.pk, part.left?.value ?? {});
      // It has been saved, but this user may not see it.
      if (!store.rows.has(part.pk)) store.order.remove(part.pk);
      screen.arrange();
      return;
    }
    for (const waiting of part.echo ?? []) this.fillIn(part.pk, waiting.column, waiting.value);
    if (refusal.code === "aborted") return;
    this.refused.add(part.pk);
    for (const error of [refusal, ...(refusal.also ?? [])]) {
      const column = error.column ?? this.firstColumn ?? "";
      this.mark(part.pk, column, error, part.value[column]);
    }
  }
}
