import assert from "node:assert/strict";
import { test } from "node:test";
import {
  kindsOf,
  passing,
  valuesOf,
} from "../../../src/livesheet/static/livesheet/finding/filters.js";
import { isActive } from "../../../src/livesheet/static/livesheet/store/view.js";
import { column } from "../fakes.js";

/** The rows whose only value passes. */
function found(type, filter, values, options = {}) {
  const columns = [column("a", type, options)];
  const passes = passing([{ column: "a", ...filter }], columns, {
    shown: (pk) => values[pk],
    text: (_column, value) => (value === null ? "" : String(value)),
    isRecent: () => false,
  });
  return Object.keys(values)
    .filter((pk) => passes?.(pk) ?? true)
    .map((pk) => values[pk]);
}

test("by values: these, or all but these", () => {
  const values = ["kg", "piece", "", null];
  assert.deepEqual(found("text", { kind: "in", values: ["kg", ""] }, values), ["kg", "", null]);
  assert.deepEqual(found("text", { kind: "out", values: ["kg", ""] }, values), ["piece"]);
  assert.deepEqual(found("boolean", { kind: "in", values: ["true"] }, [true, false, null]), [true]);
  const many = [["1", "2"], ["3"], []];
  assert.deepEqual(found("related_many", { kind: "in", values: ["2"] }, many), [["1", "2"]]);
  assert.deepEqual(found("choice", { kind: "in", values: ["2"] }, [1, 2, null]), [2]);
});

test("by range: both ends belong to it, and nothing is in none", () => {
  const numbers = ["9.50", "10", "100", null, ""];
  assert.deepEqual(found("decimal", { kind: "range", from: "9.5", to: "10" }, numbers), [
    "9.50",
    "10",
  ]);
  assert.deepEqual(found("integer", { kind: "range", from: "50", to: "" }, [9, 51, null]), [51]);
  assert.deepEqual(
    found("date", { kind: "range", from: "2026-01-02", to: "" }, ["2026-01-01", "2026-01-02"]),
    ["2026-01-02"],
  );
  const moments = ["2026-01-01T10:00:00Z", "2026-01-01T10:00:30.5Z", "2026-01-01T10:01:00Z"];
  assert.deepEqual(
    found("datetime", { kind: "range", from: "", to: "2026-01-01T10:00:00Z" }, moments),
    moments.slice(0, 2),
    "until a minute is until it is over",
  );
  assert.deepEqual(
    found("time", { kind: "range", from: "09:30", to: "10:00" }, ["09:00:00", "10:00:00"]),
    ["10:00:00"],
  );
});

test("by text, whatever its case and accents", () => {
  const values = ["Süd Holz", "Nordholz", null];
  const by = (kind, text) => found("text", { kind, text }, values);
  assert.deepEqual(by("contains", "HOLZ"), ["Süd Holz", "Nordholz"]);
  assert.deepEqual(by("starts", "sud"), ["Süd Holz"]);
  assert.deepEqual(by("equals", "nordholz"), ["Nordholz"]);
  assert.deepEqual(by("not", "nordholz"), ["Süd Holz", null]);
});

test("empty and not empty", () => {
  const values = ["", null, [], 0, false, "x"];
  assert.deepEqual(found("other", { kind: "empty" }, values), ["", null, []]);
  assert.deepEqual(found("other", { kind: "filled" }, values), [0, false, "x"]);
});

test("a filter that is not filled in yet, or of a column that is not there, hides nothing", () => {
  assert.equal(isActive({ column: "a", kind: "in", values: [] }), false);
  assert.equal(isActive({ column: "a", kind: "range", from: "", to: "" }), false);
  assert.equal(isActive({ column: "a", kind: "contains", text: "" }), false);
  const cells = { shown: () => "", text: () => "", isRecent: () => true };
  assert.equal(passing([{ column: "gone", kind: "empty" }], [column("a")], cells), null);
});

test("each type has the kinds that suit it", () => {
  assert.deepEqual(kindsOf(column("a", "boolean")), ["in"]);
  assert.equal(kindsOf(column("a", "decimal"))[0], "range");
  assert.equal(kindsOf(column("a", "related"))[0], "in");
  assert.equal(kindsOf(column("a", "longtext"))[0], "contains");
});

test("values are counted and stand in their order, the empty one last", () => {
  const values = { 1: "b10", 2: "b9", 3: null, 4: "b9" };
  const cells = { shown: (pk) => values[pk], text: (_column, value) => String(value) };
  assert.deepEqual(valuesOf(Object.keys(values), column("a", "text"), cells), [
    { key: "b9", text: "b9", count: 2 },
    { key: "b10", text: "b10", count: 1 },
    { key: "", text: "", count: 1 },
  ]);
});
