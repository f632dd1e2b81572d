/**
 * What is done with whole rows: deleting them, and the sheet's own actions, which the server carries
 * out. Where it matters, the user is asked first. Both are remembered as far as possible, so that
 * undo can add deleted rows again, and give cells their former values.
 */

import { confirm } from "../elements.js";
import { newStep } from "../store/undo.js";
import { fill } from "../texts.js";
import { isReadonly } from "../values/kinds.js";
import { Batch } from "../wire/batch.js";

/** @import {Action, Part, Pk, Refusal, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Step} from "../store/undo.js" */
/** @import {Commit, Screen} from "../surfaces.js" */
/** @import {Outbox} from "../wire/outbox.js" */

/**
 * Asks for confirmation if there are many rows, and remembers them, so that undo can add them
 * again.
 */
export class Deleting {
  /**
   * @param {Store} store
   * @param {Screen} screen
   * @param {Outbox} outbox
   * @param {{texts: Record<string, string>, root: HTMLElement,
   *   mark: (pk: Pk, column: string, refusal: Refusal, typed: Value) => void}} world
   */
  constructor(store, screen, outbox, { texts, root, mark }) {
    this.store = store;
    this.screen = screen;
    this.outbox = outbox;
    this.texts = texts;
    this.root = root;
    this.mark = mark;
  }

  /**
   * @param {Pk[]} pks  of saved rows
   */
  async ask(pks) {
    const { store } = this;
    if (!store.can.delete || !pks.length) return;
    const cursor = store.cursor;
    if (pks.length > 1 && !(await this.#sure(pks.length))) return;
    const steps = this.remember(pks);
    store.undo.record([], steps);
    this.send(steps, () => cursor);
  }

  /**
   * Remembers what undo can restore: the values that the user may write.
   * @param {Pk[]} pks
   * @returns {Step[]}
   */
  remember(pks) {
    const { store } = this;
    const columns = store.columns.filter((column) => !isReadonly(column));
    const above = this.#neighbours(new Set(pks));
    return pks.map((pk) => {
      const values = columns.flatMap(({ name }) => {
        const value = store.base(pk, name);
        return value === null ? [] : [[name, value]];
      });
      const next = above.get(pk) ?? null;
      return newStep({ kind: "delete", pk, values: Object.fromEntries(values), above: next });
    });
  }

  /**
   * @param {Step[]} steps
   * @param {(step: Step) => string | null} seen  returns the position in the log that the user had
   *   seen when deleting
   */
  send(steps, seen) {
    for (const { pk } of steps) this.store.leaving.add(pk);
    this.outbox.delete(steps.map((step) => ({ pk: step.pk, cursor: seen(step), step })));
    this.screen.refresh(steps.map(({ pk }) => pk));
    this.screen.repaint();
  }

  /**
   * @param {Part} part
   * @param {Refusal | null} refusal
   */
  done(part, refusal) {
    this.screen.repaint();
    // If somebody else has deleted the row in the meantime, that is what the user wanted.
    const isRefused = refusal !== null && this.store.rows.has(part.pk);
    if (isRefused) this.store.leaving.delete(part.pk);
    if (part.step && refusal) part.step.refused = true;
    if (isRefused && refusal.code !== "not_found")
      this.mark(part.pk, this.store.columns[0].name, refusal, null);
  }

  /** @param {number} n */
  #sure(n) {
    const { texts, store } = this;
    const text = fill(store.can.add ? texts.deleteSureAgain : texts.deleteSure, { n });
    return confirm(this.root, text, { yes: fill(texts.deleteRows, { n }), no: texts.cancel });
  }

  /**
   * For each row, the nearest row below it that is not deleted.
   * @param {Set<Pk>} pks
   * @returns {Map<Pk, Pk>}
   */
  #neighbours(pks) {
    /** @type {Map<Pk, Pk>} */
    const found = new Map();
    /** @type {Pk | null} */
    let below = null;
    for (const pk of [...this.store.order.settle()].reverse()) {
      if (!pks.has(pk)) below = pk;
      else if (below !== null) found.set(pk, below);
    }
    return found;
  }
}

/**
 * The sheet's own actions. What they change in cells can be undone like the user's own edits.
 */
export class Acting {
  /**
   * @param {Store} store
   * @param {Screen} screen
   * @param {Outbox} outbox
   * @param {{texts: Record<string, string>, root: HTMLElement,
   *   onBatch: (batch: Batch) => void,
   *   mark: (pk: Pk, column: string, refusal: Refusal, typed: Value) => void}} world
   */
  constructor(store, screen, outbox, world) {
    this.store = store;
    this.screen = screen;
    this.outbox = outbox;
    this.world = world;
    /** @type {Map<any, Part[]>} the parts of each action that have succeeded so far */
    this.done = new Map();
  }

  /**
   * @param {Action} action
   * @param {Pk[]} wanted
   */
  async act({ name, label, confirm: asked }, wanted) {
    const { store, screen, outbox, world } = this;
    const { texts } = world;
    if (asked && !(await confirm(world.root, asked, { yes: label, no: texts.cancel }))) return;
    // If it waited for a connection, it might be unwanted by then.
    if (!outbox.ready) {
      screen.say(texts.actOffline);
      return;
    }
    const pks = wanted.filter((pk) => store.rows.has(pk));
    if (!pks.length) return;
    for (const pk of pks) store.marks.clear(pk, this.#column);
    const batch = new Batch("act");
    batch.expect(pks.length);
    this.done.set(batch, []);
    world.onBatch(batch);
    outbox.act(name, pks, batch);
  }

  /**
   * @param {Part} part
   * @param {Refusal | null} refusal
   */
  settle(part, refusal) {
    if (refusal && this.store.rows.has(part.pk))
      this.world.mark(part.pk, this.#column, refusal, null);
    if (!refusal) this.done.get(part.batch)?.push(part);
  }

  /** Remembers an action for undo, after its last row. @param {Batch} batch */
  over(batch) {
    const parts = this.done.get(batch);
    if (!parts || !batch.isOver) return;
    this.done.delete(batch);
    const written = parts.filter(({ result }) => result === "saved");
    if (written.every(({ left }) => left)) this.#remember(written);
  }

  /** @param {Part[]} parts */
  #remember(parts) {
    /** @type {Commit[]} */
    const edits = parts.flatMap(({ pk, left }) =>
      Object.entries(left?.value ?? {}).map(([column, [before, value]]) => ({
        ...{ pk, column, before, value },
        base: before,
      })),
    );
    if (edits.length) this.store.undo.record(edits);
  }

  /** The column in which the refusal of a row is shown. */
  get #column() {
    return (this.store.shownColumns[0] ?? this.store.columns[0]).name;
  }
}
