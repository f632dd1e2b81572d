import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Later } from "../../src/livesheet/static/livesheet/later.js";
import { Desk, until } from "./desk.js";
import { window } from "./page.js";

/** @type {Desk | null} */
let desk = null;
const opened = async (more = {}) => {
  desk = await Desk.open({ isWhole: false, ...more });
  return desk;
};
afterEach(() => {
  desk?.close();
  desk = null;
});

/** A file that comes when a test says so. */
function held() {
  const calls = [];
  const load = (attempt) =>
    new Promise((resolve, reject) => calls.push({ attempt, resolve, reject }));
  const told = { parts: [], failed: 0 };
  const later = new Later(load, {
    onParts: (parts) => told.parts.push(parts),
    onFailed: () => {
      told.failed += 1;
    },
  });
  return { calls, told, later };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("what is asked for before the file is there is done in order, and afterwards at once", async () => {
  const { calls, told, later } = held();
  const done = [];
  later.with((parts) => done.push(["first", parts]));
  later.with(() => done.push("second"));
  assert.deepEqual([calls.length, done], [1, []]);
  calls[0].resolve("parts");
  await turn();
  assert.deepEqual(told.parts, ["parts"]);
  assert.deepEqual(done, [["first", "parts"], "second"]);
  later.with(() => done.push("third"));
  assert.equal(done.at(-1), "third");
});

test("what opens something is given up when the user goes on before it is there", async () => {
  for (const event of ["keydown", "pointerdown", null]) {
    const { calls, later } = held();
    const done = [];
    later.opening(() => done.push("card"));
    later.with(() => done.push("tick"));
    if (event) document.body.dispatchEvent(new window.Event(event, { bubbles: true }));
    calls[0].resolve("parts");
    await turn();
    assert.deepEqual(done, event ? ["tick"] : ["card", "tick"]);
    document.body.dispatchEvent(new window.Event("keydown", { bubbles: true }));
    later.opening(() => done.push("at once"));
    assert.equal(done.at(-1), "at once");
  }
});

test("words typed before a card is there go into no card", async () => {
  const { sheet, host } = await opened();
  assert.equal(sheet.later.parts, null);
  const target = { pks: ["1"], pk: "1", column: "name", columns: ["name"], blocks: [] };
  sheet.commands.all.find(({ name }) => name === "openRowByKey").run(target);
  document.body.dispatchEvent(new window.KeyboardEvent("keydown", { key: "x", bubbles: true }));
  await until(() => sheet.later.parts, "the second file");
  assert.equal(host.querySelector(".ls-card[open]"), null);
});

test("a file that cannot be had is told to who asked for it, and tried again at the next use", async () => {
  const { calls, told, later } = held();
  const done = [];
  later.fetch();
  calls[0].reject(new Error("no line"));
  await turn();
  assert.equal(told.failed, 0); // nobody had asked
  later.with(() => done.push("lost"));
  calls[1].reject(new Error("no line"));
  await turn();
  assert.equal(told.failed, 1);
  later.with(() => done.push("kept"));
  assert.deepEqual(
    calls.map(({ attempt }) => attempt),
    [0, 1, 2],
  );
  calls[2].resolve("parts");
  await turn();
  assert.deepEqual(done, ["kept"]);
});

test("after the sheet has gone nothing is fetched, and nothing done", async () => {
  const { calls, told, later } = held();
  const done = [];
  later.with(() => done.push("late"));
  later.close();
  calls[0].resolve("parts");
  await turn();
  assert.deepEqual([told.parts, told.failed, done], [[], 0, []]);
  later.soon();
  assert.equal(await later.fetch(), undefined);
  assert.equal(calls.length, 1);
});

test("by itself the file comes when the sheet stands there", async () => {
  const { sheet } = await opened();
  assert.equal(sheet.later.parts, null);
  await until(() => sheet.later.parts, "the second file");
  assert.ok(sheet.commands.all.some(({ name }) => name === "closeRow"));
});

const WAITING = [
  ["openRow", ".ls-card"],
  ["print", ".ls-printed"],
  ["replace", ".ls-replace"],
  ["shortcuts", "dialog.ls-shortcuts"],
  ["tick", ".ls-slip"],
];
for (const [name, selector] of WAITING)
  test(`${name} stands in the menus from the start, and is done as soon as it can be`, async () => {
    const { sheet, host } = await opened();
    assert.equal(sheet.later.parts, null);
    const command = sheet.commands.all.find((one) => one.name === name);
    const target = { pks: ["1"], pk: "1", column: "name", columns: ["name"], blocks: [] };
    assert.notEqual(command.isEnabled?.(target), false);
    command.run(target);
    await until(() => host.querySelector(selector), selector);
  });

test("the menu of views opens at the first press, and is the button's own from then on", async () => {
  const { sheet, host } = await opened();
  assert.equal(sheet.later.parts, null);
  desk.find(".ls-views-button").click();
  const menu = await until(() => host.querySelector(".ls-views-menu"), "the menu");
  await until(() => menu.matches(":popover-open"), "the open menu");
  assert.equal(desk.find(".ls-views-button").popoverTargetElement, menu);
});

test("a key, a head, a tool and the corner can be pressed before the file is there", async () => {
  const { sheet, host, grid } = await opened();
  assert.equal(sheet.later.parts, null);
  desk.find(".ls-tool-sort").click();
  await until(() => host.querySelector(".ls-tool-panel ol"), "the panel");
  grid.host.onTick("2", false);
  assert.deepEqual([...sheet.store.ticked], ["2"]);
});

test("a large sheet fetches the file at once, says that it is loading, and then asks for rows", async () => {
  desk = new Desk({ isWhole: false, hello: { windowed: true } });
  const { sheet } = desk;
  const { load } = sheet.later;
  let come = () => {};
  const held = new Promise((resolve) => {
    come = resolve;
  });
  sheet.later.load = (attempt) => held.then(() => load(attempt));
  await until(() => desk.host.querySelector(".ls-veil-text") && sheet.later.isLoading, "a fetch");
  await until(() => sheet.isCaughtUp && desk.grid, "all but the file");
  assert.equal(desk.find(".ls-veil-text").textContent, "Loading …");
  come();
  await until(() => desk.grid?.records.length === 3, "the rows");
  assert.equal(desk.frames("arrange").length, 1);
});

test("who joins later has heard what the others have", async () => {
  const { sheet } = await opened({ rows: [["1", "Bolt", "3", "1.50", "piece", null]] });
  const heard = [];
  const feature = {
    hello: ({ columns }) => heard.push(["hello", columns.length]),
    status: (status) => heard.push(["status", status]),
    caughtUp: () => heard.push("caughtUp"),
    gridMade: () => heard.push("gridMade"),
    frame: () => heard.push("frame"),
  };
  sheet.later.take({ features: [() => feature], panels: {}, columnMenu: () => null });
  const before = ["hello", sheet.store.columns.length];
  assert.deepEqual(heard, [before, ["status", "live"], "caughtUp", "gridMade"]);
  desk.server.colleague("1", "name", "Screw");
  assert.equal(heard.at(-1), "frame");
});

test("words come along with what says them, and the page's own go before", async () => {
  const { sheet } = await opened({ config: { texts: { showAll: "Alle zeigen" } } });
  const texts = { showAll: "Show all columns", ofLate: "A word" };
  sheet.later.take({ features: [], panels: {}, texts });
  assert.deepEqual([sheet.texts.showAll, sheet.texts.ofLate], ["Alle zeigen", "A word"]);
});

test("what cannot be loaded is said", async () => {
  const { sheet, host } = await opened();
  sheet.later.load = () => Promise.reject(new Error("no line"));
  sheet.run("openRow", { pks: ["1"], pk: "1", column: "name", columns: [], blocks: [] });
  await until(() => /could not be loaded/.test(host.textContent), "the words");
});
