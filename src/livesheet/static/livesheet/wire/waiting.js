/**
 * One unanswered edit for each cell: what is typed while it is under way waits here. The newest one
 * wins, and its base is what the earlier one leaves.
 */

import { sameValue } from "../protocol.js";

/** @import {Pk, Part, Value} from "../protocol.js" */

/** @typedef {{sent: Part | null, next: Part | null}} Cell */

/**
 * @param {Pk} pk
 * @param {string} column
 */
const keyOf = (pk, column) => `${pk}\u0000${column}`;

export class Waiting {
  constructor() {
    /** @type {Map<string, Cell>} */
    this.cells = new Map();
  }

  get size() {
    return this.cells.size;
  }

  /**
   * The edit whose value is shown in this cell instead of the server's, if there is one.
   * @param {Pk} pk
   * @param {string} column
   * @returns {Part | null}
   */
  shown(pk, column) {
    if (!this.cells.size) return null; // asked for every cell of a snapshot
    const cell = this.cells.get(keyOf(pk, column));
    return cell ? (cell.next ?? cell.sent) : null;
  }

  /** @param {Part} part */
  put(part) {
    const key = keyOf(part.pk, part.column);
    const cell = this.cells.get(key) ?? { sent: null, next: null };
    // The user saw our own waiting value, so the base of the first waiting edit remains valid.
    if (cell.next) part.base = cell.next.base;
    cell.next?.batch?.drop();
    cell.next = part;
    this.cells.set(key, cell);
    // The old value was typed again before anything was sent, so nothing needs to be sent.
    if (cell.sent || !sameValue(part.value, part.base)) return;
    this.cells.delete(key);
    part.batch?.drop();
  }

  /**
   * Takes the edits that may be sent now. Of a batch, only so many are taken at a time, and all
   * or none of an atomic batch. Edits that are typed meanwhile need not wait for the batch.
   * @param {(pk: Pk) => boolean} isNamed  whether the row has its pk
   * @param {number} most  of batches, in one frame
   * @returns {Part[]}
   */
  take(isNamed, most = Number.POSITIVE_INFINITY) {
    const isFree = (/** @type {Cell} */ { sent, next }) =>
      next !== null && !sent && !next.held && isNamed(next.pk);
    const { room, blocked } = this.#room(isFree, most);
    let left = room;
    /** @type {Part[]} */
    const parts = [];
    for (const cell of this.cells.values()) {
      const { next } = cell;
      if (!next || !isFree(cell) || blocked.has(next.batch)) continue;
      if (next.batch && !next.batch.atomic) {
        if (left <= 0) continue;
        left -= 1;
      }
      Object.assign(cell, { sent: next, next: null });
      parts.push(next);
    }
    return parts;
  }

  /** Already sent by a copy that is now closed. @param {Part} part */
  send(part) {
    const key = keyOf(part.pk, part.column);
    const cell = this.cells.get(key) ?? { sent: null, next: null };
    cell.sent ??= part;
    this.cells.set(key, cell);
  }

  /**
   * Two frames of batches may be under way, so that the server can work while one travels.
   * @param {(cell: Cell) => boolean} isFree
   * @param {number} most
   */
  #room(isFree, most) {
    /** @type {Set<Part["batch"]>} */
    const blocked = new Set();
    let underWay = 0;
    let waiting = 0;
    for (const cell of this.cells.values()) {
      if (cell.sent?.batch) underWay += 1;
      const batch = cell.next?.batch;
      if (!batch) continue;
      waiting += 1;
      if (batch.atomic && !isFree(cell)) blocked.add(batch);
    }
    const room = 2 * most - underWay;
    // Wait for the room of a whole frame, because an answer may free cells a few at a time.
    return { room: room < Math.min(most, waiting) ? 0 : room, blocked };
  }

  /**
   * An edit has been answered, so its cell is free again.
   * @param {Part} part
   * @param {Value} left  the value that it left, which is the base of the waiting edit
   */
  release(part, left) {
    const key = keyOf(part.pk, part.column);
    const cell = this.cells.get(key);
    if (!cell || (cell.sent && cell.sent !== part)) return;
    cell.sent = null;
    if (cell.next) cell.next.base = left;
    else this.cells.delete(key);
  }

  /**
   * Repeats an edit that failed, unless a newer one is waiting.
   * @param {Part} part
   * @param {Part} again
   * @returns {boolean}
   */
  replace(part, again) {
    const cell = this.cells.get(keyOf(part.pk, part.column));
    if (!cell || cell.next) return false;
    Object.assign(cell, { sent: null, next: again });
    return true;
  }

  /**
   * The edits that are waiting for a row.
   * @param {Pk} pk
   * @returns {Part[]}
   */
  of(pk) {
    return this.all().filter((part) => part.pk === pk);
  }

  /** @returns {Part[]} of each cell, what the user asked for last */
  newest() {
    return [...this.cells.values()].flatMap((cell) => cell.next ?? cell.sent ?? []);
  }

  /** @returns {Part[]} everything that waits */
  all() {
    return [...this.cells.values()].flatMap((cell) => cell.next ?? []);
  }

  /**
   * Takes back the waiting edits of a row. Those that were sent will be answered.
   * @param {Pk} pk
   * @returns {Part[]}
   */
  takeBack(pk) {
    return this.#remove(this.of(pk));
  }

  /**
   * The parts of a batch that have not been sent.
   * @param {Part["batch"]} batch
   * @returns {Part[]}
   */
  cancel(batch) {
    return this.#remove(this.all().filter((part) => part.batch === batch));
  }

  /** @param {Part[]} parts */
  #remove(parts) {
    for (const { pk, column } of parts) {
      const key = keyOf(pk, column);
      const cell = /** @type {Cell} */ (this.cells.get(key));
      cell.next = null;
      if (!cell.sent) this.cells.delete(key);
    }
    return parts;
  }

  /**
   * The server has given a new row its pk.
   * @param {Pk} draft
   * @param {Pk} pk
   */
  rename(draft, pk) {
    for (const part of this.takeBack(draft)) {
      part.pk = pk;
      this.cells.set(keyOf(pk, part.column), { sent: null, next: part });
    }
  }

  clear() {
    this.cells.clear();
  }
}
