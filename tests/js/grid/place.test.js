import assert from "node:assert/strict";
import { test } from "node:test";
import { blocksLeft } from "../../../src/livesheet/static/livesheet/grid/place.js";

const placesOf = (...pks) => new Map(pks.map((pk, at) => [pk, at]));
const block = (corners, ...pks) => ({ corners, pks, isWhole: false });

test("a block shrinks to the rows that are left", () => {
  const left = blocksLeft(block([0, 1, 2, 3], "a", "b", "c"), placesOf("b", "c", "d"), 3);
  assert.deepEqual(left, [[0, 1, 1, 3]]);
});

test("a row that has come between is not chosen", () => {
  const left = blocksLeft(block([0, 1, 1, 1], "a", "b"), placesOf("a", "new", "b"), 3);
  assert.deepEqual(left, [
    [0, 1, 0, 1],
    [2, 1, 2, 1],
  ]);
});

test("a block keeps the direction in which it was drawn", () => {
  const left = blocksLeft(block([2, 3, 1, 1], "b", "c"), placesOf("b", "c"), 2);
  assert.deepEqual(left, [[1, 3, 0, 1]]);
});

test("nothing is left of rows that are gone", () => {
  assert.deepEqual(blocksLeft(block([0, 0, 0, 0], "a"), placesOf("b"), 1), []);
});

test("all rows stay all rows", () => {
  const all = { corners: [-1, 2, 1, 2], pks: [], isWhole: true };
  assert.deepEqual(blocksLeft(all, placesOf("a", "b", "c"), 3), [[-1, 2, 2, 2]]);
});

test("what another order strews about is given up but for one cell", () => {
  const pks = Array.from({ length: 80 }, (_, at) => String(at));
  const even = pks.filter((_, at) => at % 2 === 0);
  const left = blocksLeft(block([0, 0, 39, 0], ...even), placesOf(...pks), 80);
  assert.deepEqual(left, [[0, 0, 0, 0]]);
});
