import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { isHeading } from "../../../src/livesheet/static/livesheet/protocol.js";
import { Store } from "../../../src/livesheet/static/livesheet/store/store.js";
import { plainView } from "../../../src/livesheet/static/livesheet/store/view.js";
import { column } from "../fakes.js";

const COLUMNS = [
  column("kind", "text"),
  column("unit", "text", { null: true }),
  column("stock", "integer"),
  column("tags", "related_many"),
  column("at", "datetime"),
];

let store;

/** Headings as `kind/unit`, rows by pk. */
const entries = () =>
  store.groups
    .entries(store.order.settle())
    .map((key) => (isHeading(key) ? store.groups.heading(key).values.join("/") : key));

const headingOf = (...values) => `+group:${JSON.stringify(values)}`;
const total = (values, name, what) => store.groups.total(headingOf(...values), name, what);

/** What a change frame does. */
function saved(...row) {
  const merged = store.rows.merge(row);
  store.touched(merged.pk, merged.columns);
  if (merged.added) store.order.append([merged.pk]);
}

function group(...groups) {
  store.arrange({
    ...plainView(),
    groups: groups.map((one) => ({ descending: false, ...one })),
  });
  store.order.arrange();
}

beforeEach(() => {
  store = new Store(() => {}, undefined, "en");
  store.rows.describe(COLUMNS);
  const at = "2026-11-22T23:30:00Z";
  for (const row of [
    ["1", "tool", "kg", 5, ["2", "1"], at],
    ["2", "toy", null, 7, [], null],
    ["3", "tool", "m", 1, ["1", "2"], at],
    ["4", "book", "kg", 2, ["1"], null],
    ["5", "tool", "kg", 4, [], "2026-11-22T10:00:00Z"],
  ])
    store.rows.merge(row);
  store.order.reset(["1", "2", "3", "4", "5"]);
});

test("rows of the same value stand together, in the order that they had, under a heading", () => {
  group({ column: "kind" });
  assert.deepEqual(entries(), ["book", "4", "tool", "1", "3", "5", "toy", "2"]);
  assert.deepEqual(store.groups.heading(headingOf("tool")), {
    values: ["tool"],
    level: 1,
    isOpen: true,
    count: 3,
  });
});

test("by two columns: inner groups under outer ones; nothing comes last", () => {
  group({ column: "kind", descending: true }, { column: "unit" });
  assert.deepEqual(entries(), [
    "toy",
    "toy/",
    "2",
    "tool",
    "tool/kg",
    "1",
    "5",
    "tool/m",
    "3",
    "book",
    "book/kg",
    "4",
  ]);
  group({ column: "unit" });
  assert.deepEqual(entries(), ["kg", "1", "4", "5", "m", "3", "", "2"]);
});

test("rows are sorted within their groups", () => {
  group({ column: "kind" });
  store.order.toggleSort("stock");
  assert.deepEqual(entries(), ["book", "4", "tool", "3", "5", "1", "toy", "2"]);
});

test("groups stand in the order of what they amount to", () => {
  group({ column: "kind", descending: true, by: { column: "stock", what: "sum" } });
  assert.deepEqual(entries(), ["tool", "1", "3", "5", "toy", "2", "book", "4"]);
  group({ column: "kind", by: { column: "", what: "count" } });
  assert.deepEqual(entries().slice(-4), ["tool", "1", "3", "5"]);
  group({ column: "kind", by: { column: "at", what: "most" } });
  assert.deepEqual(entries().slice(0, 2), ["tool", "1"], "where there is no date, last");
});

test("many-to-many: by combination, in whatever order; moments by day", () => {
  group({ column: "tags" });
  assert.deepEqual(entries(), ["1", "4", "1,2", "1", "3", "", "2", "5"]);
  store.context.zone = "Europe/Berlin";
  group({ column: "at" });
  assert.deepEqual(entries(), ["2026-11-22", "5", "2026-11-23", "1", "3", "", "2", "4"]);
});

test("what stands under each column: count, sum, average, least, most, filled, distinct", () => {
  group({ column: "kind" }, { column: "unit" });
  assert.equal(total(["tool"], "", "count"), 3);
  assert.equal(total(["tool"], "stock", "sum"), "10");
  assert.equal(total(["tool", "kg"], "stock", "average"), "4.5");
  assert.equal(total(["tool"], "stock", "least"), "1");
  assert.equal(total(["tool"], "stock", "most"), "5");
  assert.equal(total(["toy"], "unit", "filled"), 0);
  assert.equal(total(["tool"], "unit", "distinct"), 2);
  assert.equal(total(["tool"], "at", "least"), "2026-11-22T10:00:00Z");
});

test("a row whose group changed stays, says where to, and counts where it belongs", () => {
  group({ column: "kind" });
  assert.equal(total(["toy"], "stock", "sum"), "7");
  saved("1", "toy", "kg", 5, [], null);
  assert.deepEqual(entries(), ["book", "4", "tool", "1", "3", "5", "toy", "2"]);
  assert.equal(store.groups.moveOf("1"), headingOf("toy"));
  assert.equal(store.order.strays, 1);
  assert.equal(total(["toy"], "stock", "sum"), "12");
  assert.equal(total(["tool"], "", "count"), 2);
  saved("1", "tool", "kg", 6, [], null);
  assert.equal(store.groups.moveOf("1"), null, "it is right again");
  saved("1", "toy", "kg", 6, [], null);
  store.order.arrange();
  assert.deepEqual(entries(), ["book", "4", "tool", "3", "5", "toy", "1", "2"]);
  assert.equal(store.order.strays, 0);
});

test("a value that changes changes the subtotals, and a row that goes leaves them", () => {
  group({ column: "kind" }, { column: "unit" });
  assert.equal(total(["tool"], "stock", "sum"), "10");
  saved("3", "tool", "m", 100, [], null);
  assert.equal(total(["tool"], "stock", "sum"), "109");
  store.rows.remove("3");
  store.order.remove("3");
  assert.equal(total(["tool"], "stock", "sum"), "9");
  assert.ok(!entries().includes("tool/m"), "a group without rows is none");
});

test("rows that come stand at the end of their groups; a new group at the end", () => {
  group({ column: "kind" });
  saved("6", "book", "m", 1, [], null);
  saved("7", "art", "m", 1, [], null);
  assert.deepEqual(entries(), ["book", "4", "6", "tool", "1", "3", "5", "toy", "2", "art", "7"]);
  assert.equal(total(["book"], "", "count"), 2);
  assert.deepEqual([...store.order.misplaced], ["7"], "its group is to be moved");
  store.order.arrange();
  assert.deepEqual(entries().slice(0, 2), ["art", "7"]);
  assert.equal(store.order.strays, 0);
});

test("a new inner group stands at the end of its outer group", () => {
  group({ column: "kind" }, { column: "unit" });
  saved("6", "book", "m", 1, [], null);
  assert.deepEqual(entries().slice(0, 6), ["book", "book/kg", "4", "book/m", "6", "tool"]);
  assert.equal(entries().filter((entry) => entry === "book").length, 1);
});

test("a closed group shows its heading only; going to one of its rows opens it", () => {
  group({ column: "kind" }, { column: "unit" });
  store.groups.toggle(headingOf("tool"));
  assert.deepEqual(entries(), ["book", "book/kg", "4", "tool", "toy", "toy/", "2"]);
  store.groups.toggle(headingOf("tool", "kg"));
  assert.equal(store.groups.reveal("5"), true);
  assert.equal(store.groups.reveal("5"), false);
  assert.deepEqual(entries().slice(3), [
    "tool",
    "tool/kg",
    "1",
    "5",
    "tool/m",
    "3",
    "toy",
    "toy/",
    "2",
  ]);
  store.groups.openAll(false);
  assert.deepEqual(entries(), ["book", "tool", "toy"]);
  store.groups.openAll(true);
  assert.equal(entries().length, 12);
  store.groups.openAll(false);
  group({ column: "unit" });
  assert.equal(entries().length, 8, "other groups are open");
});

test("a new row is put into the group where the user is, with its values", () => {
  group({ column: "kind" }, { column: "unit" });
  assert.deepEqual(store.groupValues("5"), { kind: "tool", unit: "kg" });
  assert.deepEqual(store.groupValues(headingOf("tool")), { kind: "tool" });
  assert.deepEqual(store.groupValues("2"), { kind: "toy" }, "what is empty is not filled in");
  const draft = store.drafts.create({ kind: "tool", unit: "kg" });
  store.order.addDraft(draft, null, "1");
  assert.deepEqual(entries().slice(4, 8), ["tool/kg", "1", "5", draft]);
  assert.equal(total(["tool"], "", "count"), 3, "what is not saved is not counted");
  store.order.adopt(draft, "9");
  saved("9", "tool", "kg", 3, [], null);
  assert.deepEqual(entries().slice(4, 8), ["tool/kg", "1", "5", "9"]);
  assert.equal(total(["tool"], "stock", "sum"), "13");
});

test("a new row stands above another, in its group, and moves when it was saved elsewhere", () => {
  group({ column: "kind" });
  const draft = store.drafts.create({ kind: "tool" });
  store.order.addDraft(draft, "3", "3");
  assert.deepEqual(entries().slice(2, 7), ["tool", "1", draft, "3", "5"]);
  store.order.adopt(draft, "9");
  saved("9", "toy", "kg", 3, [], null);
  assert.deepEqual(entries().slice(2, 7), ["tool", "1", "9", "3", "5"]);
  assert.equal(store.groups.moveOf("9"), headingOf("toy"));
  assert.equal(store.order.strays, 1);
});

test("without groups there are no headings", () => {
  assert.deepEqual(entries(), ["1", "2", "3", "4", "5"]);
  group({ column: "gone" });
  assert.deepEqual(entries(), ["1", "2", "3", "4", "5"]);
});
