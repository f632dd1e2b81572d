/**
 * Edits that are not yet known to be in the database *and* on this screen. Each is shown as pending
 * and kept, even if the connection is lost, until it is answered.
 *
 * A reply says whether an edit is stored. Only the change with its ref brings the values, and only
 * then is the cell no longer pending. Edits that wait for their turn are in waiting.js, those under
 * way in requests.js; this module passes them from one to the other.
 */

import { DEFAULT_LIMITS, realClock } from "../protocol.js";
import { Retries } from "./backoff.js";
import { Requests } from "./requests.js";
import { Waiting } from "./waiting.js";

/**
 * @import {CellEdit, Clock, EchoRef, Hello, KeptRequest, Part, Pk, Refusal, ReplyFrame, Value}
 *   from "../protocol.js"
 */

const MOST_RETRIES = 4;

/**
 * @typedef {object} OutboxHandlers
 * @property {(frame: object) => boolean} send
 * @property {(pk: Pk, column: string) => Value} current  what the server last said
 * @property {(unit: Part) => void} onDone  look at `part.result`: an object is a refusal
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
    /** @type {Map<Pk, Part>} rows being added (by draft, then by pk) or deleted */
    this.rows = new Map();
    /** @type {Part[]} rows of a batch that have not been sent */
    this.queue = [];
    /** @type {Set<Part>} rows that are acted on */
    this.acting = new Set();
    /** @type {Part[]} those of them that have not been sent */
    this.acts = [];
    this.retries = new Retries(clock, random);
    this.requests = new Requests(
      client,
      {
        send: (frame) => this.ready && handlers.send(frame),
        current: handlers.current,
        onDone: (part) => this.#done(part),
        onNamed: (part, draft) => this.#named(part, draft),
        onLaunch: handlers.onLaunch,
      },
      clock,
    );
  }

  /** The number of the first ref. @param {number} count */
  countFrom(count) {
    this.requests.count = count;
  }

  /** @param {Hello["limits"]} limits  of one frame, as the server has them */
  keepWithin(limits) {
    this.limits = limits;
  }

  /** The number of cells and rows that are not settled. */
  get size() {
    return this.cells.size + this.rows.size + this.acting.size;
  }

  /**
   * The edit whose value is shown in this cell instead of the server's, if there is one.
   * @param {Pk} pk
   * @param {string} column
   * @returns {Part | null}
   */
  pending(pk, column) {
    return this.cells.shown(pk, column);
  }

  /** @param {Pk} pk @returns {Part | null} */
  pendingRow(pk) {
    return this.rows.get(pk) ?? null;
  }

  /** @param {(CellEdit & {step?: any, batch?: Part["batch"]})[]} edits */
  edit(edits) {
    for (const edit of edits) this.cells.put(newPart({ kind: "edit", ...edit }));
    this.flush();
  }

  /** @param {{draft: Pk, values: Record<string, Value>, step?: any, batch?: Part["batch"]}[]} rows */
  add(rows) {
    const parts = rows.map(({ draft, values, step, batch }) =>
      newPart({ kind: "add", pk: draft, value: values, step, batch }),
    );
    for (const part of parts) this.rows.set(part.pk, part);
    this.queue.push(...parts.filter(({ batch }) => batch && !batch.atomic));
    this.#launchRows(parts.filter(({ batch }) => !batch || batch.atomic));
    if (this.queue.length) this.flush();
  }

  /**
   * @param {{pk: Pk, cursor: string | null, step?: any, batch?: Part["batch"]}[]} rows  each with
   *   how far the user had seen when saying so
   */
  delete(rows) {
    const parts = rows
      .filter(({ pk }) => !this.rows.has(pk))
      .map(({ pk, cursor, ...more }) =>
        newPart({ kind: "delete", pk, value: null, base: cursor, ...more }),
      );
    this.#launchRows(parts);
  }

  /**
   * Sent after the edits that were made earlier.
   * @param {string} action
   * @param {Pk[]} pks
   * @param {Part["batch"]} batch
   */
  act(action, pks, batch) {
    for (const pk of pks) this.#act(newPart({ kind: "act", pk, value: action, batch }));
    this.flush();
  }

  /** @param {Part} part */
  #act(part) {
    this.acting.add(part);
    this.acts.push(part);
  }

  /** The connection is lost: edits wait from now on, and edits of the same cell are merged. */
  pause() {
    this.ready = false;
  }

  /** The sheet is up to date: repeats unanswered requests, then sends the waiting edits. */
  resume() {
    this.ready = true;
    this.requests.resend(this.limits);
    this.flush();
  }

  /** Continues requests that another copy of this sheet had sent. @param {KeptRequest} kept */
  restore(kept) {
    const parts = partsOf(kept);
    for (const part of parts) {
      if (part.kind === "edit") this.cells.send(part);
      else if (part.kind === "act") this.acting.add(part);
      else this.rows.set(part.pk, part);
    }
    this.requests.restore(kept, parts, this.limits);
    this.handlers.onCount();
  }

  nudge() {
    if (this.ready) this.requests.nudge();
  }

  /** Sends every waiting edit whose cell and row are free. */
  flush() {
    if (this.ready) {
      const isNamed = (/** @type {Pk} */ pk) => this.rows.get(pk)?.kind !== "add";
      const parts = this.cells.take(isNamed, this.limits.cells);
      if (parts.length) this.requests.launch("edit", parts, this.limits);
      if (this.queue.length) this.#launchRows(this.#nextRows());
      if (this.acts.length) this.#launchActs();
    }
    this.handlers.onCount();
  }

  /** Sends one frame of an action at a time, so that the rest can still be cancelled. */
  #launchActs() {
    const isFree = this.acting.size === this.acts.length && !this.cells.all().length;
    if (!isFree) return;
    const [{ value: action }] = this.acts;
    const other = this.acts.findIndex(({ value }) => value !== action);
    const n = Math.min(this.limits.rows, other < 0 ? this.acts.length : other);
    this.requests.launch("act", this.acts.splice(0, n), this.limits);
  }

  /** As with cells, at most two frames of a batch are under way. */
  #nextRows() {
    const most = this.limits.rows;
    const added = [...this.rows.values()].filter(({ kind, batch }) => kind === "add" && batch);
    const room = 2 * most - (added.length - this.queue.length);
    return room < Math.min(most, this.queue.length) ? [] : this.queue.splice(0, room);
  }

  /**
   * Cancels what has not been sent of a batch.
   * @param {Part["batch"]} batch
   * @returns {Part[]}
   */
  cancel(batch) {
    const rows = this.queue.filter((part) => part.batch === batch);
    this.queue = this.queue.filter((part) => part.batch !== batch);
    for (const { pk } of rows) this.rows.delete(pk);
    const acts = this.acts.filter((part) => part.batch === batch);
    this.acts = this.acts.filter((part) => part.batch !== batch);
    for (const part of acts) this.acting.delete(part);
    const parts = [...this.cells.cancel(batch), ...rows, ...acts];
    for (const _ of parts) batch?.drop();
    this.handlers.onCount();
    return parts;
  }

  /** @param {EchoRef[]} refs */
  adopt(refs) {
    this.requests.adopt(refs);
  }

  /**
   * @param {EchoRef[]} refs
   * @param {(pk: Pk) => boolean} bears  whether the change names this pk
   */
  echo(refs, bears) {
    this.requests.echo(refs, bears);
    this.flush();
  }

  /** @param {ReplyFrame} reply */
  reply(reply) {
    this.requests.reply(reply);
    this.flush();
  }

  /**
   * @param {string} ref
   * @param {Refusal} error
   */
  fail(ref, error) {
    this.requests.fail(ref, error);
    this.flush();
  }

  /**
   * Another user is signed in now: nothing of this may be sent in their name.
   * @param {Refusal} error
   */
  drop(error) {
    const waiting = this.cells.all();
    for (const { pk } of waiting) this.cells.takeBack(pk);
    this.requests.failAll(error);
    waiting.push(...this.queue.splice(0), ...this.acts.splice(0));
    this.acting.clear();
    this.cells.clear();
    this.rows.clear();
    for (const part of waiting) this.handlers.onDone({ ...part, result: error });
    this.handlers.onCount();
  }

  /**
   * The row is no more, or not yet: what waits for it is taken back. What is under way will be
   * answered.
   * @param {Pk} pk
   * @returns {Part[]}
   */
  takeBack(pk) {
    const parts = this.cells.takeBack(pk);
    for (const { batch } of parts) batch?.drop();
    return parts;
  }

  close() {
    this.ready = false;
    this.retries.close();
  }

  /** @param {Part[]} parts */
  #launchRows(parts) {
    for (const part of parts) this.rows.set(part.pk, part);
    if (parts.length) this.requests.launch(parts[0].kind, parts, this.limits);
    this.handlers.onCount();
  }

  /**
   * @param {Part} part
   * @param {Pk} draft
   */
  #named(part, draft) {
    this.rows.delete(draft);
    this.rows.set(part.pk, part);
    this.cells.rename(draft, part.pk);
    this.handlers.onAdopted(draft, part.pk);
  }

  /** @param {Part} part */
  #done(part) {
    if (part.kind === "act") {
      this.acting.delete(part);
      if (this.#actAgain(part)) return;
    } else if (part.kind !== "edit") this.#rowDone(part);
    else if (this.#again(part)) return;
    else this.cells.release(part, this.#left(part));
    this.handlers.onDone(part);
  }

  /**
   * Cells typed into a row while it was being added: their base is what the server made of it. Was
   * it refused, they go back to whoever fills it in, as the unit's `echo`.
   * @param {Part} row
   */
  #rowDone(row) {
    this.rows.delete(row.pk);
    if (row.kind !== "add") return;
    if (row.result !== "saved") row.echo = this.takeBack(row.pk);
    for (const part of this.cells.of(row.pk)) {
      const left = row.left?.value ?? {};
      const isTold = part.column in left;
      part.base = isTold ? left[part.column] : this.handlers.current(row.pk, part.column);
    }
  }

  /**
   * The value that an answered edit left in its cell: the base of the waiting edit.
   * @param {Part} part
   */
  #left(part) {
    if (part.result === "saved" || (part.result === "unchanged" && part.left)) return part.echo;
    if (part.result === "unchanged") return this.handlers.current(part.pk, part.column);
    return part.base;
  }

  /** @param {Part} part */
  #isTrouble({ result, tries }) {
    return typeof result === "object" && result?.code === "retry" && tries < MOST_RETRIES;
  }

  /** @param {Part} part */
  #actAgain(part) {
    if (!this.#isTrouble(part)) return false;
    const next = newPart({ ...part, tries: part.tries + 1 });
    this.retries.later(part.tries, () => {
      this.#act(next);
      this.flush();
    });
    return true;
  }

  /**
   * The database was unavailable: sends the same request a little later, under a new ref.
   * @param {Part} part
   * @returns {boolean}
   */
  #again(part) {
    if (!this.#isTrouble(part)) return false;
    const next = newPart({ ...part, tries: part.tries + 1 });
    next.held = true;
    if (!this.cells.replace(part, next)) return false;
    this.retries.later(part.tries, () => {
      next.held = false;
      this.flush();
    });
    return true;
  }
}

/**
 * @param {Pick<Part, "kind" | "pk" | "value"> & Partial<Part>} request
 * @returns {Part}
 */
function newPart({ kind, pk, value, ...more }) {
  const { column = "", base = null, step = null, batch = null, tries = 0 } = more;
  const fresh = { held: false, result: null, echoed: false, echo: null, left: null, done: false };
  return { kind, pk, column, value, base, step, batch, tries, ...fresh };
}

/**
 * @param {KeptRequest} kept
 * @returns {Part[]}
 */
function partsOf({ frame, pks }) {
  if (frame.type === "add")
    return frame.rows.map((value, at) => newPart({ kind: "add", pk: pks[at], value }));
  if (frame.type === "act")
    return frame.pks.map((pk) => newPart({ kind: "act", pk, value: frame.action }));
  if (frame.type === "delete")
    return frame.pks.map(([pk, base]) => newPart({ kind: "delete", pk, value: null, base }));
  return frame.cells.map(([pk, column, value, base]) =>
    newPart({ kind: "edit", pk, column, value, base }),
  );
}
