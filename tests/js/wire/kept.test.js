import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Claims, Kept } from "../../../src/livesheet/static/livesheet/wire/kept.js";
import { FakeClock, FakeStorage } from "../fakes.js";

const EDIT = { pk: "41", column: "price", value: "13.00", base: "12.00" };
const QUEUE = { flights: [], edits: [EDIT], rows: [] };
const NOTHING = { flights: [], edits: [], rows: [] };
const PATH = "/ws/sheet/task/?project=7";
const DAY_MS = 86_400_000;

let storage;
let time;

beforeEach(() => {
  storage = new FakeStorage();
  time = 0;
});

const kept = (client, path = PATH) =>
  new Kept(
    path,
    client,
    () => storage,
    () => time,
  );

test("what one copy keeps, another of the same sheet and user finds", () => {
  assert.equal(kept("a").put("3", QUEUE, 7), true);
  const [found, ...more] = kept("b").others("3");
  assert.deepEqual(more, []);
  assert.equal(found.client, "a");
  assert.deepEqual(kept("b").read(found.key).edits, [EDIT]);
  assert.deepEqual(kept("a").others("3"), [], "one's own is no other's");
  assert.deepEqual(kept("b", "/ws/sheet/task/?project=8").others("3"), []);
  kept("b").remove(found.key);
  assert.deepEqual(kept("b").others("3"), []);
});

test("nothing to keep leaves nothing behind", () => {
  kept("a").put("3", QUEUE, 7);
  kept("a").put("3", NOTHING, 7);
  assert.equal(storage.items.size, 0);
});

test("somebody else finds nothing of it, and it goes when it is too old to be sent", () => {
  kept("a").put("3", QUEUE, 7);
  assert.deepEqual(kept("b").others("4"), []);
  time = 6 * DAY_MS;
  kept("b").sweep("4");
  assert.equal(kept("b").others("3").length, 1);
  time = 8 * DAY_MS;
  kept("b").sweep("3");
  assert.equal(kept("b").others("3").length, 1, "its owner is asked about it");
  kept("b").sweep("4");
  assert.deepEqual(kept("b").others("3"), []);
});

test("what is no queue is left alone, and read as none", () => {
  storage.setItem("theme", "dark");
  kept("a").put("3", QUEUE, 7);
  const [{ key }] = kept("b").others("3");
  for (const text of ["{", "null", "7", '{"flights": 7}']) {
    storage.setItem(key, text);
    assert.equal(kept("b").read(key), null, text);
  }
  storage.setItem("livesheet:unsent:{", "1");
  kept("b").sweep("4");
  assert.equal(storage.getItem("theme"), "dark");
});

test("a browser that forbids storage, or has no room, says so", () => {
  const forbidden = new Kept(PATH, "a", () => {
    throw new Error("forbidden");
  });
  assert.equal(forbidden.put("3", QUEUE, 7), false);
  assert.deepEqual(forbidden.others("3"), []);
  forbidden.remove("x");
  forbidden.sweep("3");
  storage.isFull = true;
  assert.equal(kept("a").put("3", QUEUE, 7), false);
});

/** As a browser's: one holder at a time, in the order in which they asked. */
class FakeLocks {
  tails = new Map();

  request(name, options, run) {
    const act = run ?? options;
    const before = this.tails.get(name) ?? Promise.resolve();
    const mine = before.then(() => (options.signal?.aborted ? null : act()));
    this.tails.set(
      name,
      mine.catch(() => {}),
    );
    return mine;
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("what a living copy has is not taken; when it goes, one of the others takes it", async () => {
  const locks = new FakeLocks();
  const taken = [];
  const [one, two, three] = ["a", "b", "c"].map((client) => new Claims(client, { locks }));
  two.whenLeft("a", () => taken.push("two"));
  three.whenLeft("a", () => taken.push("three"));
  await settled();
  assert.deepEqual(taken, []);
  three.close();
  one.close();
  await settled();
  assert.deepEqual(taken, ["two"]);
});

test("a copy that goes before its lock was granted does not hold it for ever", async () => {
  const locks = new FakeLocks();
  const taken = [];
  const [one, two] = ["a", "b"].map((client) => new Claims(client, { locks }));
  one.close();
  two.whenLeft("a", () => taken.push("two"));
  await settled();
  assert.deepEqual(taken, ["two"]);
});

test("a copy of which nothing is known is gone", async () => {
  const taken = [];
  new Claims("b", { locks: new FakeLocks() }).whenLeft("a", () => taken.push("a"));
  await settled();
  assert.deepEqual(taken, ["a"]);
});

test("without locks a sign of life says it, also from a tab that is seldom given its turn", () => {
  const clock = new FakeClock();
  const storage = new FakeStorage();
  const world = { locks: undefined, storage: () => storage, clock };
  const taken = [];
  const one = new Claims("a", { ...world, locks: null });
  const two = new Claims("b", { ...world, locks: null });
  two.whenLeft("a", () => taken.push("a"));
  clock.advance(300_000);
  assert.deepEqual(taken, []);
  one.close();
  clock.advance(10_000);
  assert.deepEqual(taken, ["a"]);

  // Killed: it says nothing more, and cannot take its sign away.
  storage.setItem("livesheet:alive:dead", String(clock.now()));
  two.whenLeft("dead", () => taken.push("dead"));
  clock.advance(80_000);
  assert.deepEqual(taken, ["a"]);
  clock.advance(20_000);
  assert.deepEqual(taken, ["a", "dead"]);
  two.close();
  assert.equal(clock.timers.size, 0);
});
