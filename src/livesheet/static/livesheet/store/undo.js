/**
 * The user's own actions, for undo and redo. They are stored by pk and column, never by row number,
 * so that rows may be added and removed in between. Undo is a new request, whose base is the result
 * of the first one. If somebody has changed the value since, it is refused.
 */

/** @import {CellEdit, Pk, Value} from "../protocol.js" */

const DEPTH = 200;

/**
 * @typedef {object} Step  one cell, or one added or deleted row, of a user action
 * @property {"edit" | "add" | "delete"} kind
 * @property {Pk} pk
 * @property {string} column  "" for rows
 * @property {Value} before
 * @property {Value} after  as saved by the server, once it has answered
 * @property {Record<string, Value>} values  the values of a deleted row that can be restored
 * @property {Pk | null} above  the row that was below it
 * @property {string | null} cursor  the position of the copy in the log when the row was added
 * @property {boolean} refused
 * @property {boolean} isBack  whether it undoes or redoes another step
 */

/** @type {Record<Step["kind"], Step["kind"]>} */
const INVERSE = { edit: "edit", add: "delete", delete: "add" };

export class Undo {
  constructor() {
    /** @type {Step[][]} */
    this.past = [];
    /** @type {Step[][]} */
    this.future = [];
  }

  /**
   * Records one action of the user.
   * @param {(CellEdit & {before: Value})[]} edits
   * @param {Step[]} [rows]  rows that it adds or deletes
   * @returns {Step[]} those of the edits, which are to be told their results
   */
  record(edits, rows = []) {
    const steps = edits.map(({ before, value, ...edit }) =>
      newStep({ ...edit, kind: "edit", before, after: value }),
    );
    this.past.push([...steps, ...rows]);
    if (this.past.length > DEPTH) this.past.shift();
    this.future = [];
    return steps;
  }

  /** @returns {Step[]} steps that undo the last action, to be carried out */
  undo() {
    return this.#turn(this.past, this.future);
  }

  /** @returns {Step[]} */
  redo() {
    return this.#turn(this.future, this.past);
  }

  /**
   * A row has another pk: that of the server, or a new one because it was restored.
   * @param {Pk} from
   * @param {Pk} to
   */
  rename(from, to) {
    for (const steps of [...this.past, ...this.future]) {
      for (const step of steps) {
        if (step.pk === from) step.pk = to;
        if (step.above === from) step.above = to;
      }
    }
  }

  /**
   * Typed values of a new row are undone together with the row.
   * @param {Set<Pk>} pks
   */
  forget(pks) {
    const isKept = (/** @type {Step} */ { pk }) => !pks.has(pk);
    this.past = this.past.map((steps) => steps.filter(isKept)).filter((steps) => steps.length);
  }

  clear() {
    this.past = [];
    this.future = [];
  }

  /**
   * @param {Step[][]} source
   * @param {Step[][]} target
   */
  #turn(source, target) {
    while (source.length) {
      const steps = /** @type {Step[]} */ (source.pop()).filter((step) => !step.refused);
      if (!steps.length) continue;
      const back = steps.map((step) =>
        newStep({
          ...step,
          kind: INVERSE[step.kind],
          before: step.after,
          after: step.before,
          refused: false,
          isBack: true,
        }),
      );
      target.push(back);
      return back;
    }
    return [];
  }
}

/**
 * @param {Pick<Step, "kind" | "pk"> & Partial<Step>} step
 * @returns {Step}
 */
export function newStep({ kind, pk, ...more }) {
  const { column = "", before = null, after = null, values = {}, above = null } = more;
  const { cursor = null, refused = false, isBack = false } = more;
  return { kind, pk, column, before, after, values, above, cursor, refused, isBack };
}
