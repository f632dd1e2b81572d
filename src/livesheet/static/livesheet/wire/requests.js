/**
 * Frames under way: each has a ref, and is kept until every cell or row in it is settled. Sending a
 * frame again does no harm, because the server recognises the ref.
 */

/**
 * @import {Clock, EchoRef, KeptRequest, Kind, Limits, Pk, Refusal, ReplyFrame, Result, Part, Value}
 *   from "../protocol.js"
 */

const DAY_MS = 86_400_000;
const LATE_MS = 20_000; // an answer this late is asked for again

/**
 * @typedef {object} Request
 * @property {string} client  ours, or that of a copy that is closed
 * @property {{type: Kind, ref: string}} frame
 * @property {Part[]} parts
 * @property {number} bornAt
 * @property {number} sentAt
 *
 * @typedef {object} FlightHandlers
 * @property {(frame: object) => boolean} send
 * @property {(pk: Pk, column: string) => Value} current  what the server last said
 * @property {(unit: Part) => void} onDone  look at `part.result`: an object is a refusal
 * @property {(unit: Part, draft: Pk) => void} onNamed  an added row got its pk
 * @property {() => void} [onLaunch]  before anything goes out that was not under way before
 */

/** @type {Record<Kind, {list: string, isAtomic: boolean, item: (unit: Part) => any}>} of an action's
 *   frame, all parts have the same action */
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

export class Requests {
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
    /** @type {Map<string, Request>} by ref, oldest first */
    this.byRef = new Map();
  }

  /**
   * The parts of an atomic batch are sent in one frame, or not at all.
   * @param {Kind} kind
   * @param {Part[]} parts
   * @param {Limits} limits
   */
  launch(kind, parts, limits) {
    /** @type {Map<Part["batch"], Part[]>} */
    const groups = new Map();
    for (const part of parts) {
      const group = part.batch?.atomic ? part.batch : null;
      groups
        .set(group, groups.get(group) ?? [])
        .get(group)
        ?.push(part);
    }
    for (const [batch, group] of groups) this.#launch(kind, group, limits, batch !== null);
  }

  /**
   * @param {Kind} kind
   * @param {Part[]} parts
   * @param {Limits} limits
   * @param {boolean} atomic
   */
  #launch(kind, parts, limits, atomic) {
    const { list, isAtomic, item } = SHAPES[kind];
    const most = kind === "edit" ? limits.cells : limits.rows;
    const { packs, tooBig, broken } = pack(parts, item, { most, bytes: limits.frame_bytes });
    if (atomic && packs.length > 1) tooBig.push(...packs.splice(0).flat());
    const withOthers = atomic && broken.length ? packs.splice(0).flat() : [];
    const extra = isAtomic ? { atomic } : kind === "act" ? { action: parts[0].value } : {};
    const { client } = this;
    const requests = packs.map((packed) => {
      const ref = `${kind[0]}${++this.count}`;
      const frame = { type: kind, ref, [list]: packed.map(item), ...extra };
      const request = { client, frame, parts: packed, bornAt: this.clock.now(), sentAt: 0 };
      this.byRef.set(ref, request);
      return request;
    });
    if (requests.length) this.handlers.onLaunch?.();
    for (const request of requests) this.#send(request);
    for (const part of tooBig) this.#complete(part, { code: "too_big", message: "" });
    for (const part of broken) this.#complete(part, { code: "broken_text", message: "" });
    for (const part of withOthers) this.#complete(part, { code: "aborted", message: "" });
  }

  /**
   * Everything unanswered once more, under the same refs. What is older than the server's memory
   * of refs is not sent: it might be applied twice.
   * @param {Limits} limits
   */
  resend(limits) {
    for (const request of [...this.byRef.values()]) this.#resend(request, limits);
  }

  /** @returns {KeptRequest[]} */
  kept() {
    return [...this.byRef.values()].map(({ client, frame, bornAt, parts }) => ({
      client,
      frame: /** @type {any} */ (frame),
      bornAt,
      pks: parts.map(({ pk }) => pk),
    }));
  }

  /**
   * @param {KeptRequest} kept
   * @param {Part[]} parts
   * @param {Limits} limits
   */
  restore({ client, frame, bornAt }, parts, limits) {
    const request = { client, frame, parts, bornAt, sentAt: 0 };
    this.byRef.set(frame.ref, request);
    this.#resend(request, limits);
  }

  /**
   * @param {Request} request
   * @param {Limits} limits
   */
  #resend(request, limits) {
    const oldest = this.clock.now() - limits.resend_days * DAY_MS;
    if (request.bornAt < oldest) this.#refuse(request, { code: "expired", message: "" });
    else this.#send(request);
  }

  /** Repeats a request if its answer, or the change that should follow, is overdue. */
  nudge() {
    const late = this.clock.now() - LATE_MS;
    for (const request of this.byRef.values()) if (request.sentAt <= late) this.#send(request);
  }

  /**
   * Called before a change's rows are merged: gives rows that this client added their pks.
   * @param {EchoRef[]} refs
   */
  adopt(refs) {
    for (const [client, ref, pk, index] of refs) {
      const request = this.#of(client, ref);
      const part = request?.parts[index ?? -1];
      if (part && pk !== undefined) this.#name(part, pk);
    }
  }

  /**
   * Called after a change's rows are merged.
   * @param {EchoRef[]} refs
   * @param {(pk: Pk) => boolean} bears  whether the change names this pk
   */
  echo(refs, bears) {
    for (const [client, ref] of refs) {
      const request = this.#of(client, ref);
      if (!request) continue;
      for (const part of request.parts) if (bears(part.pk)) this.#echoed(part);
      this.#finish(request);
    }
  }

  /** @param {ReplyFrame} reply */
  reply({ ref, results, errors, settled, left = {}, message = "" }) {
    const request = this.byRef.get(ref);
    if (!request) return;
    if (message) request.parts[0]?.batch?.tell?.(message);
    request.parts.forEach((part, index) => {
      if (part.done || results[index] === undefined) return;
      part.result = this.#verdict(part, results[index], errors);
      if (index in left) part.left = { value: left[index] };
      if (settled && part.result === "saved") this.#echoed(part);
    });
    this.#finish(request);
  }

  /**
   * A frame that could not be used at all.
   * @param {string} ref
   * @param {Refusal} error
   */
  fail(ref, error) {
    const request = this.byRef.get(ref);
    if (request) this.#refuse(request, error);
  }

  /** @param {Refusal} error */
  failAll(error) {
    for (const request of [...this.byRef.values()]) this.#refuse(request, error);
  }

  /**
   * @param {string} client
   * @param {string} ref
   */
  #of(client, ref) {
    const request = this.byRef.get(ref);
    return request?.client === client ? request : undefined;
  }

  /** @param {Request} request */
  #send(request) {
    const { client, frame } = request;
    const isOurs = client === this.client;
    if (this.handlers.send(isOurs ? frame : { ...frame, client }))
      request.sentAt = this.clock.now();
  }

  /**
   * @param {Part} part
   * @param {Result} result
   * @param {Refusal[]} errors
   * @returns {Part["result"]}
   */
  #verdict(part, result, errors) {
    if (typeof result === "string") return result;
    if ("pk" in result) {
      this.#name(part, result.pk);
      return "saved";
    }
    const indexes = "errors" in result ? result.errors : [result.error];
    const [first, ...rest] = indexes.map((index) => errors[index]);
    return { ...first, also: rest };
  }

  /**
   * @param {Part} part
   * @param {Pk} pk
   */
  #name(part, pk) {
    if (part.pk === pk) return;
    const draft = part.pk;
    part.pk = pk;
    this.handlers.onNamed(part, draft);
  }

  /** @param {Part} part */
  #echoed(part) {
    part.echoed = true;
    part.echo = part.column ? this.handlers.current(part.pk, part.column) : null;
  }

  /**
   * @param {Request} request
   * @param {Refusal} error
   */
  #refuse(request, error) {
    for (const part of request.parts) if (!part.done) this.#complete(part, error);
    this.byRef.delete(request.frame.ref);
  }

  /** @param {Request} request */
  #finish(request) {
    for (const part of request.parts) {
      const { done, result, echoed } = part;
      if (done || !result || (result === "saved" && !echoed)) continue;
      // A change contains the present value, which may be a colleague's slightly later one.
      if (part.left && part.column) part.echo = part.left.value;
      this.#complete(part, result);
    }
    if (request.parts.every((part) => part.done)) this.byRef.delete(request.frame.ref);
  }

  /**
   * @param {Part} part
   * @param {Part["result"]} result
   */
  #complete(part, result) {
    part.done = true;
    part.result = result;
    this.handlers.onDone(part);
  }
}

/*
 * Cuts a list into frames that the server will take: so many items, so many bytes.
 */

/** The size of `{"type":"delete","ref":"…","cells":[…],"atomic":false}` without its items. */
const ENVELOPE_BYTES = 160;

/** A lone surrogate, written as an escape: valid in JavaScript texts, but not in the server's. */
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
