import assert from "node:assert/strict";
import { test } from "node:test";
import { subtotal } from "../../../src/livesheet/static/livesheet/store/subtotals.js";
import { column } from "../fakes.js";

const price = column("price", "decimal");
const on = column("on", "date");

test("numbers are added as exactly as they are stored", () => {
  assert.equal(subtotal("sum", price, ["0.10", "0.20", null]), "0.30");
  assert.equal(subtotal("sum", price, []), "0");
  assert.equal(subtotal("average", price, ["1.00", "2.00"]), "1.50");
  assert.equal(subtotal("least", price, ["10", "9", null]), "9");
  assert.equal(subtotal("most", price, ["10", "9", null]), "10");
});

test("of nothing there is no average, no least and no most", () => {
  for (const what of ["average", "least", "most"]) {
    assert.equal(subtotal(what, price, [null, null]), null);
    assert.equal(subtotal(what, on, [null, ""]), null);
  }
});

test("filled counts cells that are not empty, and ticks that are set", () => {
  assert.equal(subtotal("filled", column("name", "text"), ["a", "", null, "b"]), 2);
  assert.equal(subtotal("filled", column("active", "boolean"), [true, false, null, true]), 2);
});

test("distinct counts each value once, lists too", () => {
  assert.equal(subtotal("distinct", column("name", "text"), ["a", "a", "", null, "b"]), 2);
  assert.equal(subtotal("distinct", column("tags", "related_many"), [["1"], ["1"], ["1", "2"]]), 2);
  assert.equal(subtotal("distinct", column("mixed", "json"), [1, "1"]), 2);
});

test("the earliest and the latest moment, whatever its zone", () => {
  const days = ["2026-03-01", null, "2025-12-31", "2026-11-30"];
  assert.equal(subtotal("least", on, days), "2025-12-31");
  assert.equal(subtotal("most", on, days), "2026-11-30");
  const at = column("at", "datetime");
  const moments = ["2026-03-01T10:00:00+02:00", "2026-03-01T09:00:00Z"];
  assert.equal(subtotal("least", at, moments), moments[0]);
  assert.equal(subtotal("most", at, moments), moments[1]);
});

test("what is no date, such as a time of day, is compared as text", () => {
  const at = column("at", "time");
  assert.equal(subtotal("least", at, ["10:00:00", "09:30:00"]), "09:30:00");
  assert.equal(subtotal("most", at, ["09:30:00", "10:00:00"]), "10:00:00");
});
