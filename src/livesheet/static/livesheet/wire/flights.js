/**
 * Frames under way: each has a ref, and is kept until every cell or row in it is settled. Sending
 * one again is harmless, since the server knows the ref.
 */

/**
 * @import {Clock, EchoRef, KeptFlight, Kind, Limits, Pk, Refusal, ReplyFrame, Result, Unit, Value}
 *   from "../protocol.js"
 */

const DAY_MS = 86_400_000;
const LATE_MS = 20_000; // an answer this late is asked for again

/**
 * @typedef {object} Flight
 * @property {string} client  ours, or that of a copy that is closed
 * @property {{type: Kind, ref: string}} frame
 * @property {Unit[]} units
 * @property {number} bornAt
 * @property {number} sentAt
 *
 * @typedef {object} FlightHandlers
 * @property {(frame: object) => boolean} send
 * @property {(pk: Pk, column: string) => Value} current  what the server last said
 * @property {(unit: Unit) => void} onDone  look at `unit.result`: an object is a refusal
 * @property {(unit: Unit, draft: Pk) => void} onNamed  an added row got its pk
 * @property {() => void} [onLaunch]  before anything goes out that was not under way before
 */

/** @type {Record<Kind, {list: string, isAtomic: boolean, item: (unit: Unit) => any}>} of an action's
 *   frame, all units have the same action */
const SHAPES = {
  edit: {
    list: "cells",
    isAtomic: true,
    item: ({ pk, column, value, base }) => [pk, column, value, base],
  },
  add: { list: "rows", isAtomic: true, item: ({ value }) => value },
  delete: { list: "pks", isAtomic: false, item: ({ pk, base }) => [pk, base] },
  act: { list: "pks", isAtomic: false, item: ({ pk }) => pk },
};

export class Flights {
  /**
   * @param {string} client
   * @param {FlightHandlers} handlers
   * @param {Clock} clock
   */
  constructor(client, handlers, clock) {
    this.client = client;
    this.handlers = handlers;
    this.clock = clock;
    this.count = 0;
    /** @type {Map<string, Flight>} by ref, oldest first */
    this.byRef = new Map();
  }

  /**
   * Those of an atomic batch go out in one frame, or not at all.
   * @param {Kind} kind
   * @param {Unit[]} units
   * @param {Limits} limits
   */
  launch(kind, units, limits) {
    /** @type {Map<Unit["batch"], Unit[]>} */
    const groups = new Map();
    for (const unit of units) {
      const group = unit.batch?.atomic ? unit.batch : null;
      groups
        .set(group, groups.get(group) ?? [])
        .get(group)
        ?.push(unit);
    }
    for (const [batch, group] of groups) this.#launch(kind, group, limits, batch !== null);
  }

  /**
   * @param {Kind} kind
   * @param {Unit[]} units
   * @param {Limits} limits
   * @param {boolean} atomic
   */
  #launch(kind, units, limits, atomic) {
    const { list, isAtomic, item } = SHAPES[kind];
    const most = kind === "edit" ? limits.cells : limits.rows;
    const { packs, tooBig, broken } = pack(units, item, { most, bytes: limits.frame_bytes });
    if (atomic && packs.length > 1) tooBig.push(...packs.splice(0).flat());
    const withOthers = atomic && broken.length ? packs.splice(0).flat() : [];
    const extra = isAtomic ? { atomic } : kind === "act" ? { action: units[0].value } : {};
    const { client } = this;
    const flights = packs.map((part) => {
      const ref = `${kind[0]}${++this.count}`;
      const frame = { type: kind, ref, [list]: part.map(item), ...extra };
      const flight = { client, frame, units: part, bornAt: this.clock.now(), sentAt: 0 };
      this.byRef.set(ref, flight);
      return flight;
    });
    if (flights.length) this.handlers.onLaunch?.();
    for (const flight of flights) this.#send(flight);
    for (const unit of tooBig) this.#complete(unit, { code: "too_big", message: "" });
    for (const unit of broken) this.#complete(unit, { code: "broken_text", message: "" });
    for (const unit of withOthers) this.#complete(unit, { code: "aborted", message: "" });
  }

  /**
   * Everything unanswered once more, under the same refs. What is older than the server's memory
   * of refs is not sent: it might be applied twice.
   * @param {Limits} limits
   */
  resend(limits) {
    for (const flight of [...this.byRef.values()]) this.#resend(flight, limits);
  }

  /** @returns {KeptFlight[]} */
  kept() {
    return [...this.byRef.values()].map(({ client, frame, bornAt, units }) => ({
      client,
      frame: /** @type {any} */ (frame),
      bornAt,
      pks: units.map(({ pk }) => pk),
    }));
  }

  /**
   * @param {KeptFlight} kept
   * @param {Unit[]} units
   * @param {Limits} limits
   */
  restore({ client, frame, bornAt }, units, limits) {
    const flight = { client, frame, units, bornAt, sentAt: 0 };
    this.byRef.set(frame.ref, flight);
    this.#resend(flight, limits);
  }

  /**
   * @param {Flight} flight
   * @param {Limits} limits
   */
  #resend(flight, limits) {
    const oldest = this.clock.now() - limits.resend_days * DAY_MS;
    if (flight.bornAt < oldest) this.#refuse(flight, { code: "expired", message: "" });
    else this.#send(flight);
  }

  /** Asks again where an answer, or the change that should follow it, is overdue. */
  nudge() {
    const late = this.clock.now() - LATE_MS;
    for (const flight of this.byRef.values()) if (flight.sentAt <= late) this.#send(flight);
  }

  /**
   * Before a change's rows are merged: rows that this client added get their name.
   * @param {EchoRef[]} refs
   */
  adopt(refs) {
    for (const [client, ref, pk, index] of refs) {
      const flight = this.#of(client, ref);
      const unit = flight?.units[index ?? -1];
      if (unit && pk !== undefined) this.#name(unit, pk);
    }
  }

  /**
   * After a change's rows are merged.
   * @param {EchoRef[]} refs
   * @param {(pk: Pk) => boolean} bears  whether the change names this pk
   */
  echo(refs, bears) {
    for (const [client, ref] of refs) {
      const flight = this.#of(client, ref);
      if (!flight) continue;
      for (const unit of flight.units) if (bears(unit.pk)) this.#echoed(unit);
      this.#finish(flight);
    }
  }

  /** @param {ReplyFrame} reply */
  reply({ ref, results, errors, settled, left = {}, message = "" }) {
    const flight = this.byRef.get(ref);
    if (!flight) return;
    if (message) flight.units[0]?.batch?.tell?.(message);
    flight.units.forEach((unit, index) => {
      if (unit.done || results[index] === undefined) return;
      unit.result = this.#verdict(unit, results[index], errors);
      if (index in left) unit.left = { value: left[index] };
      if (settled && unit.result === "saved") this.#echoed(unit);
    });
    this.#finish(flight);
  }

  /**
   * A frame that could not be used at all.
   * @param {string} ref
   * @param {Refusal} error
   */
  fail(ref, error) {
    const flight = this.byRef.get(ref);
    if (flight) this.#refuse(flight, error);
  }

  /** @param {Refusal} error */
  failAll(error) {
    for (const flight of [...this.byRef.values()]) this.#refuse(flight, error);
  }

  /**
   * @param {string} client
   * @param {string} ref
   */
  #of(client, ref) {
    const flight = this.byRef.get(ref);
    return flight?.client === client ? flight : undefined;
  }

  /** @param {Flight} flight */
  #send(flight) {
    const { client, frame } = flight;
    const isOurs = client === this.client;
    if (this.handlers.send(isOurs ? frame : { ...frame, client })) flight.sentAt = this.clock.now();
  }

  /**
   * @param {Unit} unit
   * @param {Result} result
   * @param {Refusal[]} errors
   * @returns {Unit["result"]}
   */
  #verdict(unit, result, errors) {
    if (typeof result === "string") return result;
    if ("pk" in result) {
      this.#name(unit, result.pk);
      return "saved";
    }
    const indexes = "errors" in result ? result.errors : [result.error];
    const [first, ...rest] = indexes.map((index) => errors[index]);
    return { ...first, also: rest };
  }

  /**
   * @param {Unit} unit
   * @param {Pk} pk
   */
  #name(unit, pk) {
    if (unit.pk === pk) return;
    const draft = unit.pk;
    unit.pk = pk;
    this.handlers.onNamed(unit, draft);
  }

  /** @param {Unit} unit */
  #echoed(unit) {
    unit.echoed = true;
    unit.echo = unit.column ? this.handlers.current(unit.pk, unit.column) : null;
  }

  /**
   * @param {Flight} flight
   * @param {Refusal} error
   */
  #refuse(flight, error) {
    for (const unit of flight.units) if (!unit.done) this.#complete(unit, error);
    this.byRef.delete(flight.frame.ref);
  }

  /** @param {Flight} flight */
  #finish(flight) {
    for (const unit of flight.units) {
      const { done, result, echoed } = unit;
      if (done || !result || (result === "saved" && !echoed)) continue;
      // A change holds what stands there now, which may be a colleague's of a moment later.
      if (unit.left && unit.column) unit.echo = unit.left.value;
      this.#complete(unit, result);
    }
    if (flight.units.every((unit) => unit.done)) this.byRef.delete(flight.frame.ref);
  }

  /**
   * @param {Unit} unit
   * @param {Unit["result"]} result
   */
  #complete(unit, result) {
    unit.done = true;
    unit.result = result;
    this.handlers.onDone(unit);
  }
}

/*
 * Cuts a list into frames that the server will take: so many items, so many bytes.
 */

/** What `{"type":"delete","ref":"…","cells":[…],"atomic":false}` takes without its items. */
const ENVELOPE_BYTES = 160;

/** Half a character, which JavaScript's texts may hold and no other's: it is written as an escape. */
const HALF = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

const encoder = new TextEncoder();

/**
 * @template T
 * @param {T[]} items
 * @param {(item: T) => any} wire  the item as it will stand in the frame
 * @param {{most: number, bytes: number}} limit
 * @returns {{packs: T[][], tooBig: T[], broken: T[]}}  tooBig: what would not fit into a frame of its
 *   own; broken: what the server could not read, nor anything else in its frame
 */
export function pack(items, wire, { most, bytes }) {
  const room = bytes - ENVELOPE_BYTES;
  /** @type {T[][]} */
  const packs = [];
  /** @type {T[]} */
  const tooBig = [];
  /** @type {T[]} */
  const broken = [];
  let left = 0;
  for (const item of items) {
    const text = JSON.stringify(wire(item));
    const size = encoder.encode(text).length + 1;
    if (HALF.test(text)) {
      broken.push(item);
      continue;
    }
    if (size > room) {
      tooBig.push(item);
      continue;
    }
    const last = packs.at(-1);
    if (last && last.length < most && size <= left) {
      last.push(item);
      left -= size;
    } else {
      packs.push([item]);
      left = room - size;
    }
  }
  return { packs, tooBig, broken };
}
