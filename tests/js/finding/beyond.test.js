/** What is done to whole columns of a large sheet, and pasted beyond the end of its page. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { runOn } from "../../../src/livesheet/static/livesheet/grid/place.js";
import { Desk, until } from "../desk.js";
import { frame } from "../fakes.js";
import { window } from "../page.js";

let desk;

afterEach(() => {
  desk?.close();
  delete document.execCommand;
});

const row = (at) => [String(at), `Row ${at}`, "3", "1.50", "piece", null];
const many = (n) => Array.from({ length: n }, (_, at) => row(1_000 + at));

/** A server's pieces of all rows, in the order of their keys. */
const pieces = ({ between: [first], cursor, rows: most }) => {
  const all = [...desk.server.rows.values()];
  const from = Number(cursor ?? (first ? all.findIndex(([key]) => key === first) : 0));
  const next = from + most < all.length ? String(from + most) : null;
  return { rows: all.slice(from, from + most), labels: {}, next };
};
const can = { add: true, change: true, delete: true, history: false };
const large = () =>
  Desk.openLarge({ rows: many(1_000), answers: { rows: pieces }, hello: { can } });

const whole = (to = 0) => desk.grid.hot.selectCell(0, 0, desk.grid.records.length - 1, to);
const pasted = (text) => {
  const event = new window.Event("paste", { bubbles: true, cancelable: true });
  event.clipboardData = {
    types: ["text/plain"],
    getData: (type) => (type === "text/plain" ? text : ""),
  };
  document.body.dispatchEvent(event);
};
const saved = () => until(() => desk.sheet.outbox.size === 0);
const namedThere = (name) => [...desk.server.rows.values()].filter((row) => row[1] === name);

test("what is done to a whole column may be meant for this page alone", async () => {
  desk = await large();
  await desk.select("1000", "name");
  whole();
  pasted("Same");
  assert.match(
    desk.find(".ls-question").textContent,
    /200 rows of this page\. There are 1,000 rows/,
  );
  desk.press("Cancel");
  await until(() => !desk.all(".ls-question").length);
  assert.equal(desk.frames("edit").length, 0);
  whole();
  pasted("Same");
  desk.press("Only in this page");
  await until(() => namedThere("Same").length === 200);
  await saved();
  whole();
  desk.key("Delete", { on: document.body });
  desk.press("Only in this page");
  await until(() => namedThere("Same").length === 0);
  await saved();
  assert.equal(desk.server.rows.get("1999")[1], "Row 1999");
});

test("a whole column is cleared, filled and pasted over on all pages, in one step each", async () => {
  desk = await large();
  await desk.select("1000", "name");
  whole();
  desk.key("Delete", { on: document.body });
  desk.press("In all 1,000 rows");
  await until(() => namedThere("").length === 1_000);
  await saved();
  desk.sheet.outgoing.undo();
  await until(() => namedThere("").length === 0);
  assert.equal(desk.server.rows.get("1999")[1], "Row 1999");
  await saved();
  whole();
  pasted("Same");
  desk.press("In all 1,000 rows");
  await until(() => namedThere("Same").length === 1_000);
  await saved();
  desk.sheet.outgoing.undo();
  await until(() => namedThere("Same").length === 0);
  await saved();
  whole();
  desk.key("d", { ctrlKey: true, on: document.body });
  desk.press("In all 1,000 rows");
  await until(() => namedThere("Row 1000").length === 1_000, "what the first of all has");
  await saved();
  assert.equal(desk.store.rows.value("1999", "name"), "Row 1000");
});

test("all rows are deleted, and an undo brings them back", async () => {
  desk = await large();
  await desk.select("1000", "name");
  whole();
  const remove = desk.sheet.commands.all.find(({ name }) => name === "delete");
  runOn(desk.grid, { store: desk.store, root: desk.sheet.stage.root }, remove);
  desk.press("In all 1,000 rows");
  await until(() => desk.all(".ls-question .ls-danger").length);
  desk.find(".ls-question .ls-danger").click();
  await until(() => desk.server.rows.size === 0);
  await saved();
  desk.sheet.outgoing.undo();
  await until(() => desk.server.rows.size === 1_000);
});

test("more lines than the page has are pasted over the rows of the next pages", async () => {
  desk = await large();
  await desk.select("1000", "name");
  desk.grid.hot.selectCell(190, 0);
  pasted(Array.from({ length: 50 }, (_, at) => `New ${at}`).join("\n"));
  await until(() => desk.server.rows.get("1239")[1] === "New 49");
  await saved();
  assert.equal(desk.server.rows.get("1190")[1], "New 0");
  assert.equal(desk.server.rows.get("1240")[1], "Row 1240");
  assert.equal(desk.server.rows.size, 1_000, "no row is added");
  desk.sheet.outgoing.undo();
  await until(() => [...desk.server.rows.values()].every(([, name]) => name.startsWith("Row")));
});

test("of a selection of which only a part is whole columns, the page is meant, and that is said", async () => {
  desk = await large();
  await desk.select("1000", "name");
  const last = desk.grid.records.length - 1;
  desk.grid.hot.selectCells([
    [0, 0, last, 0],
    [0, 1, 1, 1],
  ]);
  desk.key("Delete", { on: document.body });
  await until(() =>
    desk.notices.some((text) => text.includes("200 rows of this page. There are 1,000 rows")),
  );
  await until(() => namedThere("").length === 200);
});

/** What a command of the browser puts on the clipboard. */
const clipboard = new Map();
const put = (type) => {
  clipboard.clear();
  const event = new window.Event(type, { bubbles: true, cancelable: true });
  event.clipboardData = {
    types: [],
    setData: (kind, text) => clipboard.set(kind, text),
    getData: (kind) => clipboard.get(kind) ?? "",
  };
  document.body.dispatchEvent(event);
  return true;
};
/** A sheet with a second column for texts, so that one can be moved into the other. */
const largeWithNotes = () => {
  const [name, ...others] = frame("server.hello").columns;
  const notes = { ...name, name: "notes", title: "Notes", required: false, blank: true };
  const columns = [{ ...name, required: false, blank: true }, ...others.slice(0, -1), notes];
  return Desk.openLarge({
    rows: many(1_000),
    answers: { rows: pieces },
    hello: { can, columns },
  });
};
const notesThere = () => [...desk.server.rows.values()].filter((row) => row[5] === row[1]);

test("a whole column is cut on all pages, and goes when it is pasted", async () => {
  document.execCommand = put;
  desk = await largeWithNotes();
  await desk.select("1000", "name");
  whole();
  put("cut");
  await until(() => desk.notices.some((text) => /1,000 rows in all/.test(text)));
  assert.equal(desk.frames("edit").length, 0, "nothing goes before it is pasted");
  desk.press("Fetch all 1,000 rows");
  await until(() => desk.notices.some((text) => text.includes("1,000 rows are ready")));
  desk.press("Cut", desk.find(".ls-notices"));
  const text = clipboard.get("text/plain");
  assert.equal(text.split("\n").filter(Boolean).length, 1_000);
  const to = desk.grid.columns.findIndex(({ name }) => name === "notes");
  desk.grid.hot.selectCell(0, to);
  pasted(text);
  await until(() => namedThere("").length === 1_000, "also in rows that nobody has looked at");
  await saved();
  assert.equal(desk.server.rows.get("1999")[5], "Row 1999");
  desk.sheet.outgoing.undo();
  await until(() => namedThere("").length === 0, "both in one step");
});

test("the fill handle drawn from a whole column may be meant for all pages", async () => {
  desk = await largeWithNotes();
  await desk.select("1000", "name");
  whole();
  const to = desk.grid.columns.findIndex(({ name }) => name === "notes");
  const drawn = [0, desk.grid.records.length - 1].map((row) => ({ row, col: to }));
  desk.grid.hot.runHooks("beforeAutofill", ...drawn);
  await until(() => desk.all(".ls-question").length);
  desk.press("In all 1,000 rows");
  await until(() => notesThere().length === 1_000, "each what stands beside it");
  await saved();
  desk.sheet.outgoing.undo();
  await until(() => notesThere().length === 0);
});
