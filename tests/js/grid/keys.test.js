import assert from "node:assert/strict";
import { test } from "node:test";
import { Guard } from "../../../src/livesheet/static/livesheet/grid/keys.js";
import { Drafts } from "../../../src/livesheet/static/livesheet/store/drafts.js";

/** What the user was told, and a guard over a selection of these rows, all of them gone. */
function raised(...pks) {
  const said = [];
  const store = { leaving: new Set(["mine"]), drafts: new Drafts() };
  const host = { store, texts: { keyForGoneRow: "gone" }, say: (message) => said.push(message) };
  const guard = new Guard({}, host);
  guard.up({ blocks: pks.map((pk) => ({ pks: [pk] })) });
  return { guard, said };
}

function press(guard, key, more = {}) {
  const event = { key, preventDefault() {}, stopPropagation() {}, stopImmediatePropagation() {} };
  return guard.key({ ...event, ...more });
}

test("keys that change a cell are stopped, and it is said why", () => {
  for (const [key, more] of [["7"], ["Delete"], ["Enter"], ["v", { ctrlKey: true }]]) {
    const { guard, said } = raised("theirs");
    assert.equal(press(guard, key, more), true, key);
    assert.deepEqual(said, ["gone"]);
  }
});

test("what changes no cell passes, and the guard stays", () => {
  const { guard } = raised("theirs");
  for (const [key, more] of [["Shift"], ["c", { ctrlKey: true }], ["z", { metaKey: true }]])
    assert.equal(press(guard, key, more), false, key);
  assert.equal(press(guard, "7"), true);
});

test("who goes somewhere has chosen", () => {
  const { guard, said } = raised("theirs");
  assert.equal(press(guard, "ArrowDown"), false);
  assert.equal(press(guard, "7"), false);
  assert.deepEqual(said, []);
});

test("rows that one has deleted oneself, and rows not yet added, are no surprise", () => {
  assert.equal(press(raised("mine").guard, "7"), false);
  assert.equal(press(raised(new Drafts().create()).guard, "7"), false);
  assert.equal(press(raised("mine", "theirs").guard, "7"), true);
});
