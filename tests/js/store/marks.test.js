import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Marks } from "../../../src/livesheet/static/livesheet/store/marks.js";
import { FakeClock } from "../fakes.js";

let clock;
let faded;
let marks;

beforeEach(() => {
  clock = new FakeClock();
  faded = [];
  marks = new Marks((pk, column) => faded.push(`${pk}.${column}`), clock);
});

test("a change fades by itself, and its timer goes with it", () => {
  marks.changed("1", "price", "Changed by Bea");
  assert.equal(marks.get("1", "price").message, "Changed by Bea");
  clock.advance(6_000);
  assert.equal(marks.get("1", "price"), null);
  assert.deepEqual(faded, ["1.price"]);
  assert.equal(clock.timers.size, 0);
});

test("changed again, it fades anew", () => {
  marks.changed("1", "price", "first");
  clock.advance(3_000);
  marks.changed("1", "price", "second");
  clock.advance(2_000);
  assert.equal(marks.get("1", "price").message, "second");
  assert.deepEqual(faded, []);
  clock.advance(4_000);
  assert.deepEqual(faded, ["1.price"]);
});

test("a refusal stays, and no change paints over it", () => {
  marks.set("1", "price", { kind: "refused", message: "No.", at: clock.now() });
  marks.changed("1", "price", "Changed by Bea");
  clock.advance(60_000);
  assert.equal(marks.get("1", "price").kind, "refused");
  assert.ok(marks.clear("1", "price"));
  assert.ok(!marks.clear("1", "price"));
});

test("marks go with their row, and move with it", () => {
  marks.set("+new:1", "price", { kind: "refused", message: "No.", at: 0 });
  marks.rename("+new:1", "58");
  assert.equal(marks.get("+new:1", "price"), null);
  assert.equal(marks.get("58", "price").message, "No.");
  marks.clearRow("58");
  assert.equal(marks.get("58", "price"), null);
});

test("closing leaves no timer", () => {
  marks.changed("1", "price", "x");
  marks.close();
  assert.equal(clock.timers.size, 0);
});

test("one mark that goes leaves those of the row's other cells", () => {
  for (const column of ["price", "name"])
    marks.set("1", column, { kind: "refused", message: "No.", at: clock.now() });
  assert.equal(marks.clear("1", "price"), true);
  assert.equal(marks.clear("1", "price"), false);
  assert.equal(marks.get("1", "name").kind, "refused");
  marks.clear("1", "name");
  assert.equal(marks.byPk.size, 0);
  assert.equal(marks.clear("2", "price"), false);
});
