import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Far } from "../../../src/livesheet/static/livesheet/finding/far.js";
import { Counting } from "../../../src/livesheet/static/livesheet/windows/windowing.js";
import { Desk, until } from "../desk.js";
import { window } from "../page.js";

let desk;

afterEach(() => desk?.close());

const finder = () => desk.sheet.features.find((one) => one.finder).finder;
const windows = () => desk.sheet.features.find((one) => one.windows).windows;
const row = (at) => [String(at), `Row ${at}`, "3", "1.50", "piece", null];
/** Their keys begin where no other test's do. */
const many = (n) => Array.from({ length: n }, (_, at) => row(1_000 + at));
const large = (n = 1_000, more = {}) => Desk.openLarge({ rows: many(n), ...more });

const holder = () => desk.host.querySelector(".ht_master .wtHolder");
const HEIGHT = 24;

/** As a wheel or a finger does; the library itself draws a moment later, when the test is over. */
function scrollTo(at) {
  holder().scrollTop = at * HEIGHT;
  const stop = (event) => event.stopPropagation();
  desk.find(".ht_master").addEventListener("scroll", stop, { capture: true, once: true });
  holder().dispatchEvent(new window.Event("scroll"));
}

const OWN = { name: "Own", supplier: "3", price: "1.50", unit: "piece" };
const top = () => desk.grid.sight.now();
const isThere = (pk) => () => desk.store.rows.has(pk) && desk.grid.places.has(pk);

test("a large sheet asks for its first rows, and shows a page of places", async () => {
  desk = await large();
  const [open] = desk.frames("open");
  assert.equal(open.windowed, true);
  assert.deepEqual(
    desk.frames("arrange").map(({ near, view, search }) => [near, view, search]),
    [[null, { sorts: [], filters: [] }, ""]],
  );
  assert.equal(desk.grid.records.length, 200, "the first page");
  assert.equal(desk.grid.records[0].name, "Row 1000");
  assert.equal(desk.find(".ls-count").textContent, "1,000 rows");
});

test("rows are asked for as they are looked at, and take their places without moving any", async () => {
  desk = await large();
  const loaded = desk.store.rows.size;
  assert.ok(loaded < 200, `${loaded} were sent`);
  const { records } = desk.grid;
  const { length } = records;
  scrollTo(110);
  await until(isThere("1120"));
  assert.equal(desk.grid.records, records, "the grid has the same rows");
  assert.equal(records.length, length);
  assert.equal(records[120].name, "Row 1120");
});

test("rows that come ahead of the scroll cost no drawing; they can be edited when it is over", async () => {
  desk = await large();
  const { hot, records, pace } = desk.grid;
  let drawings = 0;
  hot.addHook("afterRender", () => {
    drawings += 1;
  });
  const come = (at) => {
    const { $pk: key } = records[at];
    assert.equal(desk.store.rows.has(key), false, "it is not there yet");
    desk.grid.arrive(new Map([[key, `come ${at}`]]));
  };
  await until(() => !pace.frame);
  scrollTo(60);
  come(190);
  assert.equal(pace.frame, 0, "no drawing is due");
  assert.equal(drawings, 0);
  await until(() => drawings > 0, "the end of the scroll");
  await until(() => !pace.frame);
  scrollTo(165);
  come(175);
  assert.notEqual(pace.frame, 0, "a drawing is due");
});

test("near the end of its page the next one is entered, and what is in sight stays", async () => {
  desk = await large();
  scrollTo(170);
  await until(() => desk.grid.records.length === 800, "the next page");
  await until(isThere("1170"));
  assert.equal(desk.frames("enter").length, 1);
  assert.equal(top().key, "1170");
  assert.equal(desk.grid.numberOf(top().first), 171);
});

test("any place is gone to, and rows are numbered by their places in the whole", async () => {
  desk = await large();
  assert.equal(await windows().goTo(850), true);
  await until(() => top().key === "1850", "the row is the first in sight");
  assert.equal(windows().place, 850);
  assert.equal(desk.grid.numberOf(top().first), 851);
  assert.ok(!desk.store.rows.has("1000"), "what the server tells us of no more is let go");
});

test("a row is gone to by its key; one that is not there is told of", async () => {
  desk = await large();
  assert.equal(await windows().goToKey("1500"), true);
  await until(isThere("1500"));
  assert.equal(await windows().goToKey("7"), false);
});

test("sorting asks the server, and begins at the first row", async () => {
  desk = await large();
  scrollTo(40);
  await until(isThere("1040"));
  finder().onSort("name", false);
  finder().onSort("name", false);
  await until(() => desk.grid.records[0].name === "Row 1999", "the last by name is the first");
  const { view, near } = desk.frames("arrange").at(-1);
  assert.deepEqual(view.sorts, [{ column: "name", descending: true }]);
  assert.equal(near, null);
  assert.equal(top().first, 0);
});

test("a search that finds nothing says so", async () => {
  desk = await large();
  finder().onSearch("nowhere");
  await until(() => /match/i.test(desk.find(".ls-veil").textContent), "the words for nothing");
  assert.equal(desk.grid.records.length, 0);
});

test("what has not come cannot be edited, pasted over, ticked or selected as a row", async () => {
  desk = await large();
  desk.server.hold();
  const at = desk.grid.records.findIndex(({ $pk }) => !desk.store.rows.has($pk));
  const key = desk.grid.records[at].$pk;
  assert.ok(!desk.pks.includes(key), "it is no row to anybody");
  desk.grid.hot.selectCell(at, 0);
  assert.equal(desk.grid.hot.getCellMeta(at, 0).readOnly, true);
  desk.sheet.outgoing.edit([]);
  assert.ok(!desk.sent.some((one) => JSON.stringify(one).includes(key)), "nobody is told its key");
});

test("a colleague's change of a row that is shown is shown; a deleted row leaves", async () => {
  desk = await large();
  desk.server.colleague("1001", "name", "Other");
  assert.equal(desk.shown("1001", "name"), "Other");
  desk.server.rows.delete("1002");
  desk.server.change([], ["1002"]);
  await until(() => desk.grid.records.length === 199, "its place is empty");
  assert.deepEqual(
    desk.grid.records.slice(0, 3).map(({ $pk }) => $pk),
    ["1000", "1001", "1003"],
  );
});

test("a lost line: what is shown stays, and the order is asked for again where the user is", async () => {
  desk = await large();
  await windows().goTo(850);
  await until(() => top().key === "1850");
  desk.server.say({ type: "rows", rows: [], reset: true, done: true, cursor: "c9" });
  assert.ok(desk.pks.includes("1850"), "it stays until its successor has come");
  await until(() => desk.frames("arrange").length === 2);
  await until(isThere("1850"));
  assert.equal(desk.frames("arrange")[1].near, "1850");
  assert.equal(top().key, "1850");
});

test("the server has forgotten the order: it is arranged again, at the same row", async () => {
  desk = await large();
  desk.server.number += 1; // of somebody else
  scrollTo(110);
  await until(() => desk.frames("arrange").length === 2, "a new order");
  await until(() => desk.frames("arrange")[1].near !== null);
});

const isSaid = () => desk.notices.some((text) => text.includes("failed"));

test("an order that fails is asked for once more, and who waits for a row of it gets there", async () => {
  desk = await large();
  desk.server.failing = "arrange";
  finder().onSort("name", false);
  const going = windows().goToKey("1500");
  await until(isSaid, "what went wrong");
  await until(() => desk.frames("arrange").length === 3, "another try");
  assert.equal(await going, true);
  assert.ok(desk.store.rows.has("1500"));
  assert.ok(!isSaid(), "it is not so any more");
});

test("an order that fails again is begun at its first row, not at the one to stay at", async (t) => {
  desk = await large();
  t.mock.method(windows().retries, "later", (_tries, run) => setTimeout(run));
  const { server } = desk;
  const arrange = server._arrange.bind(server);
  server._arrange = (sent) => {
    if (sent.near === null) arrange(sent);
    else server.say({ type: "error", ref: sent.ref, code: "failed", message: "It took too long." });
  };
  windows().arrange("1850"); // as after a lost line: its place takes longer than a statement may
  await until(() => desk.frames("arrange").at(-1).near === null, "the first row");
  await until(() => !windows().entry, "the order");
  const asked = desk.frames("arrange").map(({ near }) => near);
  assert.deepEqual(asked, [null, "1850", "1850", "1850", null]);
});

test("a page whose first rows fail is asked for once more", async () => {
  desk = await large();
  desk.server.failing = "rows";
  assert.equal(await windows().goTo(850), false);
  await until(() => desk.frames("arrange").length === 2, "another try");
  await until(() => !windows().entry, "the page");
  assert.equal(await windows().goTo(850), true);
  await until(isThere("1850"));
});

test("rows in sight that fail are asked for once more, though nobody scrolls", async () => {
  desk = await large();
  desk.server.failing = "window";
  scrollTo(110);
  await until(isSaid, "what went wrong");
  await until(isThere("1120"), "the rows");
  assert.ok(!isSaid(), "it is not so any more");
});

test("an edit of a row goes out, and its row may be let go meanwhile", async () => {
  desk = await large();
  desk.server.hold();
  desk.edit("1003", "name", "Mine");
  const going = windows().goTo(850);
  desk.server.letGo();
  await going;
  await until(() => desk.sheet.outbox.size === 0, "it is saved");
  assert.equal(desk.server.rows.get("1003")[1], "Mine");
});

test("new rows and rows out of place are counted; a press on Refresh brings them", async () => {
  desk = await large();
  finder().onSort("name", false);
  await until(() => desk.frames("arrange").length === 2);
  await until(() => desk.pks[0] === "1000" && desk.grid.records.length === 200);
  desk.server.colleague("1001", "name", "Zulu");
  assert.ok(desk.store.order.misplaced.has("1001"));
  desk.server.rows.set("5000", row(0));
  desk.server.tellNew(3);
  await until(() => desk.texts(".ls-strays").includes("3 new rows · 1 out of place"));
  desk.press("Refresh");
  await until(() => desk.store.order.fresh === 3 && desk.frames("arrange").length === 3);
  await until(() => !desk.pks.includes("1001"), "it has gone where it belongs");
  assert.equal(desk.store.order.strays, 0);
});

test("what the server cannot arrange by is not shown as what holds", async () => {
  desk = await large();
  desk.server.isPlain = true;
  finder().onSort("price", false);
  await until(() => desk.notices.length, "the reason");
  assert.deepEqual(desk.store.order.sorts, []);
  assert.ok(desk.pks.includes("1000"), "the rows stay");
});

test("a colleague is gone to, wherever in the order", async () => {
  desk = await large();
  assert.equal(await desk.store.order.reach("1777"), true);
  desk.sheet.stage.select("1777", "name");
  await until(() => desk.grid.hasSelection);
  assert.deepEqual(desk.selected, [["name", "Row 1777"]]);
});

test("the values of a column, and what columns come to, are the server's", async () => {
  const answers = {
    values: () => ({
      values: [
        ["kg", 700],
        ["piece", 300],
      ],
      more: false,
    }),
    sums: ({ columns }) => ({
      count: 1_000,
      columns: { price: { [columns.price[0]]: "1500.00" } },
    }),
  };
  desk = await large(1_000, { answers });
  const { current } = desk.sheet.features.find((one) => one.finder);
  const unit = desk.store.column("unit");
  const far = new Far(desk.store, current.ask);
  const found = await far.values(unit, (key) => key.toUpperCase());
  assert.deepEqual(found[0], { key: "kg", text: "KG", count: 700 });
  current.change({ totals: { price: "sum" } });
  await until(() => desk.texts(".ls-sums-all dd").some((text) => text.includes("1,500.00")));
});

// --- acting on rows that are not loaded

const named = (name) => [...desk.server.rows.values()].filter((one) => one[1] === name);

test("a command on selected rows waits for those that are not loaded", async () => {
  desk = await large();
  desk.server.hold();
  await desk.select("1000", "name");
  desk.grid.hot.selectCell(0, 0, 149, 0);
  desk.key("d", { on: document.body, ctrlKey: true, keyCode: 68 });
  assert.equal(desk.frames("edit").length, 0);
  await until(() => desk.notices.some((text) => text.startsWith("Fetching")), "that it waits");
  desk.server.letGo();
  await until(() => named("Row 1000").length === 150, "all that is selected");
  await until(() => desk.sheet.outbox.size === 0);
  assert.equal(desk.notices.length, 0);
  desk.sheet.outgoing.undo();
  await until(() => named("Row 1000").length === 1, "by one step");
});

test("it can be stopped, and does nothing to cells that are selected meanwhile", async () => {
  desk = await large();
  await desk.select("1000", "name");
  desk.server.hold();
  desk.grid.hot.selectCell(0, 0, 149, 0);
  desk.key("Delete", { on: document.body });
  await until(() => desk.notices.some((text) => text.startsWith("Fetching")));
  desk.press("Stop", desk.find(".ls-notices"));
  desk.server.letGo();
  await until(() => desk.store.rows.size >= 150);
  desk.grid.hot.selectCell(1, 0, 199, 0);
  desk.server.hold();
  assert.ok(desk.grid.sight.absent().length);
  desk.key("Delete", { on: document.body });
  desk.grid.hot.selectCell(0, 0);
  desk.server.letGo();
  await until(() => desk.store.rows.size >= 200);
  assert.equal(desk.notices.length, 0);
  assert.equal(desk.frames("edit").length, 0);
});

test("what is pasted over rows that are not loaded goes to these rows", async () => {
  desk = await large();
  await desk.select("1000", "name");
  const at = desk.pks.length - 2; // the one after the next is not loaded
  desk.grid.hot.selectCell(at, 0);
  const lines = Array.from({ length: 60 }, (_, n) => `New ${n}`);
  const event = new window.Event("paste", { bubbles: true, cancelable: true });
  const types = ["text/plain"];
  event.clipboardData = {
    types,
    getData: (type) => (type === "text/plain" ? lines.join("\n") : ""),
  };
  document.body.dispatchEvent(event);
  await until(() => named("New 59").length === 1);
  await until(() => desk.sheet.outbox.size === 0);
  for (const [n, name] of lines.entries())
    assert.equal(desk.server.rows.get(String(1_000 + at + n))[1], name);
  assert.equal(desk.server.rows.size, 1_000, "no row is added");
});

const sums = () =>
  Object.fromEntries(desk.all(".ls-sum[data-sum]").map((one) => [one.dataset.sum, one.lastChild]));
const sum = (name) => sums()[name]?.textContent;

test("of a whole column that is selected, the server adds up all rows", async () => {
  const asked = [];
  const answer = (query) => {
    asked.push(query.columns);
    return {
      count: 1_000,
      columns: {
        price: { filled: 990, sum: "1485.00", min: "0.50", max: "2.50" },
        unit: { filled: 1_000 },
      },
    };
  };
  desk = await large(1_000, { answers: { sums: answer } });
  const at = (name) => desk.grid.columns.findIndex((column) => column.name === name);
  desk.grid.hot.selectCell(0, at("price"), desk.grid.records.length - 1, at("unit"));
  await until(() => sum("rows") === "1,000");
  assert.equal(sum("count"), "1,990");
  assert.equal(sum("sum"), "1,485.00");
  assert.equal(sum("average"), "1.50");
  assert.deepEqual([sum("least"), sum("most")], ["0.50", "2.50"]);
  assert.deepEqual(asked, [{ price: ["filled", "sum", "min", "max"], unit: ["filled"] }]);
  // What cannot be added up is said; what is not whole is added up here.
  desk.server.answers.sums = undefined;
  desk.grid.hot.selectCell(0, 0, desk.grid.records.length - 1, 0);
  await until(() => sum("rows")?.startsWith("What is sums"));
  desk.grid.hot.selectCell(0, at("price"), 3, at("price"));
  await until(() => sum("sum") === "6.00");
  assert.equal(sum("rows"), undefined);
});

test("while selected rows are loaded, the foot says how many are missing", async () => {
  desk = await large();
  desk.server.hold();
  desk.grid.hot.selectCell(1, 0, 199, 0);
  await until(() => Number(sum("missing")) > 100);
  assert.equal(Number(sum("missing")) + Number(sum("count")), 199);
  desk.server.letGo();
  await until(() => sum("count") === "199");
  assert.equal(sum("missing"), undefined);
});

test("rows that are selected and not there are fetched; until then a copy says what it covers", async () => {
  desk = await large();
  desk.server.hold();
  desk.grid.hot.selectCell(0, 0, 199, 1);
  assert.ok(desk.grid.sight.absent().length > 100);
  desk.server.letGo();
  await until(() => desk.store.rows.size >= 200, "all that is selected");
  assert.deepEqual(desk.grid.sight.absent(), []);
});

test("an undo of a row that is elsewhere by now goes out with its base", async () => {
  desk = await large();
  desk.edit("1003", "name", "Mine");
  await until(() => desk.sheet.outbox.size === 0);
  await windows().goTo(850);
  desk.sheet.outgoing.undo();
  await until(() => desk.server.rows.get("1003")[1] === "Row 1003", "it is taken back");
});

test("counting that takes long is said, and can be ended; what covers a part of the rows says so", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const told = [];
  const windows = { listeners: [], isBuilding: true, cancel: () => told.push("cancel") };
  const notices = {
    show: (text, { actions }) => told.push(text, actions),
    hide: () => told.push(""),
  };
  new Counting(notices, { countingRows: "Counting", stopCounting: "Stop" }, windows);
  windows.listeners[0]();
  t.mock.timers.tick(2_000);
  assert.deepEqual(told, []);
  t.mock.timers.tick(2_000);
  assert.equal(told[0], "Counting");
  told[1][0].run();
  assert.equal(told.at(-1), "cancel");
  windows.isBuilding = false;
  windows.listeners[0]();
  assert.equal(told.at(-1), "", "nothing more to say");
});

test("a table that has shrunk is sent whole by the next line, and stands in its own order", async () => {
  desk = await large();
  const rows = [...desk.server.rows.values()].slice(0, 30);
  desk.server.say({ ...desk.server.hello, windowed: false });
  desk.server.say({ type: "rows", rows, reset: true, done: true, cursor: "c5" });
  await until(() => desk.grid.records.length === 30, "all of them");
  assert.equal(desk.store.order.isPaged, false);
  assert.deepEqual([...desk.store.rows.pks()].length, 30);
});

test("a value that is refused in a row elsewhere is marked there, and can be gone to and sent again", async () => {
  let isRefused = true;
  const refuse = () => (isRefused ? { code: "invalid", message: "Not so." } : null);
  desk = await large(1_000, { refuse });
  desk.server.hold();
  desk.edit("1003", "name", "Mine");
  const going = windows().goTo(850);
  desk.server.letGo();
  await going;
  await until(() => desk.sheet.outbox.size === 0);
  await until(() => desk.notices.some((text) => text.includes("1 value in a row elsewhere")));
  assert.equal(desk.texts(".ls-typed").length, 0, "nothing is lost that would have to be copied");
  desk.press("Show");
  await until(isThere("1003"), "its page");
  const mark = () => desk.store.marks.get("1003", "name");
  assert.equal(mark().typed, "Mine");
  await until(() => desk.selected.length && desk.texts(".ls-note").length, "the note beside it");
  assert.equal(desk.shown("1003", "name"), "Row 1003", "what is saved is shown");
  isRefused = false;
  desk.sheet.outgoing.insist("1003", "name", mark());
  await until(() => desk.server.rows.get("1003")[1] === "Mine", "it is saved");
  await until(() => mark() === null && desk.notices.length === 0);
});

test("a value refused in a row that is not there any more is offered for copying", async () => {
  desk = await large(1_000, { refuse: () => ({ code: "invalid", message: "Not so." }) });
  desk.server.hold();
  desk.edit("1003", "name", "Mine");
  const going = windows().goTo(850);
  desk.server.letGo();
  await going;
  await until(() => desk.notices.length === 1);
  desk.server.order = desk.server.order.filter((pk) => pk !== "1003");
  desk.press("Show");
  await until(() => desk.texts(".ls-typed").includes("Mine"));
  assert.equal(desk.store.marks.get("1003", "name"), null);
});

test("a row of one's own stays where it was put, when its page comes back", async () => {
  desk = await large();
  scrollTo(170);
  await until(() => desk.grid.records.length === 800, "a page of many");
  desk.sheet.outgoing.edit([], [{ values: OWN, like: "" }]);
  await until(() => desk.store.order.own.has("101") && desk.store.rows.has("101"), "it is saved");
  const place = desk.store.order.placeOf("101");
  await windows().goTo(950);
  await until(() => top().key === "1950");
  assert.deepEqual(desk.frames("enter").at(-1).keep, ["101"], "it is followed");
  assert.ok(!desk.pks.includes("101"));
  desk.server.colleague("101", "name", "Theirs");
  await windows().goTo(place);
  await until(() => desk.pks.includes("101"));
  assert.equal(desk.store.order.placeOf("101"), place);
  assert.equal(desk.shown("101", "name"), "Theirs");
});

test("a new row that is not finished is not lost by another page, nor by another order", async () => {
  desk = await large();
  desk.sheet.outgoing.addRow();
  const [draft] = desk.store.order.drafts;
  desk.store.drafts.set(draft, "stock", "5");
  await windows().goTo(850);
  await until(() => top().key === "1850");
  assert.ok(desk.pks.includes(draft), "it can be gone to");
  await windows().goTo(0);
  await until(isThere("1000"));
  assert.ok(desk.pks.indexOf(draft) < 3, "where it stood");
  finder().onSort("name", false);
  finder().onSort("name", false);
  await until(() => desk.pks.includes("1999"));
  assert.ok(desk.pks.includes(draft));
  assert.equal(desk.store.drafts.values(draft).stock, "5");
  await desk.sheet.outgoing.delete([draft]); // or the next sheet would find it kept
});

test("a search that the server refuses is stepped back from, to the text that holds", async () => {
  desk = await large();
  finder().onSearch("Row 15");
  await until(() => desk.pks[0] === "1500", "the rows that have it");
  desk.server.unsearchable = "Row 16";
  const field = desk.sheet.stage.bar.search;
  field.value = "Row 16";
  finder().onSearch("Row 16");
  await until(() => desk.notices.length, "the reason");
  await until(() => desk.store.order.query === "Row 15");
  assert.equal(field.value, "Row 15");
  assert.ok(desk.pks.includes("1500"), "the rows stay");
});

test("the bubble of the scroll bar says by what the row is sorted", async () => {
  desk = await large();
  const { scrolling } = desk.sheet.features.find((one) => one.scrolling);
  assert.equal(scrolling.bar.host.textOf(3), "Row 1003");
  finder().onSort("price", false);
  await until(() => desk.frames("arrange").length === 2 && desk.store.rows.size);
  await until(() => scrolling.bar.host.textOf(0).includes("1.50"));
});

test("until the rows are counted, it is said about how many they are, if the database knows", async () => {
  desk = await large();
  const known = { type: "order", ref: null, order: desk.server.number, count: 20_000, new: 0 };
  desk.server.say({ ...known, exact: false, building: true, about: 12_034_567 });
  await until(() => desk.find(".ls-count").textContent === "about 12,000,000 rows");
  desk.server.say({ ...known, exact: false, building: true, about: null });
  await until(() => desk.find(".ls-count").textContent === "20,000 rows or more");
  desk.server.say({ ...known, exact: true, building: false, about: null });
  await until(() => desk.find(".ls-count").textContent === "20,000 rows");
});
