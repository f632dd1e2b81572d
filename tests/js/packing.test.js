import assert from "node:assert/strict";
import { test } from "node:test";
import { pack } from "../../src/livesheet/static/livesheet/packing.js";

const same = (item) => item;

test("so many items to a frame", () => {
  const { packs } = pack([1, 2, 3, 4, 5], same, { most: 2, bytes: 10_000 });
  assert.deepEqual(packs, [[1, 2], [3, 4], [5]]);
});

test("bytes are counted as UTF-8", () => {
  const { packs } = pack(["ööö", "ööö"], same, { most: 9, bytes: 160 + 12 });
  assert.equal(packs.length, 2);
});

test("what would not fit alone is handed back", () => {
  const { packs, tooBig } = pack(["x".repeat(500), "y"], same, { most: 9, bytes: 300 });
  assert.deepEqual(packs, [["y"]]);
  assert.equal(tooBig.length, 1);
});

test("nothing packs into nothing", () => {
  assert.deepEqual(pack([], same, { most: 9, bytes: 300 }), { packs: [], tooBig: [] });
});
