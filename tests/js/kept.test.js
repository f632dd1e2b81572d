import assert from "node:assert/strict";
import { test } from "node:test";
import { Kept } from "../../src/livesheet/static/livesheet/kept.js";

const UNSENT = {
  edits: [{ pk: "41", column: "price", value: "13.00", base: "12.00" }],
  deletes: [],
  rows: [],
};

/** As a browser's: texts by key. */
function fakeStorage() {
  const items = new Map();
  return {
    setItem: (key, text) => items.set(key, text),
    getItem: (key) => items.get(key) ?? null,
    removeItem: (key) => items.delete(key),
  };
}

test("what is kept is there once, for the same user of the same sheet", () => {
  const storage = fakeStorage();
  const kept = (path) => new Kept(path, () => storage);
  assert.equal(kept("/ws/sheet/task/?project=7").put("3", UNSENT), true);
  assert.equal(kept("/ws/sheet/task/?project=8").take("3"), null);
  assert.deepEqual(kept("/ws/sheet/task/?project=7").take("3"), UNSENT);
  assert.equal(kept("/ws/sheet/task/?project=7").take("3"), null);
});

test("somebody else gets nothing of it, and it is gone", () => {
  const storage = fakeStorage();
  const kept = new Kept("/ws/sheet/task/", () => storage);
  kept.put("3", UNSENT);
  assert.equal(kept.take("4"), null);
  assert.equal(kept.take("3"), null);
});

test("a browser that forbids storage is asked no more than whether it keeps", () => {
  const kept = new Kept("/ws/sheet/task/", () => {
    throw new Error("forbidden");
  });
  assert.equal(kept.put("3", UNSENT), false);
  assert.equal(kept.take("3"), null);
});
