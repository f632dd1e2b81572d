/**
 * Whatever the line does, in the end the sheet shows what the server has, nothing is pending, what
 * was said to be saved was saved once, and nobody's write was overwritten by a user who had not seen
 * it. The browser's own modules, all but the screen and the socket, against a server in `server.js`.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Outgoing } from "../../src/livesheet/static/livesheet/editing/outgoing.js";
import { Incoming } from "../../src/livesheet/static/livesheet/store/incoming.js";
import { Store } from "../../src/livesheet/static/livesheet/store/store.js";
import { TEXTS } from "../../src/livesheet/static/livesheet/texts.js";
import { FakeClock } from "./fakes.js";
import { COLUMNS, Server } from "./server.js";

const CLIENT = "6f1d2c3b4a5968778695a4b3c2d1e0ff";
const RUNS = Number(process.env.FC_RUNS) || 500;

/** A sheet, a line and a server. */
class World {
  server = new Server(["one", "two", "three"]);
  clock = new FakeClock();
  /** Frames on their way, in order: TCP neither swaps nor doubles. */
  up = [];
  down = [];
  isUp = false;
  isWhole = false;
  /** How far this line's server has told of the log; null until it is open. */
  told = null;
  count = 0;
  /** value → what the user had seen in its cell when wishing for it */
  seen = new Map();
  screenful = new Map();
  verdicts = [];

  constructor() {
    const screen = new Proxy({}, { get: () => () => {} });
    const outlook = () => this.outbox;
    this.store = new Store(() => {}, this.clock, "en", { outlook });
    this.outgoing = new Outgoing(this.store, screen, {
      client: CLIENT,
      send: (frame) => this.isUp && this.up.push(structuredClone(frame)) > 0,
      texts: TEXTS,
      root: null,
      clock: this.clock,
    });
    this.outbox = this.outgoing.outbox;
    const nameOf = () => "";
    this.incoming = new Incoming(this.store, this.outbox, screen, { texts: TEXTS, nameOf });
  }

  // --- the line

  connect() {
    if (this.isUp) return;
    const { store, outbox } = this;
    const have = store.cursor === null ? null : store.rows.have(outbox.limits);
    this.isUp = true;
    this.isWhole = false;
    this.told = null;
    this.incoming.restart();
    this.up.push({ type: "open", cursor: have && store.cursor, have });
  }

  /** What is on its way, either way, is lost. */
  cut() {
    this.isUp = this.isWhole = false;
    this.up = [];
    this.down = [];
    this.outbox.pause();
  }

  /** The server reads one frame. */
  hear() {
    const frame = this.up.shift();
    if (!frame) return;
    if (frame.type === "open") this.#opened(frame);
    else this.down.push(this.#reply(frame));
  }

  #opened(frame) {
    this.down.push(this.server.hello(), ...this.server.open(frame));
    this.told = this.server.log.length;
  }

  #reply(frame) {
    const reply = this.server.submit(CLIENT, frame, this.told);
    this.verdicts.push({ frame, reply });
    return reply;
  }

  /** The server tells of what is new; sometimes a second time, or all of it. */
  tell(how = "once") {
    if (this.told === null || !this.isUp) return;
    if (how === "anew") this.down.push(...this.server.snapshot());
    else this.down.push(this.server.changeSince(how === "again" ? 0 : this.told));
    this.told = this.server.log.length;
  }

  /** The sheet takes in one frame. */
  take() {
    const frame = this.down.shift();
    if (frame) this[frame.type](frame);
    this.#look();
  }

  hello(frame) {
    this.isWhole = false;
    this.outbox.pause();
    this.incoming.hello(frame);
  }

  rows(frame) {
    if (this.incoming.rows(frame)) this.#caughtUp();
  }

  change(frame) {
    this.incoming.change(frame);
    this.#caughtUp();
  }

  reply(frame) {
    this.incoming.reply(frame);
  }

  #caughtUp() {
    if (this.isWhole) return;
    this.isWhole = true;
    this.outbox.resume();
  }

  // --- the user

  /** What the user sees is remembered, cell by cell. */
  #look() {
    for (const pk of this.store.rows.pks())
      for (const column of COLUMNS) {
        const key = `${pk} ${column}`;
        const seen = this.screenful.get(key) ?? new Set();
        this.screenful.set(key, seen.add(this.store.base(pk, column)));
      }
  }

  pk(place) {
    const pks = [...this.store.rows.pks()];
    return pks[place % pks.length];
  }

  edit(place, column, prefix = "", suffix = "") {
    const pk = this.pk(place);
    if (pk === undefined) return;
    this.count += 1;
    const value = `${prefix}w${this.count}${suffix}`;
    this.seen.set(value.trim(), new Set(this.screenful.get(`${pk} ${column}`)));
    const base = this.store.base(pk, column);
    this.outgoing.edit([{ pk, column, value, base, before: this.store.shown(pk, column) }]);
  }

  add(column) {
    this.count += 1;
    this.outgoing.paste([], [{ name: `w${this.count}`, [column]: `w${this.count} ` }]);
  }

  delete(place) {
    const pk = this.pk(place);
    if (pk !== undefined) this.outgoing.delete([pk]);
  }

  /** As far as it restores a value, the user has seen all that is on the screen. */
  turn(way) {
    this.undone = structuredClone(this.screenful);
    this.outgoing[way]();
  }

  // --- the end

  settle() {
    this.server.isBusy = false;
    for (let round = 0; round < 40; round += 1) {
      this.connect();
      while (this.up.length || this.down.length) {
        this.hear();
        this.take();
      }
      this.tell();
      while (this.down.length) this.take();
      if (this.isWhole) this.outbox.nudge();
      this.clock.advance(30_000);
    }
  }
}

// --- what may happen

const place = fc.nat(5);
const column = fc.constantFrom(...COLUMNS);
const step = (weight, name, ...values) => ({
  weight,
  arbitrary: fc
    .tuple(...values)
    .map((given) => ({ name, given, toString: () => `${name}(${given})` })),
});
const STEPS = fc.oneof(
  step(8, "edit", place, column),
  step(3, "edit", place, column, fc.constantFrom("", "bad "), fc.constantFrom("", " ")),
  step(2, "add", column),
  step(2, "delete", place),
  step(3, "undo"),
  step(1, "redo"),
  step(10, "hear"),
  step(10, "take"),
  step(6, "tell"),
  step(1, "tell", fc.constantFrom("again", "anew")),
  step(3, "connect"),
  step(2, "cut"),
  step(6, "theirs", place, column),
  step(1, "theirDelete", place),
  step(1, "trim"),
  step(1, "beginAnew"),
  step(1, "busy"),
  step(1, "wait"),
);

const PLAY = {
  undo: (world) => world.turn("undo"),
  redo: (world) => world.turn("redo"),
  theirs: ({ server }, n, name) => {
    const pk = [...server.rows.keys()][n % (server.rows.size + 1)] ?? null;
    server.count += 1;
    server.write("bea", pk, { [name]: `b${server.count}`, ...(pk ? {} : { name: "new" }) });
  },
  theirDelete: ({ server }, n) => server.remove("bea", [...server.rows.keys()][n] ?? "0"),
  trim: ({ server }) => server.trim(),
  beginAnew: (world) => {
    world.server.beginAnew();
    world.cut();
  },
  busy: ({ server }) => {
    server.isBusy = !server.isBusy;
  },
  wait: (world) => {
    world.clock.advance(25_000);
    if (world.isWhole) world.outbox.nudge();
  },
};

function play(steps) {
  const world = new World();
  world.connect();
  for (const { name, given } of [{ name: "hear", given: [] }, ...steps]) {
    if (PLAY[name]) PLAY[name](world, ...given);
    else world[name](...given);
  }
  world.settle();
  return world;
}

// --- what must hold

function sheetShowsTheServer({ store, server }) {
  const shown = [...store.rows.byPk.values()].map(([pk, ...values]) => [pk, ...values]);
  const right = [...server.rows].map(([pk, row]) => [pk, ...COLUMNS.map((name) => row[name])]);
  assert.deepEqual(shown.sort(), right.sort());
}

function savedOnce({ server, verdicts }) {
  const written = new Map();
  for (const { who, value } of server.history)
    if (who === "me") written.set(value, (written.get(value) ?? 0) + 1);
  const first = new Map();
  for (const { frame, reply } of verdicts) {
    const known = first.get(frame.ref);
    if (known) assert.deepEqual(reply.results, known.results, "a repeat is answered alike");
    else if (reply.errors[0]?.code !== "retry") first.set(frame.ref, reply);
  }
  for (const [value, times] of written)
    if (/^w\d+$/.test(value)) assert.ok(times >= 1, `${value} was written ${times} times`);
}

function nothingUnseenIsOverwritten({ server, seen, undone }) {
  const theirs = new Set(server.history.filter(({ who }) => who !== "me").map((h) => h.value));
  for (const { who, pk, column, value, over } of server.history) {
    if (who !== "me" || !theirs.has(over)) continue;
    const had = seen.get(value) ?? undone?.get(`${pk} ${column}`);
    const also = undone?.get(`${pk} ${column}`);
    assert.ok(had?.has(over) || also?.has(over), `${value} was put over ${over}, unseen`);
  }
}

test("whatever the line does, sheet and server agree in the end", () => {
  fc.assert(
    fc.property(fc.array(STEPS, { maxLength: 60, size: "max" }), (steps) => {
      const world = play(steps);
      assert.equal(world.outbox.size, 0, "something is pending for ever");
      assert.equal(world.outbox.requests.byRef.size, 0, "a frame is kept for ever");
      sheetShowsTheServer(world);
      savedOnce(world);
      nothingUnseenIsOverwritten(world);
    }),
    { numRuns: RUNS, includeErrorInReport: true, seed: Number(process.env.FC_SEED) || undefined },
  );
});
