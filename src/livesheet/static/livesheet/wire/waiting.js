/**
 * One unanswered edit per cell: what is typed while it is under way waits here. The newest wins,
 * and its base is what the earlier one leaves behind.
 */

import { sameValue } from "../protocol.js";

/** @import {Pk, Unit, Value} from "../protocol.js" */

/** @typedef {{flight: Unit | null, next: Unit | null}} Cell */

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
   * @returns {Unit | null}
   */
  shown(pk, column) {
    if (!this.cells.size) return null; // asked for every cell of a snapshot
    const cell = this.cells.get(keyOf(pk, column));
    return cell ? (cell.next ?? cell.flight) : null;
  }

  /** @param {Unit} unit */
  put(unit) {
    const key = keyOf(unit.pk, unit.column);
    const cell = this.cells.get(key) ?? { flight: null, next: null };
    // What the user saw was our own waiting value; the server's truth is still the first one's.
    if (cell.next) unit.base = cell.next.base;
    cell.next?.batch?.drop();
    cell.next = unit;
    this.cells.set(key, cell);
    // Typed back to what it was before anything went out: nothing is wished for any more.
    if (cell.flight || !sameValue(unit.value, unit.base)) return;
    this.cells.delete(key);
    unit.batch?.drop();
  }

  /**
   * Those that may go out now; from here on they are under way. Of a batch only so many at a time,
   * and of an atomic one all or none; what is typed meanwhile goes past them.
   * @param {(pk: Pk) => boolean} isNamed  whether the row has its pk
   * @param {number} most  of batches, in one frame
   * @returns {Unit[]}
   */
  take(isNamed, most = Number.POSITIVE_INFINITY) {
    const isFree = (/** @type {Cell} */ { flight, next }) =>
      next !== null && !flight && !next.held && isNamed(next.pk);
    const { room, blocked } = this.#room(isFree, most);
    let left = room;
    /** @type {Unit[]} */
    const units = [];
    for (const cell of this.cells.values()) {
      const { next } = cell;
      if (!next || !isFree(cell) || blocked.has(next.batch)) continue;
      if (next.batch && !next.batch.atomic) {
        if (left <= 0) continue;
        left -= 1;
      }
      Object.assign(cell, { flight: next, next: null });
      units.push(next);
    }
    return units;
  }

  /** Under way already, on behalf of a copy that is closed. @param {Unit} unit */
  fly(unit) {
    const key = keyOf(unit.pk, unit.column);
    const cell = this.cells.get(key) ?? { flight: null, next: null };
    cell.flight ??= unit;
    this.cells.set(key, cell);
  }

  /**
   * Two frames of batches may be under way: the server has one while the other travels.
   * @param {(cell: Cell) => boolean} isFree
   * @param {number} most
   */
  #room(isFree, most) {
    /** @type {Set<Unit["batch"]>} */
    const blocked = new Set();
    let flying = 0;
    let waiting = 0;
    for (const cell of this.cells.values()) {
      if (cell.flight?.batch) flying += 1;
      const batch = cell.next?.batch;
      if (!batch) continue;
      waiting += 1;
      if (batch.atomic && !isFree(cell)) blocked.add(batch);
    }
    const room = 2 * most - flying;
    // Whole frames: an answer may free its cells a few at a time.
    return { room: room < Math.min(most, waiting) ? 0 : room, blocked };
  }

  /**
   * An edit has been answered: its cell is free.
   * @param {Unit} unit
   * @param {Value} left  what it left behind, the base of what waits
   */
  release(unit, left) {
    const key = keyOf(unit.pk, unit.column);
    const cell = this.cells.get(key);
    if (!cell || (cell.flight && cell.flight !== unit)) return;
    cell.flight = null;
    if (cell.next) cell.next.base = left;
    else this.cells.delete(key);
  }

  /**
   * An edit that came to nothing, once more, if nothing newer waits.
   * @param {Unit} unit
   * @param {Unit} again
   * @returns {boolean}
   */
  replace(unit, again) {
    const cell = this.cells.get(keyOf(unit.pk, unit.column));
    if (!cell || cell.next) return false;
    Object.assign(cell, { flight: null, next: again });
    return true;
  }

  /**
   * What waits for a row.
   * @param {Pk} pk
   * @returns {Unit[]}
   */
  of(pk) {
    return this.all().filter((unit) => unit.pk === pk);
  }

  /** @returns {Unit[]} of each cell, what the user wished last */
  newest() {
    return [...this.cells.values()].flatMap((cell) => cell.next ?? cell.flight ?? []);
  }

  /** @returns {Unit[]} everything that waits */
  all() {
    return [...this.cells.values()].flatMap((cell) => cell.next ?? []);
  }

  /**
   * What waits for a row is given back. What is under way will be answered.
   * @param {Pk} pk
   * @returns {Unit[]}
   */
  takeBack(pk) {
    return this.#remove(this.of(pk));
  }

  /**
   * What of a batch has not been sent.
   * @param {Unit["batch"]} batch
   * @returns {Unit[]}
   */
  cancel(batch) {
    return this.#remove(this.all().filter((unit) => unit.batch === batch));
  }

  /** @param {Unit[]} units */
  #remove(units) {
    for (const { pk, column } of units) {
      const key = keyOf(pk, column);
      const cell = /** @type {Cell} */ (this.cells.get(key));
      cell.next = null;
      if (!cell.flight) this.cells.delete(key);
    }
    return units;
  }

  /**
   * A new row has got its pk.
   * @param {Pk} draft
   * @param {Pk} pk
   */
  rename(draft, pk) {
    for (const unit of this.takeBack(draft)) {
      unit.pk = pk;
      this.cells.set(keyOf(pk, unit.column), { flight: null, next: unit });
    }
  }

  clear() {
    this.cells.clear();
  }
}
