/** What takes in rows of a large sheet that are not loaded: copying, printing, replacing. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Desk, until } from "../desk.js";
import { window } from "../page.js";

let desk;
/** What is asked for, piece by piece. */
let asked;

const row = (at) => [String(at), `Row ${at}`, "3", "1.50", "piece", null];
const many = (n) => Array.from({ length: n }, (_, at) => row(1_000 + at));

/** A server's pieces: by the search alone, in the order of the keys. */
const pieces = ({ search, between: [first, last], cursor, rows: most }) => {
  asked.push({ search, first, last, cursor });
  const all = [...desk.server.rows.values()].filter((one) => one.join(" ").includes(search));
  const at = (pk, otherwise) => (pk === null ? otherwise : all.findIndex(([key]) => key === pk));
  const stretch = all.slice(at(first, 0), at(last, all.length - 1) + 1);
  const from = Number(cursor ?? 0);
  const next = from + most < stretch.length ? String(from + most) : null;
  return { rows: stretch.slice(from, from + most), labels: {}, next };
};

/** What a command of the browser puts on the clipboard. */
let clipboard = new Map();
const copy = () => {
  clipboard = new Map();
  const event = new window.Event("copy", { bubbles: true, cancelable: true });
  event.clipboardData = { setData: (type, text) => clipboard.set(type, text) };
  document.body.dispatchEvent(event);
  return true;
};
const lines = () => clipboard.get("text/plain").split("\n").filter(Boolean);

beforeEach(async () => {
  asked = [];
  document.execCommand = copy;
  desk = await Desk.openLarge({ rows: many(1_000), answers: { rows: pieces } });
});

afterEach(() => {
  desk.close();
  delete document.execCommand;
});

const select = async (row, endRow) => {
  await desk.select("1000", "name");
  desk.grid.hot.selectCell(row, 0, endRow, 1);
};

test("who copies a whole page is offered all rows, which are fetched and put there by a press", async () => {
  await select(0, 199);
  copy();
  await until(() => desk.notices.length === 1);
  assert.match(desk.notices[0], /1,000 rows in all/);
  assert.equal(asked.length, 0, "nobody asked for them yet");
  desk.press("Fetch all 1,000 rows");
  await until(() => desk.notices.some((text) => text.includes("1,000 rows are ready")));
  assert.ok(asked.length > 1, "in pieces");
  clipboard.clear();
  desk.press("Copy", desk.find(".ls-notices"));
  assert.equal(lines().length, 1_000);
  assert.equal(lines()[999], "Row 1999\tNordwood AB", "the columns that were selected");
  assert.equal(desk.store.rows.has("1999"), false, "the sheet holds what it shows");
});

test("rows of the selection that are not loaded are fetched for the copy", async () => {
  desk.server.hold();
  const at = desk.grid.records.length - 1;
  const pk = "1199";
  desk.store.rows.merge(row(1199));
  desk.store.order.fill(at, [pk], () => true);
  desk.grid.arrive(new Map([[desk.grid.records[at].$pk, pk]]));
  desk.grid.hot.selectCell(1, 0, at, 0);
  copy();
  await until(() => desk.sent.some(({ about }) => about === "rows"));
  desk.server.letGo();
  await until(() => desk.notices.some((text) => text.includes("199 rows are ready")));
  assert.deepEqual([asked[0].first, asked[0].last], ["1001", "1199"]);
});

test("what is being fetched can be stopped, and is then asked for no more", async () => {
  desk.server.hold();
  await select(0, 199);
  copy();
  await until(() => desk.notices.length === 1);
  desk.press("Fetch all 1,000 rows");
  await until(() => desk.texts(".ls-slip-text").includes("Fetching 1,000 rows …"));
  desk.press("Stop");
  desk.server.letGo();
  await until(() => asked.length === 1);
  await until(() => desk.all(".ls-slip").length === 0);
  assert.equal(asked.length, 1);
  assert.equal(desk.notices.length, 0);
});

test("replacing goes through all rows, and is taken back by one undo", async () => {
  desk.run("replace", desk.at("1000", "name"));
  const [find, by] = desk.all(".ls-replace .ls-panel-field");
  desk.fill(find, "Row 19");
  desk.fill(by, "Line 19");
  await until(() => !desk.button("Replace all").disabled);
  desk.press("Replace all");
  const saved = (text) =>
    [...desk.server.rows.values()].filter(([, name]) => name.startsWith(text));
  await until(() => saved("Line 19").length === 100, "all of them, none of which is loaded");
  assert.equal(asked[0].search, "Row 19");
  await until(() => desk.notices.some((text) => text.includes("100")), "how many, to be read");
  await until(() => desk.sheet.outbox.size === 0);
  const sent = desk.frames("edit").flatMap(({ cells }) => cells);
  assert.deepEqual(sent[0], ["1900", "name", "Line 1900", "Row 1900"], "with its base");
  desk.sheet.outgoing.undo();
  await until(() => saved("Line 19").length === 0, "as they were");
});

// --- ticked rows

const bar = () => desk.find(".ls-slip-ticked");
const tick = (pk, isRange) => desk.sheet.features.find((one) => one.tick).tick(pk, isRange);

test("the box in the corner ticks the loaded rows, and then offers all of them", async () => {
  desk.sheet.features.find((one) => one.tickAll).tickAll();
  await until(() => desk.store.ticked.size > 0);
  assert.ok(desk.store.ticked.size < 200, "those that are loaded");
  desk.press("Tick all 1,000 rows", bar());
  await until(() => desk.store.ticked.size === 1_000);
  assert.match(bar().textContent, /1,000 ticked/);
  assert.ok(!bar().textContent.includes("Tick all"), "no more is to be ticked");
  desk.press("Set a value", bar());
  const dialog = desk.find(".ls-set-value");
  desk.fill(dialog.querySelector("input"), "One name");
  dialog.returnValue = "yes";
  dialog.close();
  const named = () => [...desk.server.rows.values()].filter(([, name]) => name === "One name");
  await until(() => named().length === 1_000, "loaded or not");
  const sent = desk.frames("edit").flatMap(({ cells }) => cells);
  assert.ok(
    sent.every(([pk, , , base]) => base === `Row ${pk}`),
    "each with its own base",
  );
  await until(() => desk.sheet.outbox.size === 0);
  desk.sheet.outgoing.undo();
  await until(() => named().length === 0, "by one step");
});

test("all between two ticks are ticked, also where rows are not loaded", async () => {
  tick("1001", false);
  assert.equal(desk.store.rows.has("1150"), false);
  await desk.sheet.stage.select("1850", "name");
  await until(() => desk.grid.place.pks[0] === "1850", "it is selected");
  tick("1850", true);
  await until(() => desk.store.ticked.size === 850);
  assert.deepEqual([asked[0].first, asked[0].last], ["1001", "1850"]);
  assert.ok(desk.store.ticked.has("1150"));
});

test("a ticked row that was deleted elsewhere is not shown when its page comes", async () => {
  tick("1001", false);
  await desk.sheet.stage.select("1850", "name");
  await until(() => desk.grid.place.pks[0] === "1850", "it is selected");
  tick("1850", true);
  await until(() => desk.store.ticked.size === 850);
  for (const pk of ["1005", "1010"]) desk.server.rows.delete(pk);
  await desk.sheet.features.find((one) => one.windows).windows.goTo(0);
  await until(() => desk.pks.includes("1001") && desk.pks.includes("1011"));
  assert.ok(!desk.pks.includes("1005") && !desk.pks.includes("1010"));
  assert.equal(desk.store.ticked.size, 848);
});

test("no more than ten thousand are ticked, and that is said", async () => {
  desk.close();
  desk = await Desk.openLarge({ rows: many(10_100), answers: { rows: pieces } });
  desk.sheet.features.find((one) => one.tickAll).tickAll();
  await until(() => desk.store.ticked.size > 0);
  desk.press("Tick the first 10,000 rows", bar());
  await until(() => desk.store.ticked.size === 10_000);
  await until(() => desk.notices.some((text) => text.includes("Only the first 10,000")));
});

test("what is printed are the first rows of the order, loaded or not, and how many that are of all", async () => {
  let paper = "";
  const { print } = window;
  window.print = () => {
    window.dispatchEvent(new window.Event("beforeprint"));
    paper = document.querySelector(".ls-paper").textContent;
    window.dispatchEvent(new window.Event("afterprint"));
  };
  desk.run("print");
  await until(() => paper !== "");
  window.print = print;
  assert.ok(paper.includes("Row 1999"));
  assert.ok(!paper.includes("Only the first"));
  assert.ok(desk.store.rows.size < 500);
});
