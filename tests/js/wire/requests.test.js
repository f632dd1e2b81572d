import assert from "node:assert/strict";
import { test } from "node:test";
import { pack } from "../../../src/livesheet/static/livesheet/wire/requests.js";

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
  assert.deepEqual(pack([], same, { most: 9, bytes: 300 }), {
    packs: [],
    tooBig: [],
    broken: [],
  });
});

test("half a character goes into no frame, since nothing in it could be read", () => {
  const texts = ["a\ud83d", "\ud83d\ude00", "\\ud83d", "c:\\\ude00"];
  const { packs, broken } = pack(texts, same, { most: 9, bytes: 300 });
  assert.deepEqual(packs, [["\ud83d\ude00", "\\ud83d"]]);
  assert.deepEqual(broken, ["a\ud83d", "c:\\\ude00"]);
});
