import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { isHeading } from "../../../src/livesheet/static/livesheet/protocol.js";
import { Desk, until } from "../desk.js";
import { column } from "../fakes.js";

let desk;

afterEach(() => desk?.close());

const current = () => desk.sheet.features.find((one) => one.current).current;
const windows = () => desk.sheet.features.find((one) => one.windows).windows;
const UNITS = ["box", "kg", "piece"];
const row = (at) => [
  String(7_000 + at),
  `Row ${String(at).padStart(4, "0")}`,
  at % 2 ? "9" : "3",
  "1.50",
  UNITS[at % 3],
  null,
];
const many = (n) => Array.from({ length: n }, (_, at) => row(at));
const by = (...names) => names.map((column) => ({ column, descending: false }));
const headings = () => desk.grid.records.filter(({ $pk }) => isHeading($pk));
const keys = () => headings().map(({ $pk }) => JSON.parse($pk.slice("+group:".length)));
const keyOf = (...values) => `+group:${JSON.stringify(values)}`;
const heading = (...values) => desk.store.groups.heading(keyOf(...values));
const top = () => desk.grid.sight.now();

async function grouped(n, ...names) {
  desk = await Desk.openLarge({ rows: many(n) });
  localStorage.clear();
  current().change({ groups: by(...names) });
  await until(() => desk.grid.records.some(({ $pk }) => isHeading($pk)), "a heading");
  await until(() => desk.store.groups.outline.known, "the counts");
}

test("a large sheet has headings with the counts and sums of whole groups", async () => {
  await grouped(900, "unit");
  assert.deepEqual(desk.frames("arrange").at(-1).view.grouped, {
    by: by("unit"),
    zone: desk.store.context.zone,
    closed: [],
  });
  assert.equal(desk.grid.records[0].$pk, keyOf("box"));
  assert.deepEqual(heading("box"), { values: ["box"], level: 1, isOpen: true, count: 300 });
  assert.equal(desk.store.groups.total(keyOf("box"), "price", "sum"), "450");
  assert.equal(desk.find(".ls-group-label").textContent, "box");
  await until(() => desk.find(".ls-group-count").textContent === "300", "its count is drawn");
  assert.equal(desk.find(".ls-count").textContent, "900 rows");
  assert.equal(desk.grid.records.length, 201, "a page of 200 rows, and one heading");
});

test("a saved view's group that a large sheet cannot make is named, once", async () => {
  await grouped(900, "unit");
  const tags = column("tags", "related_many", {
    title: "Tags",
    related: { model: "shop.tag", complete: true },
  });
  const { store } = desk;
  const { column: known } = store.groups.host;
  store.groups.host.column = (name) => (name === "tags" ? tags : known(name));
  const some = [{ column: "tags", descending: false }, ...by("unit")];
  store.groups.set(some);
  const [said] = desk.notices;
  assert.match(said, /cannot be grouped by “Tags”/);
  assert.deepEqual(store.groups.by, by("unit"));
  desk.press("Close");
  store.groups.set(some);
  assert.deepEqual(desk.notices, [], "not again");
  store.groups.set(by("unit"));
  assert.deepEqual(desk.notices, []);
});

const total = (column, what, descending = true) => ({
  ...{ column: "unit", descending },
  by: { column, what },
});

test("groups are sorted by their number of rows or by a total, and stay while totals change", async () => {
  desk = await Desk.openLarge({ rows: many(901) }); // a box more
  localStorage.clear();
  const isFirst = (...wanted) => {
    const asked = desk.frames("arrange").at(-1).view.grouped?.first;
    return JSON.stringify(asked) === JSON.stringify(wanted.map((unit) => [unit]));
  };
  current().change({ groups: [total("", "count", false)] });
  await until(() => isFirst("kg", "piece", "box"), "the most rows last, equal ones by value");
  await until(() => desk.grid.records[0].$pk === keyOf("kg"), "the first heading");
  const { by: asked } = desk.frames("arrange").at(-1).view.grouped;
  assert.deepEqual(asked, by("unit"), "the server sorts others by their values");

  current().change({ groups: [total("price", "sum")] });
  await until(() => isFirst("box", "kg", "piece"), "the greatest sum first");
  await until(() => desk.grid.records[0].$pk === keyOf("box"));
  const { outline } = desk.store.groups;
  desk.server.colleague("7002", "price", "99.00");
  outline.freshUntil = 0;
  outline.soon();
  const sum = () => desk.store.groups.total(keyOf("piece"), "price", "sum");
  await until(() => sum() === "547.5", "the new total is known");
  assert.deepEqual(
    outline.list.map((key) => heading(...JSON.parse(key.slice(7))).values[0]),
    ["box", "kg", "piece"],
  );
  desk.store.order.misplaced.add("7002");
  desk.store.order.arrange();
  await until(() => isFirst("piece", "box", "kg"), "until the rows are arranged anew");
});

test("very many groups are sorted by their values, which is said", async () => {
  const rows = many(901).map((one, at) => one.with(4, `u${at % 51}`));
  desk = await Desk.openLarge({ rows });
  localStorage.clear();
  current().change({ groups: [total("", "count")] });
  await until(() => desk.notices.length, "a notice");
  assert.match(desk.notices[0], /^More than 50 groups/);
  assert.equal(desk.frames("arrange").at(-1).view.grouped.first, undefined);
});

test("places are those of rows, and headings have none", async () => {
  await grouped(900, "unit");
  assert.equal(await windows().goTo(650, true), true);
  assert.equal(windows().place, 650);
  assert.deepEqual(keys(), [["kg"], ["piece"]], "of the groups that begin on this page");
  assert.equal(desk.grid.numberOf(top().first), 651);
  const at = desk.grid.places.get(keyOf("piece"));
  assert.equal(desk.store.order.placeAt(at), 600);
  assert.equal(desk.store.order.rowAt(600), at + 1);
  assert.equal(await windows().goTo(0), true);
  assert.equal(top().key, keyOf("box"), "the heading of the first row is in sight");
});

test("a closed group is left out of the order; its heading stays where it is", async () => {
  await grouped(900, "unit");
  await windows().goTo(595, true);
  const at = desk.grid.places.get(keyOf("piece")) - top().first;
  desk.sheet.stage.fold(keyOf("piece"));
  await until(() => desk.store.order.known.count === 600, "the order is shorter");
  await until(() => desk.grid.records.at(-1).$pk === keyOf("piece"), "it is the last entry");
  assert.deepEqual(desk.frames("arrange").at(-1).view.grouped.closed, [["piece"]]);
  assert.equal(desk.find(".ls-count").textContent, "900 rows", "all of them are counted");
  assert.equal(heading("piece").isOpen, false);
  assert.equal(heading("piece").count, 300);
  assert.ok(at > 0);
  desk.sheet.stage.fold(keyOf("piece"));
  await until(() => desk.store.order.known.count === 900);
  await until(() => heading("piece").isOpen && desk.grid.places.has(keyOf("piece")));
  assert.equal(desk.grid.places.get(keyOf("piece")) - top().first, at, "at the same pixel");
});

test("who is in a group that is closed goes on at its heading", async () => {
  await grouped(300, "unit");
  const { hot } = desk.grid;
  const at = desk.grid.places.get(keyOf("kg")) + 2;
  hot.selectCell(at, 1);
  desk.sheet.stage.fold(keyOf("kg"));
  await until(() => desk.store.order.known.count === 200 && desk.grid.records.length === 203);
  const [selected, column] = hot.getSelectedLast();
  assert.equal(desk.grid.records[selected].$pk, keyOf("kg"));
  assert.equal(column, 1);
});

test("all groups can be closed, and what is closed is remembered", async () => {
  await grouped(900, "unit");
  desk.sheet.stage.foldAll(false);
  await until(() => desk.grid.records.length === 3, "headings alone");
  assert.deepEqual(keys(), [["box"], ["kg"], ["piece"]]);
  assert.equal(desk.find(".ls-veil").textContent, "", "it is not said that there is nothing");
  current().change({ groups: [] });
  await until(() => desk.grid.records.length === 200, "the rows");
  current().change({ groups: by("unit") });
  await until(() => desk.grid.records.length === 3, "they are closed at once");
  desk.sheet.stage.foldAll(true);
  await until(() => desk.grid.records.length > 200);
});

test("two levels: an outer group is closed with its inner ones, or an inner one alone", async () => {
  await grouped(300, "unit", "supplier");
  assert.deepEqual(keys().slice(0, 3), [["box"], ["box", "3"], ["box", "9"]]);
  assert.deepEqual([heading("box").count, heading("box", "3").count], [100, 50]);
  desk.sheet.stage.fold(keyOf("box", "3"));
  await until(() => desk.store.order.known.count === 250);
  await until(() => desk.grid.records[2].$pk === keyOf("box", "9"), "the next follows at once");
  assert.deepEqual(keys().slice(0, 3), [["box"], ["box", "3"], ["box", "9"]]);
  desk.sheet.stage.fold(keyOf("box"));
  await until(() => desk.store.order.known.count === 200);
  await until(() => desk.grid.records[1].$pk === keyOf("kg"));
  assert.deepEqual(desk.frames("arrange").at(-1).view.grouped.closed, [["box"]]);
});

test("a row that belongs elsewhere says so; counts are asked for anew", async () => {
  await grouped(300, "unit");
  const asked = () => desk.frames("ask").filter(({ about }) => about === "headings").length;
  const before = asked();
  desk.store.groups.outline.freshUntil = 0;
  desk.server.colleague("7000", "unit", "kg");
  assert.equal(desk.store.groups.moveOf("7000"), keyOf("kg"));
  assert.match(desk.sheet.looks.rowLook("7000").title, /Kilogram/);
  assert.equal(desk.store.order.strays, 1);
  assert.ok(desk.grid.places.get("7000") < desk.grid.places.get(keyOf("kg") ?? 999));
  await until(() => heading("kg").count === 101, "it is counted where it belongs");
  assert.equal(asked(), before + 1);
  current().refresh();
  await until(() => desk.store.order.strays === 0, "it has moved");
});

test("a new row begins with the values of its group, at its end", async () => {
  await grouped(30, "unit");
  desk.sheet.outgoing.addRow(null, undefined, keyOf("box"));
  await until(() => desk.store.order.drafts.size === 1);
  const [draft] = desk.store.order.drafts;
  assert.equal(desk.shown(draft, "unit"), "box");
  const { list } = desk.store.order;
  assert.equal(list[list.indexOf(draft) + 1], keyOf("kg"));
});

test("copying a stretch asks for the same order", async () => {
  await grouped(300, "unit");
  const { view } = desk.store.order;
  assert.deepEqual(view, {
    sorts: [],
    grouped: { by: by("unit"), zone: desk.store.context.zone, closed: [] },
  });
});

test("with more groups than are told, the headings beyond have no counts and stay open", async () => {
  desk = await Desk.openLarge({ rows: many(2_100) });
  current().change({ groups: by("name") });
  await until(() => desk.store.groups.outline.known, "the counts of the first");
  assert.equal(desk.store.groups.outline.list.length, 2_000);
  assert.match(desk.notices.join(), /2,000/);
  await windows().goTo(2_090, true);
  await until(() => desk.grid.places.has(keyOf("Row 2090")));
  assert.equal(heading("Row 2090").count, null);
  desk.sheet.stage.fold(keyOf("Row 2090"));
  assert.equal(heading("Row 2090").isOpen, true);
  assert.match(desk.notices.join(), /stays open/);
});

test("printed rows have the headings of their groups, with the totals of whole groups", async () => {
  const rows = ({ cursor, rows: most }) => {
    const all = [...desk.server.rows.values()].sort((one, other) => (one[4] < other[4] ? -1 : 1));
    const from = Number(cursor ?? 0);
    const next = from + most < all.length ? String(from + most) : null;
    return { rows: all.slice(from, from + most), labels: {}, next };
  };
  await grouped(900, "unit");
  desk.server.answers.rows = rows;
  let heads = [];
  const { print } = window;
  window.print = () => {
    window.dispatchEvent(new window.Event("beforeprint"));
    heads = [...document.querySelectorAll(".ls-paper-heading")].map((one) => one.textContent);
    window.dispatchEvent(new window.Event("afterprint"));
  };
  desk.run("print");
  await until(() => heads.length);
  window.print = print;
  const begins = heads.map((text) => text.slice(0, text.indexOf(")") + 1));
  assert.deepEqual(begins, ["box (300)", "Kilogram (300)", "Piece (300)"]);
});
