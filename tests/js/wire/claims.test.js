import assert from "node:assert/strict";
import { test } from "node:test";
import { Claims } from "../../../src/livesheet/static/livesheet/wire/claims.js";
import { FakeClock, FakeStorage } from "../fakes.js";

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
