import assert from "node:assert/strict";
import { test } from "node:test";
import "../page.js";

const { fit } = await import("../../../src/livesheet/static/livesheet/grid/fitting.js");

/** Nothing can be drawn here; then each character counts as 7.5 pixels. */
HTMLCanvasElement.prototype.getContext = () => null;

function fitted(names) {
  const found = {};
  const hot = {
    getPlugin: () => ({ setManualSize: (col, width) => Object.assign(found, { col, width }) }),
    render: () => Object.assign(found, { isDrawn: true }),
  };
  const columns = [
    { name: "id", title: "Id" },
    { name: "name", title: "Name" },
  ];
  const records = names.map((name, at) => ({ $pk: String(at), name }));
  const host = {
    looks: { look: (_pk, column, value) => ({ text: `${column.title}: ${value}` }) },
    finder: () => ({ onResize: (name, width) => Object.assign(found, { kept: { name, width } }) }),
  };
  fit({ hot, columns, records, element: document.body }, host, 1);
  return found;
}

test("a column becomes as wide as the longest of its texts, as they are shown", () => {
  const { col, width, isDrawn, kept } = fitted(["Flour", "Whole grain spelt flour"]);
  assert.equal(width, Math.ceil("Name: Whole grain spelt flour".length * 7.5) + 24);
  assert.deepEqual([col, isDrawn, kept], [1, true, { name: "name", width }]);
});

test("its title is not cut off, nor does a very long text take the whole screen", () => {
  assert.equal(fitted([]).width, 4 * 7.5 + 72);
  assert.equal(fitted(["x".repeat(500)]).width, 640);
});
