import assert from "node:assert/strict";
import { test } from "node:test";
import { planOf } from "../../../src/livesheet/static/livesheet/grid/records.js";

/** Does what the plan says, as the grid would. */
function carryOut(shown, { removals, insertions }) {
  const rows = [...shown];
  for (const { at, count } of removals) rows.splice(at, count);
  for (const { at, pks } of insertions) rows.splice(at, 0, ...pks);
  return rows;
}

test("rows that come and go are whole runs", () => {
  const shown = ["a", "b", "c", "d", "e"];
  const wanted = ["x", "a", "d", "y", "z", "e", "w"];
  const plan = planOf(shown, wanted);
  assert.deepEqual(plan.removals, [{ at: 1, count: 2 }]);
  assert.equal(plan.insertions.length, 3);
  assert.deepEqual(carryOut(shown, plan), wanted);
});

test("several runs are taken out from the bottom up", () => {
  const shown = ["a", "b", "c", "d", "e", "f"];
  const wanted = ["b", "d", "f"];
  assert.deepEqual(carryOut(shown, planOf(shown, wanted)), wanted);
});

test("nothing to do is an empty plan", () => {
  assert.deepEqual(planOf(["a"], ["a"]), { removals: [], insertions: [] });
});

test("rows that change places are shown anew; so is a first showing, or too many steps", () => {
  assert.equal(planOf(["a", "b"], ["b", "a"]), null);
  assert.equal(planOf([], ["a"]), null);
  const many = Array.from({ length: 60 }, (_, at) => String(at));
  assert.equal(
    planOf(
      many,
      many.filter((_, at) => at % 2),
    ),
    null,
  );
});
