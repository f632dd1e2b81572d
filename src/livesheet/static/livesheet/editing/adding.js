/**
 * New rows: filled in as drafts, sent once every column that the server requires has a value. A
 * refused one stays, with all that was typed.
 */

import { newStep } from "../store/undo.js";
import { isReadonly } from "../values/kinds.js";

/** @import {Batch} from "../wire/batch.js" */
/** @import {Outbox} from "../wire/outbox.js" */
/** @import {Pk, Refusal, Unit, Value} from "../protocol.js" */
/** @import {Screen} from "../surfaces.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Step} from "../store/undo.js" */

/** @typedef {{values: Record<string, Value>, above?: Pk | null}} NewRow */

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
  }

  /** Where whoever fills in a new row begins. */
  get firstColumn() {
    return this.store.columns.find((column) => !isReadonly(column))?.name;
  }

  /**
   * Stands in the sheet, and has not been sent.
   * @param {NewRow} row
   * @returns {Pk} its draft
   */
  draft({ values, above = null }) {
    const draft = this.store.drafts.create(values);
    this.store.order.addDraft(draft, above);
    return draft;
  }

  /**
   * Ready to be typed into.
   * @param {Pk | null} [above]  the row above which it stands; else at the end
   */
  blank(above = null) {
    const { store, screen } = this;
    if (!store.can.add) return;
    const draft = this.draft({ values: {}, above });
    store.undo.record([], [newStep({ kind: "add", pk: draft })]);
    screen.arrange();
    screen.select(draft, this.firstColumn);
  }

  /**
   * Those that have all that is required, and are not under way.
   * @param {Iterable<Pk>} drafts
   */
  ready(drafts) {
    const { store, outbox } = this;
    return [...drafts].filter(
      (pk) =>
        store.drafts.has(pk) &&
        !outbox.pendingRow(pk) &&
        Object.keys(store.drafts.values(pk)).length > 0 &&
        !store.drafts.missing(pk, store.columns).length,
    );
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
      store.marks.clearRow(draft);
      store.order.remove(draft);
    }
    if (drafts.length) screen.arrange();
  }

  /**
   * @param {Unit} unit
   * @param {Refusal | null} refusal
   */
  done(unit, refusal) {
    const { store, screen } = this;
    if (unit.step) Object.assign(unit.step, { refused: refusal !== null, cursor: store.cursor });
    screen.repaint();
    if (!refusal) {
      store.drafts.delete(unit.pk);
      screen.added(unit.pk, unit.left?.value ?? {});
      // Saved, and yet not ours to see.
      if (!store.rows.has(unit.pk)) store.order.remove(unit.pk);
      screen.arrange();
      return;
    }
    for (const waiting of unit.echo ?? []) store.drafts.set(unit.pk, waiting.column, waiting.value);
    if (refusal.code === "aborted") return;
    for (const error of [refusal, ...(refusal.also ?? [])]) {
      const column = error.column ?? this.firstColumn ?? "";
      this.mark(unit.pk, column, error, unit.value[column]);
    }
  }
}
