/**
 * Edits that are not yet known to be in the database *and* on this screen. Each is shown as
 * pending and kept, over lost connections too, until it is answered.
 *
 * A reply says whether an edit is durable; only the change that bears its ref brings the values,
 * and only then the pending look goes. What waits its turn is in waiting.js, what is under way in
 * flights.js; here is what makes the one follow the other.
 */

import { DEFAULT_LIMITS, realClock } from "../protocol.js";
import { Retries } from "./backoff.js";
import { Flights } from "./flights.js";
import { Waiting } from "./waiting.js";

/** @import {CellEdit, Clock, EchoRef, Hello, KeptFlight, Pk, Refusal, ReplyFrame, Unit, Value} from "../protocol.js" */

const MOST_RETRIES = 4;

/**
 * @typedef {object} OutboxHandlers
 * @property {(frame: object) => boolean} send
 * @property {(pk: Pk, column: string) => Value} current  what the server last said
 * @property {(unit: Unit) => void} onDone  look at `unit.result`: an object is a refusal
 * @property {(draft: Pk, pk: Pk) => void} onAdopted  an added row got its pk
 * @property {() => void} onCount  `size` may be another one
 * @property {() => void} [onLaunch]  before anything goes out that was not under way before
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
    this.limits = DEFAULT_LIMITS;
    this.ready = false;
    this.cells = new Waiting();
    /** @type {Map<Pk, Unit>} rows being added (by draft, then by pk) or deleted */
    this.rows = new Map();
    /** @type {Unit[]} rows of a batch that have not been sent */
    this.queue = [];
    /** @type {Set<Unit>} rows that are acted on */
    this.acting = new Set();
    /** @type {Unit[]} those of them that have not been sent */
    this.acts = [];
    this.retries = new Retries(clock, random);
    this.flights = new Flights(
      client,
      {
        send: (frame) => this.ready && handlers.send(frame),
        current: handlers.current,
        onDone: (unit) => this.#done(unit),
        onNamed: (unit, draft) => this.#named(unit, draft),
        onLaunch: handlers.onLaunch,
      },
      clock,
    );
  }

  /** Refs are numbered from here. @param {number} count */
  countFrom(count) {
    this.flights.count = count;
  }

  /** @param {Hello["limits"]} limits  of one frame, as the server has them */
  keepWithin(limits) {
    this.limits = limits;
  }

  /** How many cells and rows are not settled. */
  get size() {
    return this.cells.size + this.rows.size + this.acting.size;
  }

  /**
   * The edit whose value stands over the server's in this cell, if any.
   * @param {Pk} pk
   * @param {string} column
   * @returns {Unit | null}
   */
  pending(pk, column) {
    return this.cells.shown(pk, column);
  }

  /** @param {Pk} pk @returns {Unit | null} */
  pendingRow(pk) {
    return this.rows.get(pk) ?? null;
  }

  /** @param {(CellEdit & {step?: any, batch?: Unit["batch"]})[]} edits */
  edit(edits) {
    for (const edit of edits) this.cells.put(newUnit({ kind: "edit", ...edit }));
    this.flush();
  }

  /** @param {{draft: Pk, values: Record<string, Value>, step?: any, batch?: Unit["batch"]}[]} rows */
  add(rows) {
    const units = rows.map(({ draft, values, step, batch }) =>
      newUnit({ kind: "add", pk: draft, value: values, step, batch }),
    );
    for (const unit of units) this.rows.set(unit.pk, unit);
    this.queue.push(...units.filter(({ batch }) => batch && !batch.atomic));
    this.#launchRows(units.filter(({ batch }) => !batch || batch.atomic));
    if (this.queue.length) this.flush();
  }

  /**
   * @param {{pk: Pk, cursor: string | null, step?: any, batch?: Unit["batch"]}[]} rows  each with
   *   how far the user had seen when saying so
   */
  delete(rows) {
    const units = rows
      .filter(({ pk }) => !this.rows.has(pk))
      .map(({ pk, cursor, ...more }) =>
        newUnit({ kind: "delete", pk, value: null, base: cursor, ...more }),
      );
    this.#launchRows(units);
  }

  /**
   * After the edits that were made before.
   * @param {string} action
   * @param {Pk[]} pks
   * @param {Unit["batch"]} batch
   */
  act(action, pks, batch) {
    for (const pk of pks) this.#act(newUnit({ kind: "act", pk, value: action, batch }));
    this.flush();
  }

  /** @param {Unit} unit */
  #act(unit) {
    this.acting.add(unit);
    this.acts.push(unit);
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

  /** Goes on with what another copy of this sheet had under way. @param {KeptFlight} kept */
  restore(kept) {
    const units = unitsOf(kept);
    for (const unit of units) {
      if (unit.kind === "edit") this.cells.fly(unit);
      else if (unit.kind === "act") this.acting.add(unit);
      else this.rows.set(unit.pk, unit);
    }
    this.flights.restore(kept, units, this.limits);
    this.handlers.onCount();
  }

  nudge() {
    if (this.ready) this.flights.nudge();
  }

  /** Sends every waiting edit whose cell and row are free. */
  flush() {
    if (this.ready) {
      const isNamed = (/** @type {Pk} */ pk) => this.rows.get(pk)?.kind !== "add";
      const units = this.cells.take(isNamed, this.limits.cells);
      if (units.length) this.flights.launch("edit", units, this.limits);
      if (this.queue.length) this.#launchRows(this.#nextRows());
      if (this.acts.length) this.#launchActs();
    }
    this.handlers.onCount();
  }

  /** One frame at a time, of one action: what is left of it can still be cancelled. */
  #launchActs() {
    const isFree = this.acting.size === this.acts.length && !this.cells.all().length;
    if (!isFree) return;
    const [{ value: action }] = this.acts;
    const other = this.acts.findIndex(({ value }) => value !== action);
    const n = Math.min(this.limits.rows, other < 0 ? this.acts.length : other);
    this.flights.launch("act", this.acts.splice(0, n), this.limits);
  }

  /** As with cells: two frames of a batch are under way. */
  #nextRows() {
    const most = this.limits.rows;
    const added = [...this.rows.values()].filter(({ kind, batch }) => kind === "add" && batch);
    const room = 2 * most - (added.length - this.queue.length);
    return room < Math.min(most, this.queue.length) ? [] : this.queue.splice(0, room);
  }

  /**
   * What of a batch has not been sent will not be.
   * @param {Unit["batch"]} batch
   * @returns {Unit[]}
   */
  cancel(batch) {
    const rows = this.queue.filter((unit) => unit.batch === batch);
    this.queue = this.queue.filter((unit) => unit.batch !== batch);
    for (const { pk } of rows) this.rows.delete(pk);
    const acts = this.acts.filter((unit) => unit.batch === batch);
    this.acts = this.acts.filter((unit) => unit.batch !== batch);
    for (const unit of acts) this.acting.delete(unit);
    const units = [...this.cells.cancel(batch), ...rows, ...acts];
    for (const _ of units) batch?.drop();
    this.handlers.onCount();
    return units;
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
    const waiting = this.cells.all();
    for (const { pk } of waiting) this.cells.takeBack(pk);
    this.flights.failAll(error);
    waiting.push(...this.queue.splice(0), ...this.acts.splice(0));
    this.acting.clear();
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
    const units = this.cells.takeBack(pk);
    for (const { batch } of units) batch?.drop();
    return units;
  }

  close() {
    this.ready = false;
    this.retries.close();
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
    this.cells.rename(draft, unit.pk);
    this.handlers.onAdopted(draft, unit.pk);
  }

  /** @param {Unit} unit */
  #done(unit) {
    if (unit.kind === "act") {
      this.acting.delete(unit);
      if (this.#actAgain(unit)) return;
    } else if (unit.kind !== "edit") this.#rowDone(unit);
    else if (this.#again(unit)) return;
    else this.cells.release(unit, this.#left(unit));
    this.handlers.onDone(unit);
  }

  /**
   * Cells typed into a row while it was being added: their base is what the server made of it. Was
   * it refused, they go back to whoever fills it in, as the unit's `echo`.
   * @param {Unit} row
   */
  #rowDone(row) {
    this.rows.delete(row.pk);
    if (row.kind !== "add") return;
    if (row.result !== "saved") row.echo = this.takeBack(row.pk);
    for (const unit of this.cells.of(row.pk)) {
      const left = row.left?.value ?? {};
      const isTold = unit.column in left;
      unit.base = isTold ? left[unit.column] : this.handlers.current(row.pk, unit.column);
    }
  }

  /**
   * What an answered edit left in its cell: the base of whatever waits.
   * @param {Unit} unit
   */
  #left(unit) {
    if (unit.result === "saved" || (unit.result === "unchanged" && unit.left)) return unit.echo;
    if (unit.result === "unchanged") return this.handlers.current(unit.pk, unit.column);
    return unit.base;
  }

  /** @param {Unit} unit */
  #isTrouble({ result, tries }) {
    return typeof result === "object" && result?.code === "retry" && tries < MOST_RETRIES;
  }

  /** @param {Unit} unit */
  #actAgain(unit) {
    if (!this.#isTrouble(unit)) return false;
    const next = newUnit({ ...unit, tries: unit.tries + 1 });
    this.retries.later(unit.tries, () => {
      this.#act(next);
      this.flush();
    });
    return true;
  }

  /**
   * The database was in trouble: the same wish under a new ref, a little later.
   * @param {Unit} unit
   * @returns {boolean}
   */
  #again(unit) {
    if (!this.#isTrouble(unit)) return false;
    const next = newUnit({ ...unit, tries: unit.tries + 1 });
    next.held = true;
    if (!this.cells.replace(unit, next)) return false;
    this.retries.later(unit.tries, () => {
      next.held = false;
      this.flush();
    });
    return true;
  }
}

/**
 * @param {Pick<Unit, "kind" | "pk" | "value"> & Partial<Unit>} wish
 * @returns {Unit}
 */
function newUnit({ kind, pk, value, ...more }) {
  const { column = "", base = null, step = null, batch = null, tries = 0 } = more;
  const fresh = { held: false, result: null, echoed: false, echo: null, left: null, done: false };
  return { kind, pk, column, value, base, step, batch, tries, ...fresh };
}

/**
 * @param {KeptFlight} kept
 * @returns {Unit[]}
 */
function unitsOf({ frame, pks }) {
  if (frame.type === "add")
    return frame.rows.map((value, at) => newUnit({ kind: "add", pk: pks[at], value }));
  if (frame.type === "act")
    return frame.pks.map((pk) => newUnit({ kind: "act", pk, value: frame.action }));
  if (frame.type === "delete")
    return frame.pks.map(([pk, base]) => newUnit({ kind: "delete", pk, value: null, base }));
  return frame.cells.map(([pk, column, value, base]) =>
    newUnit({ kind: "edit", pk, column, value, base }),
  );
}
