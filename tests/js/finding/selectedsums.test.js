import assert from "node:assert/strict";
import { test } from "node:test";

import { SelectedSums } from "../../../src/livesheet/static/livesheet/finding/selectedsums.js";
import { TEXTS } from "../../../src/livesheet/static/livesheet/texts.js";

const PRICE = { name: "price", title: "Price", type: "decimal" };
const DAY = { name: "day", title: "Day", type: "date" };
const STORE = { order: { isPaged: false }, text: (_column, value) => String(value) };

/** The totals of these cells, by name. */
function sums(cells, store = STORE, grid = {}, far = {}) {
  const parts = new SelectedSums(store, TEXTS, far).of(
    { selectedCells: () => cells.map(([column, value]) => ({ column, value })), ...grid },
    () => {},
  );
  return Object.fromEntries(parts.map(([name, , text]) => [name, text]));
}

test("numbers are added up exactly, and empty cells are not counted", () => {
  const found = sums([
    [PRICE, "0.1"],
    [PRICE, "0.2"],
    [PRICE, null],
  ]);
  assert.deepEqual(found, { count: "2", sum: "0.3", average: "0.15", least: "0.1", most: "0.2" });
});

test("dates have a range, and one cell alone has nothing", () => {
  const found = sums([
    [DAY, "2026-03-01"],
    [DAY, "2025-12-31"],
  ]);
  assert.equal(found.dates, "2025-12-31 – 2026-03-01");
  assert.deepEqual(sums([[PRICE, "1"]]), {});
});

test("in a large sheet, whole columns are added up by the server", () => {
  const order = { isPaged: true, counted: () => ({ all: 30_000 }), entries: () => [1, 2, 3] };
  const grid = {
    place: { blocks: [{ isWhole: true, corners: [0, 0, 2, 0] }] },
    columns: [PRICE, DAY],
    sight: { absent: () => [] },
  };
  const columns = { price: { filled: 29_000, sum: "58000", min: "1", max: "9" } };
  const far = { selected: (asked) => ({ result: { count: 30_000, columns }, asked }) };
  const found = sums([], { ...STORE, order, rows: { size: 3 } }, grid, far);
  assert.equal(found.rows, (30_000).toLocaleString());
  assert.equal(found.sum, "58000");
  assert.equal(found.most, "9");
});

test("until rows have arrived that are selected, it is said how many are missing", () => {
  const order = { isPaged: true };
  const grid = { place: { blocks: [{ isWhole: false }] }, sight: { absent: () => [7, 8] } };
  const cells = [
    [PRICE, "1"],
    [PRICE, "2"],
  ];
  assert.equal(sums(cells, { ...STORE, order }, grid).missing, "2");
});
