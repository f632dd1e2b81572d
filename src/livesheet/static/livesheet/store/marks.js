/**
 * What is shown about a cell besides its value: refused, in conflict, just changed. It is stored by
 * pk and column, so a mark stays with its row, wherever the row is shown.
 */

import { realClock } from "../protocol.js";

/** @import {Author, Clock, Mark, Pk} from "../protocol.js" */

/** The duration of the fading in the style sheet. */
const FADE_MS = 4_000;
const SWEEP_MS = 500;

export class Marks {
  /**
   * @param {(pk: Pk, column: string) => void} onFaded
   * @param {Clock} [clock]
   */
  constructor(onFaded, clock = realClock) {
    this.onFaded = onFaded;
    this.clock = clock;
    /** @type {Map<Pk, Map<string, Mark>>} */
    this.byPk = new Map();
    /** @type {Set<{pk: Pk, column: string, mark: Mark}>} the oldest first */
    this.fading = new Set();
    /** @type {any} */
    this.timer = null;
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @returns {Mark | null}
   */
  get(pk, column) {
    return this.byPk.get(pk)?.get(column) ?? null;
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @param {Mark} mark
   */
  set(pk, column, mark) {
    const ofRow = this.byPk.get(pk) ?? new Map();
    ofRow.set(column, mark);
    this.byPk.set(pk, ofRow);
  }

  /**
   * Marks a change by somebody else, unless there is a message that the user must deal with.
   * @param {Pk} pk
   * @param {string} column
   * @param {string} message
   * @param {Author | null} [by]
   */
  changed(pk, column, message, by = null) {
    const present = this.get(pk, column);
    if (present && present.kind !== "changed") return;
    /** @type {Mark} */
    const mark = { kind: "changed", message, at: this.clock.now(), by };
    this.set(pk, column, mark);
    this.fading.add({ pk, column, mark });
    this.timer ??= this.clock.setTimeout(() => this.#sweep(), SWEEP_MS);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @returns {boolean} whether there was a mark
   */
  clear(pk, column) {
    const ofRow = this.byPk.get(pk);
    const was = ofRow?.delete(column) ?? false;
    if (ofRow?.size === 0) this.byPk.delete(pk);
    return was;
  }

  /** @param {Pk} pk */
  clearRow(pk) {
    this.byPk.delete(pk);
  }

  /**
   * @param {Pk} from
   * @param {Pk} to
   */
  rename(from, to) {
    const ofRow = this.byPk.get(from);
    if (!ofRow) return;
    this.byPk.delete(from);
    this.byPk.set(to, ofRow);
  }

  close() {
    this.clock.clearTimeout(this.timer);
    this.timer = null;
    this.fading.clear();
  }

  #sweep() {
    this.timer = null;
    const faded = this.clock.now() - FADE_MS;
    for (const entry of this.fading) {
      if (entry.mark.at > faded) break;
      this.fading.delete(entry);
      if (this.get(entry.pk, entry.column) !== entry.mark) continue;
      this.clear(entry.pk, entry.column);
      this.onFaded(entry.pk, entry.column);
    }
    if (this.fading.size) this.timer = this.clock.setTimeout(() => this.#sweep(), SWEEP_MS);
  }
}
