/**
 * Deleting rows: asks for confirmation if there are many, and remembers them as far as possible, so
 * that undo can add them again.
 */

import { element } from "../elements.js";
import { newStep } from "../store/undo.js";
import { fill } from "../texts.js";
import { isReadonly } from "../values/kinds.js";

/** @import {Pk, Refusal, Part, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Step} from "../store/undo.js" */
/** @import {Screen} from "../surfaces.js" */
/** @import {Outbox} from "../wire/outbox.js" */

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
    return ask(this.root, text, { yes: fill(texts.deleteRows, { n }), no: texts.cancel });
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
 * Asks before something that cannot be undone.
 * @param {HTMLElement} root
 * @param {string} text
 * @param {{yes: string, no: string}} answers
 * @returns {Promise<boolean>}
 */
export function ask(root, text, { yes, no }) {
  const dialog = element("dialog", "ls-question");
  const form = element("form", "ls-note-actions");
  form.method = "dialog";
  const confirm = element("button", "ls-button ls-danger", yes);
  confirm.value = "yes";
  const cancel = element("button", "ls-button", no);
  cancel.value = "no";
  form.append(confirm, cancel);
  dialog.append(element("p", "ls-note-message", text), form);
  // The grid must not receive keys that are pressed in here.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  root.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
