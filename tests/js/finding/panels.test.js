import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { linkTo } from "../../../src/livesheet/static/livesheet/finding/viewlinks.js";
import { plainView } from "../../../src/livesheet/static/livesheet/store/view.js";
import { Desk, until } from "../desk.js";
import { window } from "../page.js";

let desk;

beforeEach(async () => {
  localStorage.clear();
  desk = await Desk.open();
});
afterEach(() => desk.close());

const open = (name) => {
  desk.find(`.ls-tool-${name}`).click();
  return desk.find(".ls-tool-panel");
};
const count = (name) => desk.find(`.ls-tool-${name} .ls-tool-count`).textContent;
const shows = (...pks) => until(() => desk.pks.join() === pks.join(), `${pks}, not ${desk.pks}`);
const columns = () => desk.store.shownColumns.map(({ name }) => name);

// --- sorting

test("rows are sorted by two columns, the first one first, and the button counts them", async () => {
  const panel = open("sort");
  assert.equal(desk.find(".ls-tool-sort").getAttribute("aria-expanded"), "true");
  desk.press("Sort by one more column", panel);
  desk.fill(panel.querySelector(".ls-sort-column"), "unit");
  await shows("2", "3", "1");
  desk.press("Sort by one more column", panel);
  desk.fill([...panel.querySelectorAll(".ls-sort-column")].at(-1), "price");
  await shows("3", "2", "1");
  assert.equal(count("sort"), "2");
  assert.match(desk.find(".ls-tool-sort").title, /Unit, Price/);
  desk.fill([...panel.querySelectorAll(".ls-sort-direction")].at(-1), "down");
  await shows("2", "3", "1");
});

test("the order of sorts is changed by arrows on the handle, and one goes by its button", async () => {
  const panel = open("sort");
  desk.press("Sort by one more column", panel);
  desk.fill(panel.querySelector(".ls-sort-column"), "unit");
  desk.press("Sort by one more column", panel);
  desk.fill([...panel.querySelectorAll(".ls-sort-column")].at(-1), "name");
  desk.key("ArrowDown", { on: panel.querySelector(".ls-grip") });
  assert.deepEqual(
    desk.store.order.sorts.map(({ column }) => column),
    ["name", "unit"],
  );
  await shows("1", "3", "2");
  panel.querySelector(".ls-remove").click();
  assert.deepEqual(
    desk.store.order.sorts.map(({ column }) => column),
    ["unit"],
  );
  panel.querySelector(".ls-remove").click();
  assert.equal(count("sort"), "");
  assert.equal(panel.querySelector(".ls-tools-none").hidden, false);
});

test("a column that is sorted by already is not offered again", () => {
  const panel = open("sort");
  desk.press("Sort by one more column", panel);
  desk.press("Sort by one more column", panel);
  const [first, second] = [...panel.querySelectorAll(".ls-sort-column")];
  const offered = [...second.options].map(({ value }) => value);
  assert.ok(!offered.includes(first.value));
});

// --- columns

test("a column is hidden by its tick, counted, and all come back by one press", async () => {
  const panel = open("columns");
  const box = () => panel.querySelector('input[data-column="supplier"]');
  desk.fill(box(), false);
  assert.deepEqual(columns(), ["name", "price", "unit", "counted_at"]);
  assert.equal(count("columns"), "1");
  assert.equal(document.activeElement, box());
  desk.press("Show all", panel);
  assert.equal(columns().length, 5);
  assert.equal(count("columns"), "");
});

test("columns are moved by arrows on the handle", () => {
  const panel = open("columns");
  desk.key("ArrowDown", { on: panel.querySelector(".ls-grip") });
  assert.deepEqual(columns().slice(0, 2), ["supplier", "name"]);
  assert.ok(document.activeElement.classList.contains("ls-grip"));
  desk.key("ArrowUp");
  assert.deepEqual(columns().slice(0, 2), ["name", "supplier"]);
});

// --- conditions

test("a condition in words takes effect as it is typed, and stands as a chip", async () => {
  const panel = open("filter");
  desk.fill(panel.querySelector("input"), "n");
  await shows("2", "3");
  assert.equal(count("filter"), "1");
  assert.equal(desk.texts(".ls-filter-chip").length, 1);
  assert.match(desk.texts(".ls-filter-chip")[0], /Name/);
});

test("of two conditions both must hold, or one of them", async () => {
  const panel = open("filter");
  desk.fill(panel.querySelector("input"), "bolt");
  await shows("1");
  desk.press("Add condition", panel);
  const second = () => [...panel.querySelectorAll(".ls-condition")].at(-1);
  desk.fill(second().querySelector(".ls-condition-column"), "price");
  desk.fill(second().querySelector(".ls-filter select"), "lt");
  desk.fill(second().querySelector("input"), "1");
  await shows();
  desk.fill(second().querySelector(".ls-joint"), "or");
  await shows("1", "3");
  assert.equal(panel.querySelectorAll(".ls-either").length, 1);
  second().querySelector(".ls-remove").click();
  await shows("1");
  desk.press("Clear all filters", panel);
  await shows("1", "2", "3");
});

test("a number that cannot be read is marked, and filters nothing", async () => {
  const panel = open("filter");
  desk.fill(panel.querySelector(".ls-condition-column"), "price");
  const input = panel.querySelector("input");
  desk.fill(input, "many");
  await until(() => input.getAttribute("aria-invalid") === "true");
  assert.equal(desk.pks.length, 3);
  desk.fill(input, "2.5");
  await shows("2");
  assert.equal(input.getAttribute("aria-invalid"), "false");
});

test("between two numbers, and what is left open has no end", async () => {
  const panel = open("filter");
  desk.fill(panel.querySelector(".ls-condition-column"), "price");
  desk.fill(panel.querySelector(".ls-filter select"), "range");
  const [from, to] = panel.querySelectorAll("input");
  desk.fill(from, "1");
  await shows("1", "2");
  desk.fill(to, "2");
  await shows("1");
});

test("a date in a filter is written and read as in a cell, or picked in a calendar", async () => {
  desk.store.context.dates = { order: "dmy", sign: ".", typed: "dmy" };
  const panel = open("filter");
  desk.fill(panel.querySelector(".ls-condition-column"), "counted_at");
  desk.fill(panel.querySelector(".ls-filter select"), "gte");
  const input = () => panel.querySelector("input.ls-field");
  desk.fill(input(), "22.11.26 9:15");
  await shows("3");
  const [filter] = desk.sheet.features.find(({ finder }) => finder).current.filters;
  assert.equal(filter.text, "2026-11-22T08:15:00Z");
  for (const wrong of ["31.11.2026 9:15", "2026-02-31T09:15", "soon"]) {
    desk.fill(input(), wrong);
    await until(() => input().getAttribute("aria-invalid") === "true");
    await shows("1", "2", "3");
    desk.fill(input(), "22.11.26 9:15");
    await shows("3");
  }
  desk.fill(panel.querySelector(".ls-calendar"), "2026-11-23");
  assert.equal(input().value, "23.11.2026 9:15");
  await shows();
});

test("empty or not needs nothing to be typed", async () => {
  const panel = open("filter");
  desk.fill(panel.querySelector(".ls-condition-column"), "counted_at");
  desk.fill(panel.querySelector(".ls-filter select"), "filled");
  assert.equal(panel.querySelectorAll(".ls-filter-fields input").length, 0);
  await shows("3");
  desk.fill(panel.querySelector(".ls-filter select"), "empty");
  await shows("1", "2");
});

test("one of several values by ticks, or none of them", async () => {
  const panel = open("filter");
  desk.fill(panel.querySelector(".ls-condition-column"), "supplier");
  const box = () => panel.querySelector('input[data-key="9"]');
  desk.fill(panel.querySelector(".ls-filter select"), "in");
  desk.fill(box(), true);
  await shows("2");
  desk.fill(panel.querySelector(".ls-filter select"), "out");
  desk.fill(box(), true);
  await shows("1", "3");
});

const asked = () => desk.frames("ask").filter(({ about }) => about === "recent");

test("whole rows by when they were changed are asked of the server, for each span", async () => {
  desk.server.answers.recent = ({ seconds }) => ({
    pks: seconds > 3_600 ? ["1", "2"] : ["2"],
    all: false,
  });
  const panel = open("filter");
  desk.fill(panel.querySelector(".ls-condition-column"), "");
  await shows("2");
  desk.fill(panel.querySelector(".ls-since"), "86400");
  await shows("1", "2");
  desk.fill(panel.querySelector(".ls-since"), "3600");
  await shows("2"); // asked anew: what was so an hour ago need not be so now
  assert.deepEqual(
    asked().map(({ query }) => query.seconds),
    [3_600, 86_400, 3_600],
  );
  desk.server.colleague("3", "name", "Nail 2");
  // No row comes or goes under the user's hands.
  await until(() => desk.store.order.strays === 1);
  desk.press("Refresh", desk.find(".ls-chips"));
  await shows("2", "3");
});

test("when a row was changed is one of two conditions, or says a colour", async () => {
  desk.server.answers.recent = () => ({ pks: ["2"], all: false });
  const panel = open("filter");
  desk.fill(panel.querySelector("input"), "bolt");
  desk.press("Add condition", panel);
  const second = () => [...panel.querySelectorAll(".ls-condition")].at(-1);
  desk.fill(second().querySelector(".ls-condition-column"), "");
  desk.fill(second().querySelector(".ls-joint"), "or");
  await shows("1", "2");
  desk.press("Clear all filters", panel);
  await shows("1", "2", "3");
  const colours = open("colour");
  desk.fill(colours.querySelector(".ls-condition-column"), "");
  const { finder } = desk.sheet.features.find((one) => one.finder);
  await until(
    () => ["1", "2"].map((pk) => Boolean(finder.colourOf(pk, "name"))).join() === "false,true",
  );
});

test("a log that cannot be asked is told of, and the others are not hidden for ever", async () => {
  const panel = open("filter");
  desk.fill(panel.querySelector(".ls-condition-column"), "");
  await until(
    () =>
      /recent/i.test(desk.find(".ls-message").textContent) || desk.find(".ls-message").textContent,
  );
  desk.press("Clear all filters", panel);
  await shows("1", "2", "3");
});

test("a chip opens its condition, and its cross takes it away", async () => {
  open("filter");
  desk.fill(desk.find(".ls-tool-panel input"), "bolt");
  await shows("1");
  desk.find(".ls-tool-panel").hidePopover();
  const chip = desk.find(".ls-filter-chip");
  chip.querySelector("button").click();
  assert.equal(desk.find(".ls-column-menu input").value, "bolt");
  [...chip.querySelectorAll("button")].at(-1).click();
  await shows("1", "2", "3");
  assert.equal(desk.all(".ls-filter-chip").length, 0);
});

// --- colours and heights

test("cells are coloured by a rule, of which the first that holds counts", async () => {
  const panel = open("colour");
  desk.fill(panel.querySelector("input[type=text], .ls-filter input"), "bolt");
  await until(() => desk.sheet.features.find(({ finder }) => finder).finder.colourOf("1", "name"));
  const of = desk.sheet.features.find(({ finder }) => finder).finder.colourOf;
  assert.equal(of("2", "name"), "");
  assert.equal(of("1", "price"), "");
  assert.equal(count("colour"), "1");
  panel.querySelector(".ls-remove").click();
  assert.equal(of("1", "name"), "");
});

test("rows are as high as is chosen, in the grid that is made for it", async () => {
  const panel = open("height");
  const tall = [...panel.querySelectorAll("input, button")].find(
    (one) => (one.value || one.dataset.height) === "tall",
  );
  tall.click();
  await until(() => desk.host.querySelector('.ls-grid[data-height="tall"]'));
  assert.equal(desk.store.view.height, "tall");
});

// --- at a column's head

const menu = (column, around = desk) => {
  const { finder } = around.sheet.features.find((one) => one.finder);
  finder.onColumnMenu(column, around.find(".ls-bar"));
  return around.find(".ls-column-menu");
};
const act = (box, action) => box.querySelector(`[data-action=${action}]`).click();

test("at a head: sorted, sorted the other way, and no more", async () => {
  act(menu("price"), "sortUp");
  await shows("3", "1", "2");
  act(menu("price"), "sortDown");
  await shows("2", "1", "3");
  act(menu("price"), "sortNone");
  await shows("1", "2", "3");
});

test("at a head: moved, kept in sight, hidden", () => {
  act(menu("supplier"), "moveLeft");
  assert.deepEqual(columns().slice(0, 2), ["supplier", "name"]);
  act(menu("name"), "freeze");
  assert.equal(desk.store.view.frozen, 2);
  act(menu("name"), "freeze");
  assert.equal(desk.store.view.frozen, 0);
  act(menu("name"), "hide");
  assert.ok(!columns().includes("name"));
  assert.equal(menu("supplier").querySelector("[data-action=moveLeft]").disabled, true);
});

test("at a head, the values that stand there with how often, and arrows go through them", async () => {
  const box = menu("unit");
  const values = [...box.querySelectorAll(".ls-value")].map((one) => one.textContent);
  assert.deepEqual(values.toSorted(), ["Kilogram2", "Piece1"]);
  desk.fill(box.querySelector('input[data-key="kg"]'), false);
  await shows("1");
  const before = document.activeElement;
  desk.key("ArrowDown");
  assert.notEqual(document.activeElement, before);
});

test("a list that is pasted ticks what is there and names what is not", () => {
  const many = Array.from({ length: 12 }, (_, n) => [`${n}`, `Part ${n}`, "3", "1.00", "kg", null]);
  desk.server.rows = new Map(many.map((row) => [row[0], row]));
  desk.server.say({ type: "rows", rows: many, reset: true, done: true, cursor: "c5" });
  const box = menu("name");
  desk.fill(box.querySelector("select"), "in");
  const field = box.querySelector("input[type=search]");
  const event = new window.Event("paste", { bubbles: true, cancelable: true });
  event.clipboardData = { getData: () => "Part 3\npart 7\nNo such" };
  field.dispatchEvent(event);
  assert.match(box.querySelector(".ls-outcome").textContent, /2.*1.*No such/);
  assert.deepEqual(desk.pks, ["3", "7"]);
});

// --- sums, searching, views

test("at the foot: how many cells are selected, and what numbers make together", async () => {
  desk.grid.hot.selectCells([[0, 2, 2, 2]]);
  await until(
    () => /4\.10/.test(desk.host.querySelector(".ls-foot")?.textContent ?? ""),
    "the sum",
  );
});

test("a search finds in all columns; Esc empties it, Enter goes to the first", async () => {
  const search = desk.find(".ls-search");
  desk.fill(search, "lindqvist");
  await shows("2");
  assert.equal(desk.find(".ls-count").textContent, "1 of 3 rows");
  desk.key("Enter", { on: search });
  await until(() => desk.grid.hasSelection);
  desk.key("Escape", { on: search });
  await shows("1", "2", "3");
});

test("what is looked for passes over the headings of groups", async () => {
  group(open("group"), "unit");
  await stands(KILO, "2", "3", PIECE, "1");
  assert.match(desk.grid.cell(KILO, "name").textContent, /kg|Kilogram/);
  desk.run("replace");
  const panel = await until(() => desk.host.querySelector(".ls-replace"));
  const [find, put] = panel.querySelectorAll("input:not([type=checkbox])");
  desk.fill(find, "kilogram");
  desk.fill(put, "piece");
  await until(() => panel.querySelector("output").value === "2 found");
  const all = [...panel.querySelectorAll("button")].find((one) => /all/i.test(one.textContent));
  await until(() => !all.disabled);
  all.click();
  await until(() => desk.frames("edit").length);
  assert.deepEqual(
    desk.frames("edit").flatMap(({ cells }) => cells.map(([pk, name]) => `${pk}.${name}`)),
    ["2.unit", "3.unit"],
  );
});

test("a word is replaced in the cells where it stands, one by one or all at once", async () => {
  desk.run("replace");
  const panel = await until(() => desk.host.querySelector(".ls-replace, [class*=ls-replace]"));
  const [find, put] = [...panel.querySelectorAll("input")].filter(
    ({ type }) => type !== "checkbox",
  );
  desk.fill(find, "N");
  desk.fill(put, "M");
  await until(() => /\d/.test(panel.textContent));
  const all = [...panel.querySelectorAll("button")].find((one) => /all/i.test(one.textContent));
  await until(() => !all.disabled);
  all.click();
  await until(() => desk.frames("edit").length);
  await until(() => desk.server.rows.get("2")[1] === "Mut");
});

test("how a sheet is arranged is kept by the server for who is signed in", async () => {
  desk.server.answers.keep_layout = () => ({});
  act(menu("price"), "sortDown");
  const kept = () => desk.frames("ask").filter(({ about }) => about === "keep_layout");
  await until(() => kept().length);
  assert.deepEqual(kept().at(-1).query.layout.sorts, [{ column: "price", descending: true }]);
});

test("a guest finds the sheet arranged as it was left in this browser", async () => {
  const hello = { me: { id: null, name: "", colour: "#000000" } };
  desk.close();
  desk = await Desk.open({ hello });
  act(menu("price"), "sortDown");
  const isKept = () => Object.values(localStorage).some((text) => text.includes("price"));
  await until(isKept);
  desk.close();
  desk = await Desk.open({ hello });
  await shows("2", "1", "3");
  desk.run("resetView");
  await shows("1", "2", "3");
  await until(() => !isKept());
});

// --- groups

const group = (panel, name) => {
  desk.press("Group by a column", panel);
  desk.fill([...panel.querySelectorAll("select.ls-group-column")].at(-1), name);
};
const entries = () => desk.grid?.records.map(({ $pk }) => $pk).join(" ");
const stands = (...keys) => until(() => entries() === keys.join(" "), `${keys}, not ${entries()}`);
const [KILO, PIECE] = ['+group:["kg"]', '+group:["piece"]'];

test("rows are grouped by two columns, which change places; the button counts them", async () => {
  const panel = open("group");
  group(panel, "supplier");
  await stands('+group:["9"]', "2", '+group:["3"]', "1", "3");
  group(panel, "unit");
  const inner = (...values) => `+group:${JSON.stringify(values)}`;
  await stands(
    ...[inner("9"), inner("9", "kg"), "2", inner("3"), inner("3", "kg"), "3"],
    ...[inner("3", "piece"), "1"],
  );
  assert.equal(count("group"), "2");
  desk.key("ArrowDown", { on: panel.querySelector(".ls-grip") });
  assert.deepEqual(
    desk.store.groups.by.map(({ column }) => column),
    ["unit", "supplier"],
  );
  panel.querySelector(".ls-remove").click();
  panel.querySelector(".ls-remove").click();
  await stands("1", "2", "3");
});

test("a subtotal follows what is saved, not what is on its way", async () => {
  const panel = open("group");
  group(panel, "unit");
  await stands(KILO, "2", "3", PIECE, "1");
  const total = () => desk.grid.cell(KILO, "price").textContent;
  assert.match(total(), /2\.60/);
  desk.server.hold();
  desk.edit("2", "price", "9.50");
  await until(() => desk.grid.cell("2", "price").textContent === "9.50");
  desk.server.colleague("3", "price", "1.10"); // counted anew, without what waits
  await until(() => !/2\.60/.test(total()));
  assert.match(total(), /3\.60/);
  desk.server.letGo();
  await until(() => /10\.60/.test(total()), total());
});

test("a closed group is closed at the next visit, and all are opened again", async () => {
  group(open("group"), "unit");
  await stands(KILO, "2", "3", PIECE, "1");
  desk.sheet.stage.fold(KILO);
  await stands(KILO, PIECE, "1");
  const kept = () => desk.frames("ask").filter(({ about }) => about === "keep_layout");
  await until(() => kept().length);
  const { layout } = kept().at(-1).query;
  desk.close();
  desk = new Desk({ answers: { layout: () => ({ layout }) } });
  await stands(KILO, PIECE, "1");
  desk.run("openGroups");
  await stands(KILO, "2", "3", PIECE, "1");
});

test("a group that comes from elsewhere stands at the end, is told, and goes to its place", async () => {
  group(open("group"), "name");
  await until(() => desk.grid.records.length === 6);
  const before = desk.pks.join();
  desk.server.rows.set("7", ["7", "Anvil", "3", "9.00", "kg", null]);
  desk.server.change(["7"], [], [], { 7: "8" });
  await shows(...before.split(","), "7");
  await until(() => /1 row is out of place/.test(desk.host.textContent));
  desk.press("Refresh");
  await shows("7", ...before.split(","));
});

test("a named view and a link hold groups and what is said under each column", async () => {
  const saved = [];
  desk.server.answers.save_view = (query) => {
    saved.push(query);
    return { view: entry({ name: query.name, version: 1 }) };
  };
  const panel = open("group");
  group(panel, "unit");
  desk.fill(panel.querySelector('[aria-label="Total of Price"]'), "most");
  desk.find(".ls-views-button").click();
  desk.find("[data-key=saveAs]").click();
  const question = desk.find(".ls-view-question");
  desk.fill(question.querySelector("input"), "By unit");
  desk.press("Save", question);
  await until(() => saved.length);
  const { layout } = saved[0];
  assert.deepEqual(layout.groups, [{ column: "unit", descending: false }]);
  assert.deepEqual(layout.totals, { price: "most" });
  const link = linkTo("product", desk.sheet.store.view, plainView(), window.location.href);

  desk.close();
  const shared = entry({ id: "v1", shared: true, mine: false, owner: BEA });
  const answers = {
    views: () => ({ views: [shared], can_share: false }),
    view: () => ({ view: shared, layout, left_out: 0 }),
    keep_layout: () => ({}),
  };
  desk = await Desk.open({ answers });
  desk.find(".ls-views-button").click();
  await until(() => desk.host.querySelector("[data-key=v1]"));
  desk.find("[data-key=v1]").click();
  await stands(KILO, "2", "3", PIECE, "1");
  assert.match(desk.cell(KILO, "price").textContent, /2\.50/);

  desk.close();
  window.location.hash = new URL(link).hash;
  desk = new Desk();
  await stands(KILO, "2", "3", PIECE, "1");
  window.location.hash = "";
});

// --- named views

const BEA = { id: "8", name: "Bea", colour: "#2d6cb4" };
const entry = (more) => ({
  ...{ id: "v1", name: "Cheap first", shared: false, mine: true, default: false, version: 1 },
  ...{ owner: null, by: null },
  ...more,
});
const cheap = { sorts: [{ column: "price", descending: false }] };

test("a view is saved by its name, is modified by the next change, and can be had back", async () => {
  const saved = [];
  desk.server.answers.save_view = (query) => {
    saved.push(query);
    return { view: entry({ name: query.name ?? "Cheap first", version: saved.length }) };
  };
  act(menu("price"), "sortUp");
  desk.find(".ls-views-button").click();
  desk.find("[data-key=saveAs]").click();
  const question = desk.find(".ls-view-question");
  desk.fill(question.querySelector("input"), "Cheap first");
  desk.press("Save", question);
  await until(() => desk.find(".ls-view-name").textContent === "Cheap first");
  assert.deepEqual(saved[0].layout.sorts, cheap.sorts);
  assert.equal(desk.host.querySelector(".ls-view-question"), null);
  act(menu("price"), "sortDown");
  await until(() => desk.find(".ls-views-button").classList.contains("ls-modified"));
  desk.press("Discard", desk.find(".ls-chips"));
  await shows("3", "1", "2");
  act(menu("price"), "sortDown");
  desk.press("Save", desk.find(".ls-chips"));
  await until(() => saved.length === 2);
  assert.equal(saved[1].version, 1); // refused where somebody else came before
});

test("a name that the server does not take is said where it is asked for", async () => {
  desk.find(".ls-views-button").click();
  desk.find("[data-key=saveAs]").click();
  const question = desk.find(".ls-view-question");
  desk.fill(question.querySelector("input"), "Taken");
  desk.press("Save", question);
  await until(() => question.querySelector("[role=alert]").textContent === "What is save_view?");
  assert.equal(question.open, true);
});

test("a colleague's shared view is chosen, and what it leaves out is said", async () => {
  desk.close();
  const shared = entry({ shared: true, mine: false, owner: BEA, default: false });
  const answers = {
    views: () => ({ views: [shared], can_share: false }),
    view: () => ({ view: shared, layout: cheap, left_out: 1 }),
    keep_layout: () => ({}),
  };
  desk = await Desk.open({ answers });
  desk.find(".ls-views-button").click();
  await until(() => desk.host.querySelector("[data-key=v1]"));
  assert.match(desk.find("[data-key=v1]").title, /Bea/);
  desk.find("[data-key=v1]").click();
  await shows("3", "1", "2");
  await until(() => /1 condition/.test(desk.find(".ls-chips").textContent));
  desk.find(".ls-views-button").click();
  assert.equal(desk.find("[data-key=v1]").getAttribute("aria-checked"), "true");
  assert.equal(desk.host.querySelector("[data-key=delete]"), null);
});

test("one's own view is deleted only when it is confirmed", async () => {
  desk.close();
  const gone = [];
  const answers = {
    views: () => ({ views: [entry({})], can_share: true }),
    view: () => ({ view: entry({}), layout: cheap, left_out: 0 }),
    keep_layout: () => ({}),
    delete_view: ({ id }) => gone.push(id) && {},
  };
  desk = await Desk.open({ answers });
  desk.find(".ls-views-button").click();
  await until(() => desk.host.querySelector("[data-key=v1]"));
  desk.find("[data-key=v1]").click();
  await shows("3", "1", "2");
  for (const [word, times] of [
    ["Cancel", 0],
    ["Delete", 1],
  ]) {
    desk.find(".ls-views-button").click();
    desk.find("[data-key=delete]").click();
    desk.press(word, desk.find(".ls-question"));
    await until(() => gone.length === times && !desk.host.querySelector(".ls-question"));
  }
  await until(() => desk.find(".ls-view-name").textContent !== "Cheap first");
});
