import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { newStep, Undo } from "../../../src/livesheet/static/livesheet/store/undo.js";

let undo;

beforeEach(() => {
  undo = new Undo();
});

const edit = (pk, before, value) => ({ pk, column: "price", value, base: before, before });
const bare = (steps) => steps.map(({ pk, before, after }) => ({ pk, value: after, base: before }));

test("taking back is a new edit, based on what the first one left", () => {
  const [step] = undo.record([edit("1", "12.00", "12.5")]);
  step.after = "12.50";
  assert.deepEqual(bare(undo.undo()), [{ pk: "1", value: "12.00", base: "12.50" }]);
  assert.deepEqual(undo.undo(), []);
});

test("making it again is based on what the undo left", () => {
  undo.record([edit("1", "a", "b")]);
  undo.undo();
  assert.deepEqual(bare(undo.redo()), [{ pk: "1", value: "b", base: "a" }]);
  assert.deepEqual(bare(undo.undo()), [{ pk: "1", value: "a", base: "b" }]);
});

test("one action is one step, however many cells it had", () => {
  undo.record([edit("1", "a", "b"), edit("2", "c", "d")]);
  assert.equal(undo.undo().length, 2);
});

test("what was refused is not taken back", () => {
  undo.record([edit("1", "a", "b")]);
  const [step] = undo.record([edit("2", "c", "d")]);
  step.refused = true;
  assert.deepEqual(bare(undo.undo()), [{ pk: "1", value: "a", base: "b" }]);
});

test("an undo that was refused is not made again", () => {
  undo.record([edit("1", "a", "b")]);
  const [step] = undo.undo();
  step.refused = true;
  assert.deepEqual(undo.redo(), []);
});

test("a new edit ends what could be made again", () => {
  undo.record([edit("1", "a", "b")]);
  undo.undo();
  undo.record([edit("1", "a", "c")]);
  assert.deepEqual(undo.redo(), []);
});

test("a new row's edits follow it to its pk", () => {
  undo.record([edit("+new:1", null, "b")]);
  undo.rename("+new:1", "58");
  assert.equal(undo.undo()[0].pk, "58");
});

test("it remembers two hundred actions", () => {
  for (let at = 0; at < 250; at += 1) undo.record([edit("1", at, at + 1)]);
  let count = 0;
  while (undo.undo().length) count += 1;
  assert.equal(count, 200);
});

test("an added row is taken back by deleting it, a deleted one by adding it", () => {
  undo.record([], [newStep({ kind: "add", pk: "58", cursor: "c1" })]);
  const values = { name: "Oak" };
  undo.record([], [newStep({ kind: "delete", pk: "41", values, above: "42" })]);
  const [again] = undo.undo();
  assert.deepEqual([again.kind, again.pk, again.values, again.above], ["add", "41", values, "42"]);
  const [gone] = undo.undo();
  assert.deepEqual([gone.kind, gone.pk, gone.cursor], ["delete", "58", "c1"]);
});

test("earlier steps follow a row that has come back under another pk", () => {
  undo.record([edit("41", "a", "b")]);
  undo.record([], [newStep({ kind: "delete", pk: "40", above: "41" })]);
  undo.rename("41", "77");
  assert.equal(undo.undo()[0].above, "77");
  assert.equal(undo.undo()[0].pk, "77");
});

test("what was typed into a new row goes with the row", () => {
  undo.record([edit("+new:1", null, "b")]);
  undo.record([edit("+new:1", null, "c"), edit("2", "x", "y")]);
  undo.forget(new Set(["+new:1"]));
  assert.deepEqual(bare(undo.undo()), [{ pk: "2", value: "x", base: "y" }]);
  assert.deepEqual(undo.undo(), []);
});
