/**
 * Edits that are not yet known to be in the database *and* on this screen. Each is shown as
 * pending and kept, over lost connections too, until it is answered.
 *
 * A reply says whether an edit is durable; only the change that bears its ref brings the values,
 * and only then the pending look goes. A cell has at most one edit under way. What is typed
 * meanwhile waits here, the newest wins, and its base is what the earlier one left behind.
 */

import { backoff } from "./backoff.js";
import { Flights, newUnit } from "./flights.js";
import { realClock, sameValue } from "./protocol.js";

/**
 * @import {CellEdit, Clock, EchoRef, Limits, Pk, Refusal, ReplyFrame, Unit, Value}
 *   from "./protocol.js"
 */

const RETRIES = 4;

/**
 * @typedef {{flight: Unit | null, next: Unit | null}} Cell
 */

/**
 * @param {Pk} pk
 * @param {string} column
 */
const keyOf = (pk, column) => `${pk}\u0000${column}`;

/** @type {Limits} what holds until the first hello */
const DEFAULT_LIMITS = {
  frame_bytes: 65_536,
  cells: 500,
  rows: 200,
  have: 10_000,
  resend_days: 7,
};

/**
 * @typedef {object} OutboxHandlers
 * @property {(frame: object) => boolean} send
 * @property {(pk: Pk, column: string) => Value} current  what the server last said
 * @property {(unit: Unit) => void} onDone  look at `unit.result`: an object is a refusal
 * @property {(draft: Pk, pk: Pk) => void} onAdopted  an added row got its pk
 * @property {() => void} onCount  `size` may be another one
 */

export class Outbox {
  /**
   * @param {string} client
   * @param {OutboxHandlers} handlers
   * @param {Clock} [clock]
   * @param {() => number} [random]
   */
  constructor(client, handlers, clock = realClock, random = Math.random) {
    this.handlers = handlers;
    this.clock = clock;
    this.random = random;
    this.limits = DEFAULT_LIMITS;
    this.ready = false;
    /** @type {Map<string, Cell>} */
    this.cells = new Map();
    /** @type {Map<Pk, Unit>} rows being added (by draft, then by pk) or deleted */
    this.rows = new Map();
    /** @type {Set<any>} */
    this.timers = new Set();
    this.flights = new Flights(
      client,
      {
        send: (frame) => this.ready && handlers.send(frame),
        current: handlers.current,
        onDone: (unit) => this.#done(unit),
        onNamed: (unit, draft) => this.#named(unit, draft),
      },
      clock,
    );
  }

  /** How many cells and rows are not settled. */
  get size() {
    return this.cells.size + this.rows.size;
  }

  /**
   * The edit whose value stands over the server's in this cell, if any.
   * @param {Pk} pk
   * @param {string} column
   * @returns {Unit | null}
   */
  pending(pk, column) {
    if (!this.cells.size) return null; // asked for every cell of a snapshot
    const cell = this.cells.get(keyOf(pk, column));
    return cell ? (cell.next ?? cell.flight) : null;
  }

  /**
   * @param {Pk} pk
   * @returns {Unit | null}
   */
  pendingRow(pk) {
    return this.rows.get(pk) ?? null;
  }

  /** @param {(CellEdit & {step?: any})[]} edits */
  edit(edits) {
    for (const edit of edits) this.#queue(newUnit({ kind: "edit", ...edit }));
    this.flush();
  }

  /** @param {{draft: Pk, values: Record<string, Value>}[]} rows */
  add(rows) {
    const units = rows.map(({ draft, values }) =>
      newUnit({ kind: "add", pk: draft, value: values }),
    );
    this.#launchRows(units);
  }

  /**
   * @param {Pk[]} pks
   * @param {string | null} cursor  how far the user had seen when saying so
   */
  delete(pks, cursor) {
    const units = pks
      .filter((pk) => !this.rows.has(pk))
      .map((pk) => newUnit({ kind: "delete", pk, value: null, base: cursor }));
    this.#launchRows(units);
  }

  /** The line is gone: what is typed from now on waits, and waiting edits merge. */
  pause() {
    this.ready = false;
  }

  /** Caught up: asks again for what was not answered, then sends what has waited. */
  resume() {
    this.ready = true;
    this.flights.resend(this.limits);
    this.flush();
  }

  nudge() {
    if (this.ready) this.flights.nudge();
  }

  /** Sends every waiting edit whose cell and row are free. */
  flush() {
    if (this.ready) {
      const free = [...this.cells.values()].filter((cell) => this.#isFree(cell));
      const units = free.map((cell) => takeOff(cell));
      if (units.length) this.flights.launch("edit", units, this.limits);
    }
    this.handlers.onCount();
  }

  /** @param {EchoRef[]} refs */
  adopt(refs) {
    this.flights.adopt(refs);
  }

  /**
   * @param {EchoRef[]} refs
   * @param {(pk: Pk) => boolean} bears  whether the change names this pk
   */
  echo(refs, bears) {
    this.flights.echo(refs, bears);
    this.flush();
  }

  /** @param {ReplyFrame} reply */
  reply(reply) {
    this.flights.reply(reply);
    this.flush();
  }

  /**
   * @param {string} ref
   * @param {Refusal} error
   */
  fail(ref, error) {
    this.flights.fail(ref, error);
    this.flush();
  }

  /**
   * Someone else is signed in now: nothing of this may be sent under that name.
   * @param {Refusal} error
   */
  drop(error) {
    const waiting = [...this.cells.values()].flatMap((cell) => cell.next ?? []);
    for (const cell of this.cells.values()) cell.next = null;
    this.flights.failAll(error);
    this.cells.clear();
    this.rows.clear();
    for (const unit of waiting) this.handlers.onDone({ ...unit, result: error });
    this.handlers.onCount();
  }

  /**
   * The row is no more, or not yet: what waits for it is taken back. What is under way will be
   * answered.
   * @param {Pk} pk
   * @returns {Unit[]}
   */
  takeBack(pk) {
    /** @type {Unit[]} */
    const waiting = [];
    for (const [key, cell] of [...this.cells]) {
      if (cell.next?.pk !== pk) continue;
      waiting.push(cell.next);
      cell.next = null;
      if (!cell.flight) this.cells.delete(key);
    }
    return waiting;
  }

  close() {
    this.ready = false;
    for (const timer of this.timers) this.clock.clearTimeout(timer);
    this.timers.clear();
  }

  /** @param {Unit} unit */
  #queue(unit) {
    const key = keyOf(unit.pk, unit.column);
    const cell = this.cells.get(key) ?? { flight: null, next: null };
    // What the user saw was our own waiting value; the server's truth is still the first one's.
    if (cell.next) unit.base = cell.next.base;
    cell.next = unit;
    this.cells.set(key, cell);
    // Typed back to what it was before anything went out: nothing is wished for any more.
    if (!cell.flight && sameValue(unit.value, unit.base)) this.cells.delete(key);
  }

  /** @param {Cell} cell */
  #isFree({ flight, next }) {
    return next !== null && !flight && !next.held && this.rows.get(next.pk)?.kind !== "add";
  }

  /** @param {Unit[]} units */
  #launchRows(units) {
    for (const unit of units) this.rows.set(unit.pk, unit);
    if (units.length) this.flights.launch(units[0].kind, units, this.limits);
    this.handlers.onCount();
  }

  /**
   * @param {Unit} unit
   * @param {Pk} draft
   */
  #named(unit, draft) {
    this.rows.delete(draft);
    this.rows.set(unit.pk, unit);
    for (const [key, cell] of [...this.cells]) {
      if (cell.next?.pk !== draft) continue;
      this.cells.delete(key);
      cell.next.pk = unit.pk;
      this.cells.set(keyOf(unit.pk, cell.next.column), cell);
    }
    this.handlers.onAdopted(draft, unit.pk);
  }

  /** @param {Unit} unit */
  #done(unit) {
    if (unit.kind !== "edit") this.#rowDone(unit);
    else if (this.#again(unit)) return;
    else this.#release(unit);
    this.handlers.onDone(unit);
  }

  /**
   * Cells typed into a row while it was being added: their base is what the server made of it. Was
   * it refused, they go back to whoever fills it in, as the unit's `step`.
   * @param {Unit} row
   */
  #rowDone(row) {
    this.rows.delete(row.pk);
    if (row.kind !== "add") return;
    if (row.result !== "saved") row.step = this.takeBack(row.pk);
    for (const { next } of this.cells.values()) {
      if (next?.pk === row.pk) next.base = this.handlers.current(row.pk, next.column);
    }
  }

  /**
   * The cell is free: what waited takes as base what this edit left.
   * @param {Unit} unit
   */
  #release(unit) {
    const key = keyOf(unit.pk, unit.column);
    const cell = this.cells.get(key);
    if (!cell) return;
    cell.flight = null;
    if (cell.next) cell.next.base = this.#left(unit);
    else this.cells.delete(key);
  }

  /** @param {Unit} unit */
  #left(unit) {
    if (unit.result === "saved") return unit.echo;
    if (unit.result === "unchanged") return this.handlers.current(unit.pk, unit.column);
    return unit.base;
  }

  /**
   * The database was in trouble: the same wish under a new ref, a little later.
   * @param {Unit} unit
   * @returns {boolean}
   */
  #again(unit) {
    const isTrouble = typeof unit.result === "object" && unit.result?.code === "retry";
    const cell = this.cells.get(keyOf(unit.pk, unit.column));
    if (!isTrouble || unit.tries >= RETRIES || !cell || cell.next) return false;
    const next = newUnit({ ...unit, tries: unit.tries + 1 });
    next.held = true;
    Object.assign(cell, { flight: null, next });
    const timer = this.clock.setTimeout(
      () => {
        this.timers.delete(timer);
        next.held = false;
        this.flush();
      },
      backoff(unit.tries, this.random),
    );
    this.timers.add(timer);
    return true;
  }
}

/**
 * @param {Cell} cell
 * @returns {Unit}
 */
function takeOff(cell) {
  const unit = /** @type {Unit} */ (cell.next);
  cell.flight = unit;
  cell.next = null;
  return unit;
}
