import assert from "node:assert/strict";
import { test } from "node:test";
import { seriesOf, targetsOf } from "../../../src/livesheet/static/livesheet/grid/filling.js";
import { column } from "../fakes.js";

const store = {
  editText: (_, value) => String(value),
  parse: (_, text) => text,
  habits: { dates: { order: "dmy", sign: ".", typed: "dmy" } },
};
const next = (type, values, places = [values.length, values.length + 1, -1]) =>
  places.map(seriesOf(column("c", type), values, store));

test("two or more numbers go on, exactly", () => {
  assert.deepEqual(next("integer", [1, 2]), [3, 4, 0]);
  assert.deepEqual(next("integer", [10, 8, 6]), [4, 2, 12]);
  assert.deepEqual(next("decimal", ["0.10", "0.20"]), ["0.30", "0.40", "0.00"]);
  assert.deepEqual(next("decimal", ["1.5", "1.25"]), ["1.00", "0.75", "1.75"]);
  assert.deepEqual(next("decimal", ["-0.5", "0.5"]), ["1.5", "2.5", "-1.5"]);
  assert.deepEqual(next("float", [0.1, 0.2]), [0.3, 0.4, 0]);
  const big = ["99999999999999999998", "99999999999999999999"];
  assert.deepEqual(next("decimal", big, [2]), ["100000000000000000000"]);
  assert.deepEqual(next("integer", ["9007199254740992", "9007199254740993"], [2]), [
    "9007199254740994",
  ]);
});

test("one alone, or what has no even step, is repeated", () => {
  assert.deepEqual(next("integer", [7]), [7, 7, 7]);
  assert.deepEqual(next("integer", [1, 2, 4]), [1, 2, 4]);
  assert.deepEqual(next("integer", [1, null]), [1, null, null]);
  assert.deepEqual(next("boolean", [true, false]), [true, false, false]);
  assert.deepEqual(next("choice", ["a", "b"]), ["a", "b", "b"]);
});

test("dates go on by days, and by months from one to the next", () => {
  assert.deepEqual(next("date", ["2026-02-27", "2026-02-28"]), [
    "2026-03-01",
    "2026-03-02",
    "2026-02-26",
  ]);
  assert.deepEqual(next("date", ["2026-01-31", "2026-03-31"], [2, 3]), [
    "2026-05-31",
    "2026-07-31",
  ]);
  assert.deepEqual(next("date", ["2026-11-01", "2026-12-01"], [2]), ["2027-01-01"]);
  assert.deepEqual(next("date", ["2026-01-30", "2025-12-30"], [2, -1]), [
    "2025-11-30",
    "2026-02-28",
  ]);
  assert.deepEqual(next("datetime", ["2026-03-28 12:00", "2026-03-29 12:00"], [2]), [
    "2026-03-30 12:00",
  ]);
  assert.deepEqual(next("datetime", ["28.03.2026 12:00", "29.03.2026 12:00"], [2]), [
    "2026-03-30 12:00",
  ]);
});

test("numbered texts go on", () => {
  assert.deepEqual(next("text", ["Shelf 1", "Shelf 2"], [2, 9]), ["Shelf 3", "Shelf 10"]);
  assert.deepEqual(next("text", ["A08", "A09"], [2]), ["A10"]);
  assert.deepEqual(next("text", ["Shelf 1", "Box 2"], [2]), ["Shelf 1"]);
});

test("both versions say which cells the handle was drawn over", () => {
  const [from, to] = [
    { row: 4, col: 2 },
    { row: 3, col: 3 },
  ];
  const cells = [
    { row: 3, col: 2 },
    { row: 3, col: 3 },
    { row: 4, col: 2 },
    { row: 4, col: 3 },
  ];
  assert.deepEqual(targetsOf([from, to, [[1]]]), cells);
  assert.deepEqual(targetsOf([[[1]], {}, { from, to }, "up"]), cells);
});
