import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Claims } from "../../../src/livesheet/static/livesheet/wire/claims.js";
import { FakeClock, FakeStorage } from "../fakes.js";

let storage;
let clock;
let taken;

beforeEach(() => {
  storage = new FakeStorage();
  clock = new FakeClock();
  taken = [];
});

/** A copy of a sheet on a page without https, which has no locks. */
const copy = (client) => new Claims(client, { locks: null, storage: () => storage, clock });

test("the edits of a copy that lives are not taken over", () => {
  const other = copy("other");
  const own = copy("own");
  own.whenLeft("other", () => taken.push("other"));
  clock.advance(600_000);
  assert.deepEqual(taken, []);
  other.close();
  own.close();
});

test("those of a copy that has been closed are, at the next look", () => {
  const other = copy("other");
  const own = copy("own");
  own.whenLeft("other", () => taken.push("other"));
  other.close();
  clock.advance(5_000);
  assert.deepEqual(taken, ["other"]);
  own.close();
});

test("a copy that was killed counts as alive for a minute and a half", () => {
  const other = copy("other");
  for (const timer of other.timers) clock.clearTimeout(timer);
  const own = copy("own");
  own.whenLeft("other", () => taken.push("other"));
  clock.advance(90_000);
  assert.deepEqual(taken, []);
  clock.advance(5_000);
  assert.deepEqual(taken, ["other"]);
  own.close();
});

test("who has gone takes nothing over any more", () => {
  const own = copy("own");
  const other = copy("other");
  own.whenLeft("other", () => taken.push("other"));
  own.close();
  other.close();
  clock.advance(600_000);
  assert.deepEqual(taken, []);
  assert.equal(storage.items.size, 0);
});

test("a browser that forbids storage makes nothing fail", () => {
  const forbidden = () => {
    throw new Error("SecurityError");
  };
  const own = new Claims("own", { locks: null, storage: forbidden, clock });
  assert.doesNotThrow(() => {
    own.whenLeft("other", () => {});
    clock.advance(200_000);
    own.close();
  });
});

test("where there are locks, the edits are taken when the other one's is released", async () => {
  const waiting = new Map();
  const locks = {
    request: (name, { signal }, run) => {
      signal.throwIfAborted();
      waiting.set(name, run);
      return Promise.resolve();
    },
  };
  const own = new Claims("own", { locks, storage: () => storage, clock });
  own.whenLeft("other", () => taken.push("other"));
  assert.deepEqual([...waiting.keys()], ["livesheet:alive:own", "livesheet:alive:other"]);
  waiting.get("livesheet:alive:other")();
  assert.deepEqual(taken, ["other"]);
  let isHeld = true;
  const held = waiting
    .get("livesheet:alive:own")()
    .then(() => {
      isHeld = false;
    });
  await Promise.resolve();
  assert.ok(isHeld);
  own.close();
  await held;
  assert.equal(storage.items.size, 0, "locks need no timestamps");
});
