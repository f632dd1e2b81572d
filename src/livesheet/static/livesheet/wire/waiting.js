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
   * The edit whose value stands over the server's in this cell, if any.
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
    // What the user saw was our own waiting value; the server's truth is still the first one's.
    if (cell.next) part.base = cell.next.base;
    cell.next?.batch?.drop();
    cell.next = part;
    this.cells.set(key, cell);
    // Typed back to what it was before anything went out: nothing is asked for any more.
    if (cell.sent || !sameValue(part.value, part.base)) return;
    this.cells.delete(key);
    part.batch?.drop();
  }

  /**
   * Those that may go out now; from here on they are under way. Of a batch only so many at a time,
   * and of an atomic one all or none; what is typed meanwhile goes past them.
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

  /** Under way already, on behalf of a copy that is closed. @param {Part} part */
  send(part) {
    const key = keyOf(part.pk, part.column);
    const cell = this.cells.get(key) ?? { sent: null, next: null };
    cell.sent ??= part;
    this.cells.set(key, cell);
  }

  /**
   * Two frames of batches may be under way: the server has one while the other travels.
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
    // Whole frames: an answer may free its cells a few at a time.
    return { room: room < Math.min(most, waiting) ? 0 : room, blocked };
  }

  /**
   * An edit has been answered: its cell is free.
   * @param {Part} part
   * @param {Value} left  what it left behind, the base of what waits
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
   * An edit that came to nothing, once more, if nothing newer waits.
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
   * What waits for a row.
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
   * What waits for a row is given back. What is under way will be answered.
   * @param {Pk} pk
   * @returns {Part[]}
   */
  takeBack(pk) {
    return this.#remove(this.of(pk));
  }

  /**
   * What of a batch has not been sent.
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
   * A new row has got its pk.
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
