import assert from "node:assert/strict";
import { test } from "node:test";
import { listed, matched } from "../../../src/livesheet/static/livesheet/finding/valuelist.js";

const ENTRIES = [
  { key: "3", text: "Nordholz, Inc", count: 1 },
  { key: "7", text: "Süd", count: 2 },
  { key: "9", text: "Süd", count: 1 },
  { key: "", text: "", count: 5 },
];

test("a list is in lines, in cells, or has signs between; a comma may be part of a name", () => {
  assert.deepEqual(listed("a, b\n c \n\n a, b\n"), ["a, b", "c"]);
  assert.deepEqual(listed("a\tb"), ["a", "b"]);
  assert.deepEqual(listed("a; b,c"), ["a", "b,c"]);
  assert.deepEqual(listed("1, 2,3"), ["1", "2", "3"]);
  assert.deepEqual(listed("alone"), ["alone"]);
});

test("what is listed is found by its key or its name, and what is not is told", () => {
  const wanted = ["nordholz, inc", "SUD", "3", "gone", ""];
  assert.deepEqual(matched(wanted, ENTRIES, false), {
    found: ["3", "7", "9"],
    unknown: ["gone", ""],
  });
});

test("a number is found however it is written", () => {
  const numbers = [{ key: "12.5000", text: "12,50", count: 1 }];
  assert.deepEqual(matched(["12.5", "12,50", "13"], numbers, true), {
    found: ["12.5000"],
    unknown: ["13"],
  });
});
