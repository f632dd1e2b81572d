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

/** @typedef {{values: Record<string, Value>, above?: Pk | null, like?: string}} NewRow  like: in the
 *  group of this row or heading, with what it has in common with that */

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
    /** @type {Set<Pk>} drafts that are as the server refused them */
    this.refused = new Set();
  }

  /** Where whoever fills in a new row begins. */
  get firstColumn() {
    return this.store.shownColumns.find((column) => !isReadonly(column))?.name;
  }

  /**
   * Stands in the sheet, and has not been sent.
   * @param {NewRow} row
   * @returns {Pk} its draft
   */
  draft({ values, above = null, like = "" }) {
    const { drafts, order, groups } = this.store;
    const draft = drafts.create(values, groups.isOn ? this.store.groupValues(like) : {});
    order.addDraft(draft, above, like);
    return draft;
  }

  /**
   * Ready to be typed into.
   * @param {Pk | null} [above]  the row above which it stands; else at the end
   * @param {string} [column]
   * @param {string} [like]  in the group of this row or heading; else where the user is
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
   * Typed into a new row.
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

  /** Those that something was typed into, and that are not under way. */
  get unfinished() {
    const { drafts, order } = this.store;
    return [...order.drafts].filter((pk) => this.isOpen(pk) && !drafts.isUntouched(pk));
  }

  /**
   * Those that have all that is required, and are not under way.
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
   * The selection is here. A new row that it leaves for another row is sent, if it can be; one that
   * nothing was typed into vanishes.
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

  /** The user asks for it: as it stands, also if it was refused so. @param {Pk} draft */
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
      // Saved, and yet not ours to see.
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
