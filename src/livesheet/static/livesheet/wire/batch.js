/**
 * One action on many cells or rows: how much of it is done, refused or cancelled. The outbox sends
 * it in frames, a few at a time, so that the rest can still be cancelled.
 */

/** @import {Pk, Refusal, Part} from "../protocol.js" */

/** @typedef {{pk: Pk, column: string, refusal: Refusal}} Refused */

export class Batch {
  /**
   * @param {"edit" | "undo" | "act"} what
   * @param {boolean} atomic  all of it, or nothing
   */
  constructor(what, atomic = false) {
    this.what = what;
    this.atomic = atomic;
    this.total = 0;
    this.saved = 0;
    this.dropped = 0;
    /** @type {string[]} what an action had to say, request by request */
    this.told = [];
    this.cancelled = false;
    /** @type {Refused[]} in the order in which they were asked for */
    this.refused = [];
    /** @type {() => void} */
    this.onProgress = () => {};
  }

  /** @param {() => void} onProgress */
  watch(onProgress) {
    this.onProgress = onProgress;
  }

  /** @param {number} total  cells and rows */
  expect(total) {
    this.total = total;
  }

  /** @param {string} message */
  tell(message) {
    this.told.push(message);
  }

  cancel() {
    this.cancelled = true;
  }

  get done() {
    return this.saved + this.dropped + this.refused.length;
  }

  get isOver() {
    return this.done >= this.total;
  }

  /** @param {Part} part */
  settle(part) {
    const refusal = typeof part.result === "object" ? part.result : null;
    // Parts that failed only because the others did are not faulty themselves.
    if (refusal?.code === "aborted") this.dropped += 1;
    else if (refusal) this.refuse(part.pk, part.column || (refusal.column ?? ""), refusal);
    else this.saved += 1;
    this.onProgress();
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @param {Refusal} refusal
   */
  refuse(pk, column, refusal) {
    this.refused.push({ pk, column, refusal });
  }

  /** No longer requested: replaced by a newer request, cancelled, or its row is gone. */
  drop() {
    this.dropped += 1;
    this.onProgress();
  }

  /**
   * The server has given a new row its pk.
   * @param {Pk} from
   * @param {Pk} to
   */
  rename(from, to) {
    for (const one of this.refused) if (one.pk === from) one.pk = to;
  }
}
