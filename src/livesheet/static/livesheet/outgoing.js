/**
 * Outward: what the user wishes, and how each wish ends. A wish may be refused; then the cell shows
 * what the server has, and says why.
 */

import { isReadonly } from "./cells.js";
import { Outbox } from "./outbox.js";
import { ask } from "./question.js";
import { fill } from "./texts.js";

/**
 * @import {CellEdit, Clock, Commit, Mark, Pk, Refusal, Screen, Unit, Value}
 *   from "./protocol.js"
 */
/** @import {Store} from "./store.js" */

/** Whose sheet this was may not have it, or somebody else has it now. */
const OTHERS = new Set(["forbidden", "other_user"]);

export class Outgoing {
  /**
   * @param {Store} store
   * @param {Screen} screen
   * @param {{client: string, send: (frame: object) => boolean, texts: Record<string, string>,
   *   root: HTMLElement, clock: Clock}} world
   */
  constructor(store, screen, { client, send, texts, root, clock }) {
    this.store = store;
    this.screen = screen;
    this.texts = texts;
    this.root = root;
    this.clock = clock;
    this.outbox = new Outbox(
      client,
      {
        send,
        current: (pk, column) => store.base(pk, column),
        onDone: (unit) => this.#done(unit),
        onAdopted: (draft, pk) => this.#adopted(draft, pk),
        onCount: () => {
          screen.count(this.outbox.size);
          this.onChange();
        },
      },
      clock,
    );
    store.outbox = this.outbox;
    /** Something is wished for, or is not any more. */
    this.onChange = () => {};
  }

  /** @param {Commit[]} wished  one user action */
  edit(wished) {
    const { store } = this;
    const commits = this.#possible(wished);
    for (const { pk, column } of commits) store.marks.clear(pk, column);
    const real = commits.filter(({ pk }) => !store.drafts.has(pk));
    const steps = real.length ? store.undo.record(real) : [];
    const drafted = commits.filter(({ pk }) => store.drafts.has(pk));
    for (const { pk, column, value, base } of drafted) this.#editDraft(pk, column, value, base);
    this.outbox.edit(real.map((commit, index) => ({ ...commit, step: steps[index] })));
    this.#sendDrafts(new Set(drafted.map(({ pk }) => pk)));
    this.screen.refresh(new Set(commits.map(({ pk }) => pk)));
    this.onChange();
  }

  /**
   * A row may have gone from under the user's editor: what was typed there is offered back.
   * @param {Commit[]} commits
   */
  #possible(commits) {
    const { store } = this;
    const isThere = (/** @type {Pk} */ pk) => store.rows.has(pk) || store.drafts.has(pk);
    const gone = store.cursor === null ? [] : commits.filter(({ pk }) => !isThere(pk));
    for (const pk of new Set(gone.map((commit) => commit.pk)))
      this.#lose(
        pk,
        gone.filter((commit) => commit.pk === pk),
      );
    return commits.filter((commit) => !gone.includes(commit));
  }

  /**
   * @param {Pk} pk
   * @param {{column: string, value: Value, row?: string}[]} typed
   */
  #lose(pk, typed) {
    const cells = typed.map(({ column, value }) => ({ column, value }));
    this.screen.tell("lost", { pk, row: typed[0].row, cells });
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @param {Value} value
   * @param {Value} base
   */
  #editDraft(pk, column, value, base) {
    if (this.outbox.pendingRow(pk)) this.outbox.edit([{ pk, column, value, base }]);
    else this.store.drafts.set(pk, column, value);
  }

  /** @param {Set<Pk>} drafts */
  #sendDrafts(drafts) {
    const { store, outbox } = this;
    const ready = [...drafts].filter(
      (pk) => !outbox.pendingRow(pk) && !store.drafts.missing(pk, store.columns).length,
    );
    if (ready.length)
      outbox.add(ready.map((draft) => ({ draft, values: store.drafts.values(draft) })));
    this.screen.repaint();
  }

  /** A blank row at the end, ready to be typed into. */
  addRow() {
    const { store, screen } = this;
    if (!store.can.add) return;
    const draft = store.drafts.create();
    store.view.addDraft(draft);
    screen.arrange();
    screen.select(draft, store.columns.find((column) => !isReadonly(column))?.name);
  }

  /** @param {Record<string, Value>[]} rows  pasted below the last one */
  addRows(rows) {
    const drafts = rows.map((values) => this.store.drafts.create(values));
    for (const draft of drafts) this.store.view.addDraft(draft);
    this.screen.arrange();
    this.#sendDrafts(new Set(drafts));
  }

  /** @param {Pk[]} pks */
  async delete(pks) {
    const { store, texts } = this;
    const drafts = pks.filter((pk) => store.drafts.isDraft(pk) && !this.outbox.pendingRow(pk));
    for (const pk of drafts) this.#discard(pk);
    const real = store.can.delete ? pks.filter((pk) => store.rows.has(pk)) : [];
    const cursor = store.cursor;
    if (real.length > 1) {
      const text = fill(texts.deleteSure, { n: real.length });
      const yes = fill(texts.deleteRows, { n: real.length });
      if (!(await ask(this.root, text, { yes, no: texts.cancel }))) return;
    }
    this.outbox.delete(real, cursor);
    this.screen.refresh(real);
    this.screen.repaint();
  }

  /** @param {Pk} draft */
  #discard(draft) {
    this.store.drafts.delete(draft);
    this.store.marks.clearRow(draft);
    this.store.view.remove(draft);
    this.screen.arrange();
  }

  undo() {
    this.#again(this.store.undo.undo());
  }

  redo() {
    this.#again(this.store.undo.redo());
  }

  /** @param {(CellEdit & {step: any})[]} edits */
  #again(edits) {
    const { store, screen } = this;
    const possible = edits.filter(({ pk }) => store.rows.has(pk));
    for (const { pk, column } of possible) store.marks.clear(pk, column);
    this.outbox.edit(possible);
    screen.refresh(possible.map(({ pk }) => pk));
    if (possible.length) screen.select(possible[0].pk, possible[0].column);
  }

  /**
   * The user has seen what stands there now, and wants the refused value all the same.
   * @param {Pk} pk
   * @param {string} column
   * @param {Mark} mark
   */
  insist(pk, column, mark) {
    const base = this.store.base(pk, column);
    const before = this.store.shown(pk, column);
    this.edit([{ pk, column, value: mark.typed, base, before }]);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   */
  dismiss(pk, column) {
    this.store.marks.clear(pk, column);
    this.screen.refresh([pk]);
  }

  /**
   * @param {Pk} draft
   * @param {Pk} pk
   */
  #adopted(draft, pk) {
    const { store } = this;
    store.drafts.rename(draft, pk);
    store.marks.rename(draft, pk);
    store.undo.rename(draft, pk);
    store.view.adopt(draft, pk);
    this.screen.rename(draft, pk);
  }

  /** @param {Unit} unit */
  #done(unit) {
    const refusal = typeof unit.result === "object" ? unit.result : null;
    if (unit.kind === "add") this.#addDone(unit, refusal);
    else if (unit.kind === "delete") this.#deleteDone(unit, refusal);
    else this.#editDone(unit, refusal);
    if (refusal) this.screen.tell("rejected", { ...refusal, pk: unit.pk, column: unit.column });
    else this.#saved(unit);
    this.screen.refresh([unit.pk]);
  }

  /** @param {Unit} unit */
  #saved({ kind, pk, column, result }) {
    const detail = kind === "edit" ? { kind, pk, column } : { kind, pk };
    this.screen.tell("saved", { ...detail, unchanged: result === "unchanged" });
  }

  /**
   * @param {Unit} unit
   * @param {Refusal | null} refusal
   */
  #editDone(unit, refusal) {
    if (unit.step && refusal) unit.step.refused = true;
    else if (unit.step && unit.result === "saved") unit.step.after = unit.echo;
    if (!refusal) return;
    if (this.store.rows.has(unit.pk)) this.#mark(unit.pk, unit.column, refusal, unit.value);
    else if (!OTHERS.has(refusal.code)) this.#lose(unit.pk, [unit]);
  }

  /**
   * @param {Unit} unit
   * @param {Refusal | null} refusal
   */
  #addDone(unit, refusal) {
    const { store, screen } = this;
    if (!refusal) {
      store.drafts.delete(unit.pk);
      // Saved, and yet not ours to see.
      if (!store.rows.has(unit.pk)) store.view.remove(unit.pk);
      screen.arrange();
      screen.repaint();
      return;
    }
    for (const waiting of unit.step) store.drafts.set(unit.pk, waiting.column, waiting.value);
    for (const error of [refusal, ...(refusal.also ?? [])]) {
      const column = error.column ?? store.columns.find((one) => !isReadonly(one))?.name ?? "";
      this.#mark(unit.pk, column, error, unit.value[column]);
    }
    screen.repaint();
  }

  /**
   * @param {Unit} unit
   * @param {Refusal | null} refusal
   */
  #deleteDone(unit, refusal) {
    this.screen.repaint();
    // Deleted by somebody else in the meantime: that is what was wanted.
    if (!refusal || refusal.code === "not_found" || !this.store.rows.has(unit.pk)) return;
    this.#mark(unit.pk, this.store.columns[0].name, refusal, null);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @param {Refusal} refusal
   * @param {Value} typed
   */
  #mark(pk, column, refusal, typed) {
    const message = refusal.message || this.#ownWords(refusal.code);
    const kind = refusal.code === "conflict" ? "conflict" : "refused";
    const { name = "", colour = "" } = refusal.by ?? {};
    const by = name ? { name, colour } : null;
    this.store.marks.set(pk, column, { kind, message, at: this.clock.now(), typed, by });
  }

  /** Refusals that the widget itself makes. @param {string} code */
  #ownWords(code) {
    const { texts } = this;
    /** @type {Record<string, string>} */
    const words = { expired: texts.expired, too_big: texts.tooBig, conflict: texts.conflict };
    return words[code] ?? texts.refused;
  }
}
