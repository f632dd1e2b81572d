import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder, sorted } from "../../../src/livesheet/static/livesheet/store/sorting.js";

const collator = new Intl.Collator("en", { numeric: true });
const by = (rows, ...sorts) =>
  sorted(Object.keys(rows), sorts, (pk, column) => rows[pk][column] ?? null, collator);
const up = (column) => ({ column, descending: false });
const down = (column) => ({ column, descending: true });

test("the first column counts most, equal rows keep their order, nothing comes last", () => {
  const rows = { a: { x: 2, y: "b" }, b: { x: 1, y: "b" }, c: { x: 3, y: "a" }, d: { x: 9 } };
  assert.deepEqual(by(rows, up("y"), down("x")), ["c", "a", "b", "d"]);
  assert.deepEqual(by(rows, up("y")), ["c", "a", "b", "d"]);
  assert.deepEqual(by(rows, down("y")), ["a", "b", "c", "d"]);
});

test("texts are sorted as people sort them: numbers in them by size", () => {
  const rows = { a: { x: "b10" }, b: { x: "B9" }, c: { x: "ä" }, d: { x: "a" } };
  assert.deepEqual(by(rows, up("x")), ["d", "c", "b", "a"]);
});

test("the quick order of very many plain texts is nearly the language's own", () => {
  const texts = Array.from({ length: 6_000 }, (_, n) => `Item ${(n * 7_919) % 6_000} x${n % 7}`);
  const rows = Object.fromEntries(texts.map((x, n) => [`r${n}`, { x }]));
  const expected = Object.keys(rows).sort((a, b) => collator.compare(rows[a].x, rows[b].x));
  assert.deepEqual(by(rows, up("x")), expected);
});

test("in that quick order zeros in front, case and signs count as little as to the language", () => {
  const few = ["Item 00010", "Item 9", "item 7", "Item 007", "Item 8b", "ITEM 0", "_Item"];
  const many = Array.from({ length: 6_000 }, (_, n) => `Item ${n + 100}`);
  assert.deepEqual(inOrder(new Set([...few, ...many]), collator).slice(0, 8), [
    "_Item",
    "ITEM 0",
    "item 7",
    "Item 007",
    "Item 8b",
    "Item 9",
    "Item 00010",
    "Item 100",
  ]);
});
