import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Undo } from "../../src/livesheet/static/livesheet/undo.js";

let undo;

beforeEach(() => {
  undo = new Undo();
});

const edit = (pk, before, value) => ({ pk, column: "price", value, base: before, before });
const bare = (edits) => edits.map(({ pk, value, base }) => ({ pk, value, base }));

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
  const [{ step }] = undo.undo();
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
