import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Desk, until } from "../desk.js";
import { column, frame } from "../fakes.js";

const BEA = { id: "8", name: "Bea", colour: "#2d6cb4" };
const ago = (seconds) => new Date(Date.now() - seconds * 1_000).toISOString();
const ENTRIES = [
  { at: ago(90), by: BEA, reason: "", kind: "changed", cells: [["price", "1.20", "1.50"]] },
  {
    at: ago(20 * 86_400),
    by: null,
    reason: "task: import",
    kind: "created",
    cells: [["price", null, "1.20"]],
  },
];

let desk;
let asked;

beforeEach(async () => {
  asked = [];
  const history = (query) => {
    asked.push(query);
    return {
      entries: query.skip ? ENTRIES.slice(1) : ENTRIES.slice(0, 1),
      next: query.skip ? null : 1,
      labels: {},
    };
  };
  desk = await Desk.open({ answers: { history } });
});
afterEach(() => {
  desk.close();
  localStorage.clear();
});

const panel = () => desk.find(".ls-history");

test("a cell's history tells who changed it, when, from what to what, newest first", async () => {
  desk.run("history-cell", desk.at("1", "price"));
  await until(() => panel().querySelector("li"));
  assert.match(panel().querySelector("h3").textContent, /Price.*Bolt/);
  assert.deepEqual(asked, [{ pk: "1", column: "price", skip: 0 }]);
  const entry = panel().querySelector("li");
  assert.match(entry.textContent, /Bea/);
  assert.match(entry.querySelector("time").textContent, /1 minute ago|2 minutes ago/);
  assert.equal(entry.querySelector("del").textContent, "1.20");
  assert.equal(entry.querySelector("ins").textContent, "1.50");
});

test("a tick is told in words, as in filters, groups and cards", async () => {
  const columns = [column("name", "text", { title: "Name" }), column("sold", "boolean")];
  desk.close();
  const cells = [["sold", false, true]];
  const history = () => ({ entries: [{ ...ENTRIES[0], cells }], next: null, labels: {} });
  const can = { add: true, change: true, delete: true, history: true };
  const texts = { yes: "Ja", no: "Nein" };
  desk = await Desk.open({
    rows: [["1", "Bolt", false]],
    hello: { columns, can },
    answers: { history },
    config: { texts },
  });
  desk.run("history-cell", desk.at("1", "sold"));
  await until(() => panel().querySelector("li"));
  const [before, after] = ["del", "ins"].map((one) => panel().querySelector(one).textContent);
  assert.deepEqual([before, after], ["Nein", "Ja"]);
  assert.match(panel().querySelector("li button").getAttribute("aria-label"), /Ja/);
  const { store } = desk;
  assert.equal(store.copyText(store.column("sold"), true), "true"); // for other programs
});

test("older entries are asked for when they are wanted, and then there are no more", async () => {
  desk.run("history-row", desk.at("1", "price"));
  await until(() => panel().querySelector("li"));
  assert.equal(asked[0].column, null);
  desk.press("Older entries", panel());
  await until(() => panel().querySelectorAll("li").length === 2);
  const last = [...panel().querySelectorAll("li")].at(-1);
  assert.match(last.textContent, /task: import/);
  assert.equal(last.querySelector("del"), null);
  assert.doesNotMatch(last.querySelector("time").textContent, /ago/);
  assert.ok(![...panel().querySelectorAll("button")].some((one) => /Older/.test(one.textContent)));
});

test("a value is put back as any other edit, which can be undone", async () => {
  desk.run("history-row", desk.at("1", "price"));
  await until(() => panel().querySelector("li"));
  desk.press("Older entries", panel());
  await until(() => panel().querySelectorAll("li").length === 2);
  const restore = [...panel().querySelectorAll("li")].at(-1).querySelector("button");
  assert.match(restore.getAttribute("aria-label"), /Price.*1\.20/);
  restore.click();
  await until(() => desk.server.rows.get("1")[3] === "1.20");
  assert.deepEqual(desk.frames("edit")[0].cells, [["1", "price", "1.20", "1.50"]]);
  assert.equal(desk.host.querySelector(".ls-history"), null);
  desk.find(".ls-undo").click();
  await until(() => desk.server.rows.get("1")[3] === "1.50");
});

test("what stands there now is not offered to be put back", async () => {
  desk.run("history-cell", desk.at("1", "price"));
  await until(() => panel().querySelector("li"));
  assert.equal(panel().querySelector("li button"), null);
});

test("Esc closes it and leads back to the cell", async () => {
  await desk.select("1", "price");
  desk.run("history-cell", desk.at("1", "price"));
  await until(() => panel().querySelector("li"));
  desk.key("Escape", { on: panel() });
  assert.equal(desk.host.querySelector(".ls-history"), null);
  await until(() => desk.selected.length);
  assert.deepEqual(desk.selected, [["price", "1.50"]]);
});

test("without a line it says so; what the server refuses is said in its words", async () => {
  desk.run("history-cell", desk.at("1", "price"));
  await until(() => panel().querySelector("li"));
  desk.server.answers.history = undefined;
  desk.run("history-cell", desk.at("2", "price"));
  await until(() => panel().querySelector(".ls-history-note").textContent === "What is history?");
  desk.line.drop();
  await until(() => desk.host.dataset.status === "reconnecting");
  desk.run("history-cell", desk.at("2", "price"));
  await until(() =>
    /connection|offline/i.test(panel().querySelector(".ls-history-note").textContent),
  );
});

test("who may not see it any more has no panel any more", async () => {
  desk.run("history-cell", desk.at("1", "price"));
  await until(() => panel().querySelector("li"));
  const can = { ...frame("server.hello").can, history: false };
  desk.server.say({ ...frame("server.hello"), can });
  await until(() => !desk.host.querySelector(".ls-history"));
});

// --- colleagues

const bea = (more) => ({
  ...{ key: "k3f", ...BEA, pk: "2", column: "price", editing: false },
  ...more,
});
const presence = (...here) => desk.server.say({ type: "presence", here, others: 0 });
const go = (name) => {
  const face = desk
    .all(".ls-bar button")
    .find((one) => (one.title + one.getAttribute("aria-label")).includes(name));
  assert.ok(face, `a face of ${name}`);
  face.click();
};

test("a face leads to where that person is", async () => {
  presence(bea());
  await until(() => desk.all(".ls-bar .ls-face").length);
  go("Bea");
  await until(() => desk.selected.length);
  assert.deepEqual(desk.selected, [["price", "2.50"]]);
});

test("who is nowhere, or at a row that the filter hides, cannot be gone to, and that is said", async () => {
  presence(bea({ pk: null, column: null }));
  await until(() => desk.all(".ls-bar .ls-face").length);
  go("Bea");
  await until(() => /Bea/.test(desk.find(".ls-notices, .ls-notice, .livesheet").textContent));
  desk.fill(desk.find(".ls-search"), "bolt");
  await until(() => desk.pks.length === 1);
  presence(bea());
  go("Bea");
  await until(() => /Nut/.test(desk.host.textContent), "which row");
  assert.equal(desk.grid.hasSelection, false);
});

test("who types where a colleague is typing is told so, until one of them leaves", async () => {
  await desk.select("2", "price");
  desk.grid.edit("2", "price", "3");
  presence(bea({ editing: true }));
  const hint = await until(() => desk.host.querySelector(".ls-hint"));
  assert.match(hint.textContent, /Bea/);
  presence(bea({ editing: false }));
  await until(() => !desk.host.querySelector(".ls-hint"));
});
