/**
 * The user's own edits, to be taken back and made again: by pk and column, never by row number, so
 * that rows may come and go in between. Taking back is a new edit like any other, based on the
 * value that the first one left; if someone has changed it since, the server says so.
 */

/** @import {CellEdit, Pk, Value} from "./protocol.js" */

const DEPTH = 200;

/**
 * @typedef {object} Step  one cell of one user action
 * @property {Pk} pk
 * @property {string} column
 * @property {Value} before
 * @property {Value} after  as the server wrote it, once it has
 * @property {boolean} refused
 */

export class Undo {
  constructor() {
    /** @type {Step[][]} */
    this.past = [];
    /** @type {Step[][]} */
    this.future = [];
  }

  /**
   * @param {(CellEdit & {before: Value})[]} edits  one user action
   * @returns {Step[]} to be told how they ended
   */
  record(edits) {
    const steps = edits.map((edit) => newStep(edit, edit.before, edit.value));
    this.past.push(steps);
    if (this.past.length > DEPTH) this.past.shift();
    this.future = [];
    return steps;
  }

  /** @returns {(CellEdit & {step: Step})[]} the edits that take back the last action */
  undo() {
    return this.#turn(this.past, this.future);
  }

  /** @returns {(CellEdit & {step: Step})[]} */
  redo() {
    return this.#turn(this.future, this.past);
  }

  /**
   * @param {Pk} from
   * @param {Pk} to
   */
  rename(from, to) {
    for (const step of [...this.past, ...this.future].flat()) if (step.pk === from) step.pk = to;
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
      const back = steps.map((step) => newStep(step, step.after, step.before));
      target.push(back);
      return back.map((step) => ({
        pk: step.pk,
        column: step.column,
        value: step.after,
        base: step.before,
        step,
      }));
    }
    return [];
  }
}

/**
 * @param {{pk: Pk, column: string}} cell
 * @param {Value} before
 * @param {Value} after
 * @returns {Step}
 */
function newStep({ pk, column }, before, after) {
  return { pk, column, before, after, refused: false };
}
