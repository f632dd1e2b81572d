import assert from "node:assert/strict";
import { test } from "node:test";
import { readList, writeList } from "../../../src/livesheet/static/livesheet/values/lists.js";

test("a list is written so that it can be read again", () => {
  for (const items of [
    [],
    ["red", "blue"],
    ["green, dark", 'say "no"', " blank "],
    ["", null, "null", "a\nb"],
  ])
    assert.deepEqual(readList(writeList(items)), items);
  assert.equal(writeList(["red", "green, dark"]), 'red, "green, dark"');
});

test("as people write it", () => {
  assert.deepEqual(readList("red,blue , green"), ["red", "blue", "green"]);
  assert.deepEqual(readList('"open'), ['"open']);
  assert.deepEqual(readList('a "b" c, d'), ['a "b" c', "d"]);
});
