/**
 * The sheet's own actions on rows. The server carries them out; what they change in cells can be
 * undone like the user's own edits.
 */

import { Batch } from "../wire/batch.js";
import { ask } from "./deleting.js";

/** @import {Action, Pk, Refusal, Part, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Commit, Screen} from "../surfaces.js" */
/** @import {Outbox} from "../wire/outbox.js" */

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
  async act({ name, label, confirm }, wanted) {
    const { store, screen, outbox, world } = this;
    const { texts } = world;
    if (confirm && !(await ask(world.root, confirm, { yes: label, no: texts.cancel }))) return;
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
