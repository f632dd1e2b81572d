/**
 * Carries out undo and redo: cells get their former values, added rows are deleted, and deleted
 * ones are added again. A cell that a colleague has changed since keeps its value, and the sheet
 * says who changed it.
 */

import { sameValue } from "../protocol.js";
import { fill } from "../texts.js";
import { Batch } from "../wire/batch.js";

/** @import {Adding} from "./adding.js" */
/** @import {Deleting} from "./rowactions.js" */
/** @import {Outbox} from "../wire/outbox.js" */
/** @import {Pk, Refusal, Value} from "../protocol.js" */
/** @import {Screen} from "../surfaces.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Step} from "../store/undo.js" */

export class Again {
  /**
   * @param {Store} store
   * @param {Screen} screen
   * @param {{outbox: Outbox, adding: Adding, deleting: Deleting}} parts
   * @param {{texts: Record<string, string>, nameOf: (pk: Pk) => string,
   *   onBatch: (batch: Batch) => void,
   *   mark: (pk: Pk, column: string, refusal: Refusal, typed: Value) => void}} world
   */
  constructor(store, screen, parts, world) {
    this.store = store;
    this.screen = screen;
    this.parts = parts;
    this.world = world;
  }

  undo() {
    this.#turn(this.store.undo.past, () => this.store.undo.undo());
  }

  redo() {
    this.#turn(this.store.undo.future, () => this.store.undo.redo());
  }

  /**
   * @param {Step[][]} stack
   * @param {() => Step[]} turn
   */
  #turn(stack, turn) {
    const { screen, parts, world } = this;
    const isUnderWay = (/** @type {Step} */ { kind, pk }) =>
      kind !== "edit" && parts.outbox.pendingRow(pk) !== null;
    if (stack.at(-1)?.some(isUnderWay)) screen.say(world.texts.stillSaving);
    else this.#carryOut(turn());
  }

  /** @param {Step[]} steps */
  #carryOut(steps) {
    const of = (/** @type {Step["kind"]} */ kind) => steps.filter((step) => step.kind === kind);
    const batch = new Batch("undo");
    const edits = of("edit").filter((step) => this.#isPossible(step, batch));
    const added = this.#add(of("add"));
    this.#delete(of("delete"));
    const isLarge = edits.length + batch.refused.length > 1;
    batch.expect(edits.length + batch.refused.length);
    if (isLarge) this.world.onBatch(batch);
    this.#edit(edits, isLarge ? batch : null);
    const [first] = [...added, ...edits, ...of("edit")];
    if (first) this.screen.select(first.pk, first.column || this.parts.adding.firstColumn);
  }

  /**
   * Whether nobody else has changed the cell since.
   * @param {Step} step
   * @param {Batch} batch
   */
  #isPossible(step, batch) {
    const { store, screen, world, parts } = this;
    const { pk, column, before, after } = step;
    if (store.drafts.has(pk)) return true;
    if (store.order.isPaged && !store.rows.has(pk)) return true; // the server compares its base
    step.refused = !store.rows.has(pk);
    if (step.refused) screen.say(world.texts.rowGone);
    const theirs = store.base(pk, column);
    if (step.refused || parts.outbox.pending(pk, column) || sameValue(theirs, before))
      return !step.refused;
    step.refused = !sameValue(theirs, after);
    if (!step.refused) return false;
    const who = world.nameOf(pk);
    const message = who ? fill(world.texts.notUndone, { who }) : world.texts.notUndoneSince;
    const refusal = { pk, column, code: "conflict", message, isUndo: true };
    batch.refuse(pk, column, refusal);
    world.mark(pk, column, refusal, after);
    screen.refresh([pk]);
    return false;
  }

  /**
   * @param {Step[]} steps
   * @param {Batch | null} batch
   */
  #edit(steps, batch) {
    const { store, screen, parts } = this;
    for (const { pk, column } of steps) store.marks.clear(pk, column);
    const isDraft = (/** @type {Step} */ { pk }) => store.drafts.has(pk);
    for (const { pk, column, after } of steps.filter(isDraft)) {
      const isLeft = sameValue(after, store.column(column)?.default ?? null);
      if (isLeft) store.drafts.unset(pk, column);
      else parts.adding.fillIn(pk, column, after);
    }
    parts.outbox.edit(
      steps
        .filter((step) => !isDraft(step))
        .map((step) => ({ ...step, value: step.after, base: step.before, step, batch })),
    );
    for (const _ of steps.filter(isDraft)) batch?.drop();
    screen.refresh(steps.map(({ pk }) => pk));
  }

  /**
   * Adds deleted rows again as new rows, in their former places.
   * @param {Step[]} steps
   */
  #add(steps) {
    const { store, screen, world, parts } = this;
    if (!steps.length) return [];
    if (!store.can.add) {
      for (const step of steps) step.refused = true;
      screen.say(world.texts.mayNotAdd);
      return [];
    }
    /** @type {Map<Pk, Step>} */
    const byDraft = new Map();
    for (const step of steps) {
      const draft = parts.adding.draft(step);
      store.undo.rename(step.pk, draft);
      byDraft.set(draft, step);
    }
    screen.arrange();
    parts.adding.send(parts.adding.ready(byDraft.keys()), byDraft, null);
    const isReal = steps.some(({ values }) => Object.keys(values).length);
    if (isReal) screen.say(world.texts.rowsAgain);
    return steps;
  }

  /**
   * Deletes added rows, unless somebody else has changed them since.
   * @param {Step[]} steps
   */
  #delete(steps) {
    const { store, parts } = this;
    const real = steps.filter(({ pk }) => store.rows.has(pk));
    const known = new Map(parts.deleting.remember(real.map(({ pk }) => pk)).map((s) => [s.pk, s]));
    for (const step of real) {
      const { values, above } = /** @type {Step} */ (known.get(step.pk));
      Object.assign(step, { values, above });
    }
    const drafts = steps.filter(({ pk }) => store.drafts.isDraft(pk));
    for (const step of drafts) step.values = { ...store.drafts.values(step.pk) };
    parts.adding.discard(drafts.map(({ pk }) => pk));
    if (real.length) parts.deleting.send(real, ({ cursor }) => cursor);
  }
}
