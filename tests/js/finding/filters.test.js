import assert from "node:assert/strict";
import { test } from "node:test";
import {
  colouring,
  kindsOf,
  passing,
  valuesOf,
} from "../../../src/livesheet/static/livesheet/finding/filters.js";
import { isActive } from "../../../src/livesheet/static/livesheet/store/conditions.js";
import { column } from "../fakes.js";

function cellsOf(values) {
  return {
    shown: (pk) => values[pk],
    text: (_column, value) => (value === null ? "" : String(value)),
    isRecent: () => false,
    pks: () => Object.keys(values),
    me: "7",
  };
}

/** The rows whose only value passes. */
function found(type, filter, values, options = {}) {
  const columns = [column("a", type, options)];
  const named = (one) => ({ column: "a", ...one });
  const entry = filter.any ? { any: filter.any.map(named) } : named(filter);
  const passes = passing([entry], columns, cellsOf(values));
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
  assert.deepEqual(by("lacks", "sud"), ["Nordholz", null]);
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

test("by a limit, on whichever side; an empty cell is on none", () => {
  const numbers = ["9.50", "10", null, 11];
  const by = (kind, text) => found("decimal", { kind, text }, numbers);
  assert.deepEqual(by("lt", "10.0"), ["9.50"]);
  assert.deepEqual(by("lte", "10.0"), ["9.50", "10"]);
  assert.deepEqual(by("gt", "10.0"), [11]);
  assert.deepEqual(by("gte", "10.0"), ["10", 11]);
  assert.deepEqual(by("equals", "9.5"), ["9.50"]);
  assert.deepEqual(by("not", "9.5"), ["10", null, 11]);
  const lengths = ["P0DT01H00M00S", "P2DT00H00M00S", null];
  assert.deepEqual(found("duration", { kind: "gt", text: "P1DT00H00M00S" }, lengths), [lengths[1]]);
});

test("a limit without seconds is the whole minute", () => {
  const moments = ["2026-01-01T10:00:00Z", "2026-01-01T10:00:30.5Z", "2026-01-01T10:01:00Z"];
  const by = (kind) => found("datetime", { kind, text: "2026-01-01T10:00:00Z" }, moments);
  assert.deepEqual(by("equals"), moments.slice(0, 2));
  assert.deepEqual(by("lte"), moments.slice(0, 2));
  assert.deepEqual(by("gt"), moments.slice(2));
  assert.deepEqual(by("gte"), moments);
  assert.deepEqual(by("lt"), []);
  const exact = { kind: "equals", text: "2026-01-01T10:00:30Z" };
  assert.deepEqual(found("datetime", exact, moments), []);
});

test("a number is one of a list however it is written there", () => {
  assert.deepEqual(found("decimal", { kind: "in", values: ["12.5", ""] }, ["12.5000", "1", null]), [
    "12.5000",
    null,
  ]);
  assert.deepEqual(found("integer", { kind: "out", values: ["07"] }, [7, 8]), [8]);
});

test("one of several conditions is enough", () => {
  const any = [
    { kind: "lt", text: "2" },
    { kind: "gt", text: "8" },
    { kind: "contains", text: "" },
  ];
  assert.deepEqual(found("integer", { any }, [1, 5, 9]), [1, 9]);
  assert.deepEqual(found("integer", { any: [{ kind: "contains", text: "" }] }, [1]), [1]);
});

test("what cannot be asked of a column is left out", () => {
  assert.deepEqual(found("text", { kind: "lt", text: "5" }, ["4", "x"]), ["4", "x"]);
  assert.deepEqual(found("text", { kind: "range", from: "5", to: "" }, ["4", "x"]), ["4", "x"]);
  assert.deepEqual(found("integer", { kind: "not", text: "nonsense" }, [4, 5]), [4, 5]);
  assert.deepEqual(found("related", { kind: "mine" }, ["7", "8"]), ["7", "8"]);
});

test("mine is what names me", () => {
  const related = { model: "auth.user", complete: true, user: true };
  assert.deepEqual(found("related", { kind: "mine" }, ["7", "8", null], { related }), ["7"]);
  const many = [["8", "7"], ["8"], []];
  assert.deepEqual(found("related_many", { kind: "mine" }, many, { related }), [["8", "7"]]);
});

test("what stands in two rows is found, also after one of them has changed", () => {
  const texts = ["Oak", " oak ", "Ash", null, null];
  assert.deepEqual(found("text", { kind: "repeated" }, texts), ["Oak", " oak "]);
  const lists = [["2", "1"], ["1", "2"], ["1"], []];
  assert.deepEqual(found("related_many", { kind: "repeated" }, lists), lists.slice(0, 2));
  const cells = cellsOf(texts);
  const passes = passing([{ column: "a", kind: "repeated" }], [column("a")], cells);
  texts[1] = "ash";
  assert.deepEqual(["1", "2", "0"].map(passes), [true, true, false]);
});

test("of the rules that hold, the first gives its colour, to a cell or to its row", () => {
  const rule = (text, colour, of) => ({ when: { column: "a", kind: "lt", text }, colour, of });
  const rules = [rule("2", "red", "cell"), rule("9", "blue", "row"), rule("", "green", "row")];
  const columns = [column("a", "integer"), column("b")];
  const colourOf = colouring(rules, columns, cellsOf({ x: 1, y: 5, z: 9 }));
  assert.deepEqual([colourOf("x", "a"), colourOf("x", "b")], ["red", "blue"]);
  assert.deepEqual([colourOf("y", "a"), colourOf("z", "a")], ["blue", ""]);
});

test("each type has the kinds that suit it", () => {
  assert.deepEqual(kindsOf(column("a", "boolean")), ["in", "out"]);
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
