import assert from "node:assert/strict";
import { test } from "node:test";
import {
  columnSettings,
  columnWidth,
  escapeHtml,
  gridSettings,
  shared,
} from "../../../src/livesheet/static/livesheet/grid/settings.js";
import { plainView } from "../../../src/livesheet/static/livesheet/store/view.js";
import { column, frame } from "../fakes.js";

const store = {
  shownColumns: frame("server.hello").columns,
  can: { change: true },
  view: plainView(),
};

test("headers are escaped: every version writes them as HTML", () => {
  assert.equal(
    escapeHtml(`<img onerror="x"> & '`),
    "&lt;img onerror=&quot;x&quot;&gt; &amp; &#39;",
  );
  const evil = { ...store, shownColumns: [column("a", "text", { title: "<b>" })] };
  assert.deepEqual(gridSettings(evil, {}).colHeaders, ["&lt;b&gt;"]);
});

test("a site's options cannot undo what keeps data right", () => {
  const options = { undo: true, observeChanges: true, columnSorting: true, themeName: "mine" };
  const settings = gridSettings(store, { options, licenseKey: "key" });
  assert.equal(settings.undo, false);
  assert.equal(settings.observeChanges, false);
  assert.equal(settings.columnSorting, false);
  assert.equal(settings.themeName, "mine");
  assert.equal(settings.licenseKey, "key");
  const plain = gridSettings(store, { options: {}, licenseKey: "" });
  assert.equal("licenseKey" in plain || "language" in plain, false);
  assert.equal(gridSettings(store, { options: {}, language: "de-DE" }).language, "de-DE");
});

test("nor do a column's options bring a type or a validator of the grid's own", () => {
  const options = { type: "numeric", validator: "date", className: "total" };
  const settings = columnSettings(
    column("a", "decimal", { options }),
    { ...store, custom: () => ({}) },
    { TextEditor: class {} },
    { render: () => {} },
  );
  assert.equal("type" in settings || "validator" in settings, false);
  assert.equal(settings.className, "total");
});

test("columns are as wide as what they usually hold", () => {
  assert.ok(columnWidth(column("a", "boolean")) < columnWidth(column("a", "text")));
  assert.ok(columnWidth(column("a", "text", { max_length: 5000 })) < 300);
  const price = columnWidth(column("a", "decimal", { max_digits: 9 }));
  assert.ok(columnWidth(column("a", "decimal", { max_digits: 20 })) >= 1.5 * price);
  assert.ok(
    columnWidth(column("a", "integer", { big: true })) > columnWidth(column("a", "integer")),
  );
  // A title has room beside its star and beside its lock, too.
  const total = (/** @type {object} */ more) =>
    columnWidth({ ...column("total", "integer", more), title: "Number of pieces" });
  assert.ok(total({ required: true }) > total({}));
  assert.ok(total({ readonly: true }) > total({ required: true }));
});

test("columns of words share what is left of the room, the others are as wide as they need be", () => {
  const columns = [
    column("name", "text", { options: { width: 100 } }),
    column("price", "decimal", { options: { width: 60 } }),
    column("note", "longtext", { options: { width: 300 } }),
    column("done", "boolean", { options: { width: 100 } }),
  ];
  const price = columnWidth(columns[1]);
  assert.ok(price > 60, "its title needs more than it was given");
  const names = (900 - price - 100) / 4;
  const wide = [names, price, 3 * names, 100].map(Math.floor);
  assert.deepEqual(shared(columns, {}, 900), wide);
  const dragged = { name: 150, price: 50 };
  assert.deepEqual(shared(columns, dragged, 900), [150, 50, 600, 100], "dragged, it stays");
  assert.deepEqual(shared(columns, {}, 500), [100, 60, 300, 100], "too narrow: it is scrolled");
  assert.deepEqual(shared([columns[1]], {}, 900), [price], "alone, it stays narrow");
});
