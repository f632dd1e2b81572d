import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { partsOf } from "../../../src/livesheet/static/livesheet/finding/printing.js";
import { Desk, until } from "../desk.js";
import { FakeLine, frame } from "../fakes.js";
import { window } from "../page.js";

let desk;

afterEach(() => {
  desk.close();
  localStorage.clear();
});

test("the bar says what this is, how many rows there are, and that the line stands", async () => {
  desk = await Desk.open();
  assert.equal(desk.find(".ls-heading").textContent, "Products");
  assert.equal(desk.find(".ls-count").textContent, "3 rows");
  assert.equal(desk.find(".ls-light-text").textContent, "Live");
  assert.equal(desk.host.dataset.status, "live");
});

test("what is under way is counted at the light, until it is saved", async () => {
  desk = await Desk.open();
  desk.server.hold();
  desk.edit("1", "name", "Screw");
  await until(
    () =>
      desk.find(".ls-light-text").textContent === "Saving 1 …" ||
      /Saving/.test(desk.find(".ls-light-text").textContent),
  );
  assert.equal(desk.find(".ls-light").dataset.status, "saving");
  desk.server.letGo();
  await until(() => desk.find(".ls-light-text").textContent === "Live");
  assert.equal(desk.shown("1", "name"), "Screw");
});

test("undo and redo are said to be possible only when they are", async () => {
  desk = await Desk.open();
  const state = () =>
    [".ls-undo", ".ls-redo"].map((one) => desk.find(one).getAttribute("aria-disabled"));
  assert.deepEqual(state(), ["true", "true"]);
  desk.edit("1", "name", "Screw");
  await until(() => desk.server.rows.get("1")[1] === "Screw");
  assert.deepEqual(state(), ["false", "true"]);
  desk.find(".ls-undo").click();
  await until(() => desk.server.rows.get("1")[1] === "Bolt");
  assert.deepEqual(state(), ["true", "false"]);
  desk.find(".ls-redo").click();
  await until(() => desk.server.rows.get("1")[1] === "Screw");
});

test("who may only look has no button to add, nor one to take back", async () => {
  desk = await Desk.open({
    hello: { can: { add: false, change: false, delete: false, history: false } },
  });
  assert.equal(desk.find(".ls-add").hidden, true);
  assert.equal(desk.find(".ls-undo").hidden, true);
});

test("a button in the bar that is pressed by keyboard presses nothing in the grid", async () => {
  desk = await Desk.open();
  const heard = [];
  const listen = (event) => heard.push(event.key);
  window.addEventListener("keydown", listen);
  desk.key("Enter", { on: desk.find(".ls-add") });
  desk.key("x", { on: desk.find(".ls-search") });
  window.removeEventListener("keydown", listen);
  assert.deepEqual(heard, ["x"]);
});

test("the menu behind the last button has all that can be done, and runs it", async () => {
  desk = await Desk.open();
  desk.find(".ls-open-menu").click();
  const names = desk.all(".ls-menu [data-command]").map((one) => one.dataset.command);
  for (const name of ["print", "shortcuts", "copyLink", "theme-dark", "recent"])
    assert.ok(names.includes(name), name);
  const clear = desk.find("[data-command=clearFilters]");
  assert.equal(clear.disabled, true);
  desk.find("[data-command=theme-dark]").click();
  assert.equal(desk.find(".livesheet").dataset.theme, "dark");
  desk.find(".ls-open-menu").click();
  assert.equal(desk.find("[data-command=theme-dark]").getAttribute("aria-checked"), "true");
  desk.find("[data-command=theme-system]").click();
});

test("in the menu, arrows go round and Home and End to its ends", async () => {
  desk = await Desk.open();
  desk.find(".ls-open-menu").click();
  const items = desk.all(".ls-menu[role=menu] .ls-menu-item").filter((one) => !one.disabled);
  assert.equal(document.activeElement, items[0]);
  desk.key("ArrowDown");
  assert.equal(document.activeElement, items[1]);
  desk.key("ArrowUp");
  desk.key("ArrowUp");
  assert.equal(document.activeElement, items.at(-1));
  desk.key("Home");
  assert.equal(document.activeElement, items[0]);
  desk.key("End");
  assert.equal(document.activeElement, items.at(-1));
});

test("a page that has decided on a theme leaves no choice", async () => {
  desk = new Desk();
  desk.host.setAttribute("theme", "dark");
  await until(() => desk.find(".livesheet").dataset.theme === "dark");
  desk.find(".ls-open-menu").click();
  assert.deepEqual(desk.all("[data-command^=theme]"), []);
});

test("an empty sheet says how to begin, and its button begins", async () => {
  desk = await Desk.open({ rows: [] });
  assert.match(desk.find(".ls-veil").textContent, /paste/i);
  desk.find(".ls-veil button").click();
  assert.equal(desk.pks.length, 1);
  await until(() => desk.find(".ls-veil").textContent === "");
});

test("who may not add to an empty sheet is offered no button", async () => {
  const can = { add: false, change: true, delete: true, history: false };
  desk = await Desk.open({ rows: [], hello: { can } });
  assert.deepEqual(desk.all(".ls-veil button"), []);
});

test("where nothing matches, one press shows the rows again", async () => {
  desk = await Desk.open();
  desk.fill(desk.find(".ls-search"), "no such");
  await until(() => desk.pks.length === 0);
  await until(() => desk.all(".ls-veil button").length);
  desk.find(".ls-veil button").click();
  await until(() => desk.pks.length === 3);
  assert.equal(desk.find(".ls-search").value, "");
});

test("without a grid the sheet says which file it lacks", async () => {
  const { Handsontable } = globalThis;
  globalThis.Handsontable = undefined;
  desk = new Desk();
  await until(() => desk.sheet.stage.failure);
  globalThis.Handsontable = Handsontable;
  assert.match(desk.find(".ls-veil").textContent, /grid could not be loaded/);
});

test("a line that is lost is told of, with what is kept, and the rows stay", async () => {
  desk = await Desk.open();
  desk.line.drop();
  desk.edit("1", "name", "Screw");
  await until(() => desk.host.dataset.status === "reconnecting");
  assert.equal(desk.pks.length, 3);
  assert.match(desk.find(".ls-light-text").textContent, /1/);
  await until(() => !desk.find(".ls-banner").hidden, "the banner");
  const banner = () => desk.find(".ls-banner").textContent;
  assert.match(banner(), / 1 change is kept/);
  assert.equal(desk.sheet.stage.root.classList.contains("ls-many-pending"), false);
  desk.edit("2", "name", "Peg");
  await until(() => / 2 changes are kept/.test(banner()), banner());
});

test("a server that is not reached from the start is said, and tried again by a press", async () => {
  desk = new Desk();
  desk.line.drop();
  for (let tries = 0; tries < 9; tries += 1) {
    desk.sheet.socket.connect(); // as its timer does later and later
    FakeLine.made.at(-1).drop();
  }
  await until(() => desk.all(".ls-veil button").length, desk.find(".ls-veil").textContent);
  assert.match(desk.find(".ls-veil").textContent, /cannot be reached/);
  const lines = FakeLine.made.length;
  desk.press("Try again", desk.find(".ls-veil"));
  assert.equal(FakeLine.made.length, lines + 1);
});

test("very many cells that wait are not marked one by one", async () => {
  const rows = Array.from({ length: 101 }, (_, n) => [`${n + 1}`, "Bolt", "3", "1.50", "kg", null]);
  desk = await Desk.open({ rows });
  desk.server.hold();
  const isMany = () => desk.sheet.stage.root.classList.contains("ls-many-pending");
  const commits = rows.map(([pk]) => ({ pk, column: "name", value: "Nut", base: "Bolt" }));
  desk.sheet.outgoing.edit(commits.slice(0, 100));
  assert.equal(isMany(), false);
  desk.sheet.outgoing.edit(commits.slice(100));
  assert.equal(isMany(), true);
  desk.server.letGo();
  await until(() => !isMany());
});

test("who may not see the rows any more does not go on seeing them", async () => {
  desk = await Desk.open();
  desk.server.say(frame("server.presence"));
  await until(() => desk.all(".ls-face").length > 1);
  desk.server.say({ ...frame("server.bye"), code: 4403, message: "Ask Ann." });
  await until(() => desk.host.dataset.status === "forbidden");
  assert.equal(desk.sheet.rows.size, 0);
  assert.equal(desk.grid, null);
  assert.equal(desk.find(".ls-heading").textContent, "");
  assert.match(desk.host.textContent, /Ask Ann/);
  assert.deepEqual(desk.texts(".ls-veil button"), ["Reload"]);
  assert.deepEqual(desk.all(".ls-face-item:not([hidden])"), [], "nor the people at them");
});

test("a refused cell says why, what was typed, and takes it into the editor again", async () => {
  const refuse = ({ value }) =>
    value === "-1" ? { code: "invalid", message: "Not below zero." } : null;
  desk = await Desk.open({ refuse });
  await desk.select("1", "price");
  desk.edit("1", "price", "-1");
  const note = await until(() => desk.host.querySelector(".ls-note"));
  assert.match(note.textContent, /Not below zero\./);
  assert.match(note.textContent, /-1/);
  desk.press("Edit again", note);
  await until(() => desk.grid.isEditing);
  assert.equal(desk.grid.typed, "-1");
});

test("a refusal that is dismissed is gone, and the value that was there stands there", async () => {
  desk = await Desk.open({ refuse: () => ({ code: "invalid", message: "No." }) });
  await desk.select("1", "price");
  desk.edit("1", "price", "7");
  const note = await until(() => desk.host.querySelector(".ls-note"));
  desk.key("ArrowRight", { on: note });
  desk.press("Dismiss", note);
  assert.equal(desk.host.querySelector(".ls-note"), null);
  assert.equal(desk.store.marks.get("1", "price"), null);
  assert.equal(desk.shown("1", "price"), "1.50");
});

test("in a conflict both values are shown, and one's own can be insisted on", async () => {
  let times = 0;
  const by = { id: "8", name: "Bea", colour: "#2d6cb4" };
  const refuse = () => {
    times += 1;
    if (times === 1) desk.server.colleague("1", "price", "9.00");
    return times > 1 ? null : { code: "conflict", message: "Bea was first.", value: "9.00", by };
  };
  desk = await Desk.open({ refuse });
  await desk.select("1", "price");
  desk.edit("1", "price", "7");
  const note = await until(() => desk.host.querySelector(".ls-note"));
  assert.equal(note.dataset.kind, "conflict");
  assert.match(note.textContent, /Bea was first/);
  assert.match(note.textContent, /9\.00/);
  desk.press("Keep mine", note);
  await until(() => desk.server.rows.get("1")[3] === "7");
  assert.equal(desk.frames("edit").at(-1).cells[0][3], "9.00"); // now knowing theirs
});

test("all keys stand on one page, which goes with Esc or its button", async () => {
  desk = await Desk.open();
  desk.key("?", { on: desk.find(".livesheet") });
  const page = desk.find(".ls-shortcuts");
  assert.equal(page.open, true);
  assert.ok(desk.texts(".ls-shortcuts-list dt").includes("Print …"));
  page.close();
  assert.equal(desk.host.querySelector(".ls-shortcuts"), null);
  desk.key("?", { on: desk.find(".ls-search") }); // there it is a question mark
  assert.equal(desk.host.querySelector(".ls-shortcuts"), null);
});

test("on paper: columns that have no room come on further pages, after the first one", () => {
  const columns = [..."abcdefghijkl"].map(
    (name) => /** @type {any} */ ({ name, title: name, type: "text", max_length: 40 }),
  );
  const parts = partsOf(columns, 700);
  assert.ok(parts.length > 1);
  assert.ok(parts.every(([first, second]) => first === columns[0] && second));
  assert.deepEqual(
    parts.flatMap(([, ...others]) => others),
    columns.slice(1),
  );
  // However narrow the page is, each column is printed.
  assert.equal(partsOf(columns, 10).length, columns.length - 1);
  assert.deepEqual(partsOf(columns.slice(0, 1), 10), [[columns[0]]]);
});

test("on paper: the title, how many rows, and what the cells say", async () => {
  desk = await Desk.open();
  desk.run("print");
  window.dispatchEvent(new window.Event("beforeprint"));
  const paper = document.querySelector(".ls-paper");
  assert.equal(paper.querySelector("h1").textContent, "Products");
  assert.match(paper.querySelector(".ls-paper-facts").textContent, /3 rows/);
  const rows = [...paper.querySelectorAll("tbody tr")].map((row) => row.cells[1].textContent);
  assert.deepEqual(rows, ["Nordwood AB", "Lindqvist & Söhne", "Nordwood AB"]);
  window.dispatchEvent(new window.Event("afterprint"));
  assert.equal(document.querySelector(".ls-paper"), null);
});

test("the page hears of the line and of what has been saved", async () => {
  const heard = [];
  const listen = ({ type, detail }) => heard.push([type, detail]);
  document.body.addEventListener("livesheet:status", listen);
  desk = await Desk.open();
  document.body.removeEventListener("livesheet:status", listen);
  assert.equal(heard.at(-1)[1].status, "live");
});

test("faces of those who are here stand in the bar, and the row that somebody adds at the foot", async () => {
  desk = await Desk.open();
  desk.server.say(frame("server.presence"));
  const names = () => desk.all(".ls-faces .ls-face").map((one) => one.textContent);
  await until(() => names().includes("B"));
  assert.match(desk.find(".ls-adding").textContent, /Cem/);
});

test("a sheet that is taken away leaves nothing on the page", async () => {
  desk = await Desk.open();
  desk.find(".ls-open-menu").click();
  desk.sheet.destroy();
  assert.equal(desk.host.childElementCount, 0);
  assert.equal(desk.line.closed, true);
  assert.equal(desk.host.dataset.status, undefined);
});
