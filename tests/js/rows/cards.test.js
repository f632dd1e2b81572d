import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Desk, until } from "../desk.js";
import { column } from "../fakes.js";
import { window } from "../page.js";

const ALL = [
  column("name", "text", { title: "Name", required: true, help: "As on the label" }),
  column("supplier", "related", {
    title: "Supplier",
    related: { model: "shop.supplier", complete: true },
  }),
  column("price", "decimal", { title: "Price", max_digits: 9, decimal_places: 2 }),
  column("active", "boolean", { title: "Active" }),
  column("notes", "longtext", { title: "Notes", blank: true }),
  column("counted", "datetime", { title: "Counted", null: true }),
  column("tags", "related_many", { title: "Tags", related: { model: "shop.tag", complete: true } }),
  column("sku", "text", { title: "SKU", readonly: true }),
  column("day", "date", { title: "Day", null: true }),
  column("opens", "time", { title: "Opens", null: true }),
];
const DAY = "2026-12-24";
const ROWS = [
  ["1", "Bolt", "3", "1.50", true, "", null, ["3"], "B-1", null, null],
  [
    "2",
    "Nut",
    "9",
    "2.50",
    false,
    "two\nlines",
    "2026-11-22T08:15:00Z",
    [],
    "N-2",
    DAY,
    "09:30:00",
  ],
  ["3", "Nail", "3", "0.10", true, "", null, [], "N-3", null, null],
];
const TAGS = { type: "labels", column: "tags", labels: { 3: "New", 9: "Sale" } };

let desk;
let refusal = null;

beforeEach(async () => {
  refusal = null;
  const can = { add: true, change: true, delete: true, history: true };
  desk = await Desk.open({ rows: ROWS, hello: { columns: ALL, can }, refuse: () => refusal });
  desk.server.say(TAGS);
});
afterEach(() => {
  desk.close();
  localStorage.clear();
});

const open = (pk, name = "name") => {
  desk.run("openRow", desk.at(pk, name));
  return desk.find(".ls-card");
};
const field = (name) => desk.find(`.ls-card-field[data-column=${name}]`);
const input = (name) =>
  field(name).querySelector("input:not(.ls-calendar), textarea, [role=checkbox], [role=textbox]");
const title = () => desk.find(".ls-card-title").textContent;
const saved = (pk, at, value) =>
  until(() => desk.server.rows.get(pk)[at] === value, `${desk.server.rows.get(pk)}`);

function leave(name) {
  const from = input(name);
  from.dispatchEvent(
    new window.FocusEvent("focusout", { bubbles: true, relatedTarget: desk.host }),
  );
}

test("a card has every field of the sheet, with its help, and says which row it is", () => {
  open("2");
  assert.equal(title(), "Nut");
  assert.match(desk.find(".ls-card-place").textContent, /2 of 3/);
  assert.deepEqual(
    desk.texts(".ls-card-label"),
    ALL.map((one) => one.title),
  );
  assert.match(field("name").textContent, /As on the label/);
  assert.equal(input("name").getAttribute("aria-required"), "true");
  assert.equal(input("notes").value, "two\nlines");
  assert.equal(input("sku").getAttribute("aria-readonly"), "true");
  assert.match(field("sku").textContent, /N-2/);
});

test("a field that the view hides is there, too, below the others", () => {
  desk.sheet.features.find(({ finder }) => finder).current.change({ hidden: ["price"] });
  open("1");
  assert.equal(desk.texts(".ls-card-label").at(-1), "Price");
  assert.equal(desk.texts(".ls-card-subtitle").length, 1);
});

test("what is typed is saved when the field is left, from what stood there", async () => {
  open("1");
  desk.fill(input("name"), "Screw");
  leave("name");
  await saved("1", 1, "Screw");
  assert.deepEqual(desk.frames("edit")[0].cells, [["1", "name", "Screw", "Bolt"]]);
  assert.equal(title(), "Screw");
});

test("what is the same is no edit", () => {
  open("1");
  desk.fill(input("price"), "1.50");
  leave("price");
  assert.deepEqual(desk.frames("edit"), []);
});

test("a tick is saved as soon as it is pressed", async () => {
  open("1");
  assert.equal(input("active").getAttribute("aria-checked"), "true");
  input("active").click();
  await saved("1", 4, false);
});

test("dates stand in a card as in a cell, and are read alike", async () => {
  desk.store.context.dates = { order: "dmy", sign: ".", typed: "dmy" };
  open("2");
  assert.equal(input("counted").type, "text");
  assert.equal(input("counted").value, "22.11.2026 09:15");
  desk.fill(input("counted"), "3.12.26 10:00");
  leave("counted");
  await until(() => desk.frames("edit").length);
  assert.equal(desk.frames("edit")[0].cells[0][2], "2026-12-03T09:00:00Z");
  assert.deepEqual([input("day").value, input("opens").value], ["24.12.2026", "09:30"]);
  desk.fill(input("opens"), "2:30 pm");
  leave("opens");
  await saved("2", 10, "14:30:00");
});

test("the calendar beside a date changes only the date, and a date alone is saved at once", async () => {
  desk.store.context.dates = { order: "dmy", sign: ".", typed: "dmy" };
  open("2");
  const calendar = (name) => field(name).querySelector(".ls-calendar");
  calendar("counted").click();
  assert.equal(calendar("counted").value, "2026-11-22");
  desk.fill(calendar("counted"), "2027-01-05");
  assert.equal(input("counted").value, "05.01.2027 09:15");
  assert.deepEqual(desk.frames("edit"), []);
  desk.fill(calendar("day"), "2027-01-05");
  await saved("2", 9, "2027-01-05");
  desk.fill(input("day"), "tomorrow");
  calendar("day").click();
  assert.equal(calendar("day").value, "");
});

test("one of a list is found by its letters and taken by Enter", async () => {
  open("1");
  const pick = input("supplier");
  assert.equal(pick.value, "Nordwood AB");
  pick.click();
  assert.equal(pick.getAttribute("aria-expanded"), "true");
  desk.fill(pick, "lind");
  desk.key("ArrowDown", { on: pick });
  desk.key("Enter", { on: pick });
  await saved("1", 2, "9");
  assert.equal(pick.getAttribute("aria-expanded"), "false");
});

test("a list is put away by Esc, and nothing is picked", () => {
  open("1");
  const pick = input("supplier");
  desk.key("ArrowDown", { on: pick, altKey: true });
  assert.equal(pick.getAttribute("aria-expanded"), "true");
  desk.key("Escape", { on: pick });
  assert.equal(pick.getAttribute("aria-expanded"), "false");
  assert.ok(desk.host.querySelector(".ls-card"));
  assert.deepEqual(desk.frames("edit"), []);
});

test("several are picked one after the other and saved together when the field is left", async () => {
  open("1");
  const chips = () => [...field("tags").querySelectorAll(".ls-chip")].map((one) => one.textContent);
  assert.deepEqual(chips(), ["New"]);
  const pick = input("tags");
  pick.focus();
  pick.click();
  desk.fill(pick, "sale");
  desk.key("ArrowDown", { on: pick });
  desk.key("Enter", { on: pick });
  assert.deepEqual(chips(), ["New", "Sale"]);
  desk.key("Backspace", { on: pick });
  assert.deepEqual(chips(), ["New"]);
  field("tags").querySelector(".ls-unpick").click();
  leave("tags");
  await until(() => desk.frames("edit").length === 1);
  assert.deepEqual(desk.frames("edit")[0].cells[0].slice(1, 3), ["tags", []]);
});

test("what a colleague writes is shown, and what is being typed stays, with a word beside it", async () => {
  open("1");
  desk.server.colleague("1", "price", "9.00");
  await until(() => input("price").value === "9.00");
  input("name").focus();
  desk.fill(input("name"), "Mine");
  desk.server.colleague("1", "name", "Theirs");
  await until(() => /Theirs/.test(field("name").querySelector(".ls-card-said").textContent));
  assert.equal(input("name").value, "Mine");
});

test("a refusal stands at its field, with what was typed to be typed again", async () => {
  refusal = { code: "invalid", message: "Not this." };
  open("1");
  desk.fill(input("name"), "Wrong");
  leave("name");
  await until(() => /Not this\./.test(field("name").textContent));
  assert.equal(input("name").getAttribute("aria-invalid"), "true");
  assert.equal(field("name").dataset.state, "refused");
  refusal = null;
  desk.press("Edit again", field("name"));
  assert.equal(input("name").value, "Wrong");
});

test("a conflict shows theirs and mine; mine can be kept", async () => {
  open("1");
  input("name").focus();
  desk.fill(input("name"), "Mine");
  refusal = { code: "conflict", message: "Bea was first.", value: "Theirs" };
  desk.server.colleague("1", "name", "Theirs");
  leave("name");
  await until(() => /Bea was first/.test(field("name").textContent));
  refusal = null;
  desk.press("Keep mine", field("name"));
  await saved("1", 1, "Mine");
});

test("arrows at the head lead to the next row, with what was typed saved", async () => {
  open("1");
  input("name").focus();
  desk.fill(input("name"), "Screw");
  desk.press("Next row");
  assert.equal(title(), "Nut");
  await saved("1", 1, "Screw");
  desk.press("Next row");
  assert.equal(desk.button("Next row").disabled, true);
  desk.press("Previous row");
  assert.equal(title(), "Nut");
});

test("Esc lets go of what was typed, then leads back to the cell", async () => {
  open("1");
  input("name").focus();
  desk.fill(input("name"), "Never");
  desk.key("Escape", { on: input("name") });
  assert.equal(input("name").value, "Bolt");
  desk.key("Escape", { on: input("name") });
  await until(() => !desk.host.querySelector(".ls-card"));
  await until(() => desk.selected.length);
  assert.deepEqual(desk.selected, [["name", "Bolt"]]);
  assert.deepEqual(desk.frames("edit"), []);
});

test("the card goes along with the selection", async () => {
  open("1");
  desk.find(".ls-card").querySelector("button").blur();
  document.activeElement?.blur();
  await desk.select("3", "price");
  await until(() => title() === "Nail");
});

test("a row that somebody deletes takes its card along", async () => {
  open("2");
  desk.server.rows.delete("2");
  desk.server.change([], ["2"]);
  await until(() => !desk.host.querySelector(".ls-card"));
});

test("where the row can be looked at besides is asked of the server", async () => {
  desk.server.answers.addresses = () => ({ page: "/stock/1/", admin: "/admin/shop/1/" });
  open("1");
  await until(() => desk.all(".ls-card-actions a").length === 2);
  assert.deepEqual(
    desk.all(".ls-card-actions a").map((one) => new URL(one.href).pathname),
    ["/stock/1/", "/admin/shop/1/"],
  );
});

test("a new row is filled in on its card, too", async () => {
  desk.find(".ls-add").click();
  const draft = desk.pks.at(-1);
  open(draft);
  assert.equal(title(), "New row");
  desk.fill(input("name"), "Rivet");
  leave("name");
  assert.equal(desk.shown(draft, "name"), "Rivet");
  assert.deepEqual(desk.frames("add"), []);
});

test("who may not change anything looks, and types nothing", async () => {
  desk.close();
  const can = { add: false, change: false, delete: false, history: false };
  desk = await Desk.open({ rows: ROWS, hello: { columns: ALL, can } });
  open("1");
  assert.equal(desk.all(".ls-card-locked").length, ALL.length);
  assert.match(field("active").textContent, /Yes/);
});

// --- ticked rows

const bar = () => desk.find(".ls-slip-ticked");

test("ticks go by key, are counted with those that are not shown, and are taken away", async () => {
  desk.run("tick", { pks: ["1"] });
  assert.match(bar().textContent, /1/);
  assert.ok(desk.find(".livesheet.ls-has-ticks"), "boxes of all rows are shown");
  desk.run("tick", { pks: ["2", "3"] });
  desk.fill(desk.find(".ls-search"), "bolt");
  await until(() => desk.pks.length === 1);
  assert.match(bar().textContent, /3 ticked.*2 not shown/);
  bar().querySelector(".ls-slip-close").click();
  assert.equal(desk.store.ticked.size, 0);
  assert.equal(desk.host.querySelector(".ls-slip-ticked, .ls-has-ticks"), null);
});

test("one value is set in all ticked rows, as one edit that can be taken back", async () => {
  desk.run("tick", { pks: ["1", "2", "3"] });
  const press = [...bar().querySelectorAll("button")].find((one) => /set/i.test(one.textContent));
  press.click();
  const dialog = desk.find(".ls-set-value");
  desk.fill(dialog.querySelector("select"), "price");
  desk.fill(dialog.querySelector(".ls-set-place input"), "5");
  dialog.querySelector("button[value=yes]").click();
  await until(
    () => ["1", "2", "3"].every((pk) => desk.server.rows.get(pk)[3] === "5.00"),
    "all three",
  );
  desk.find(".ls-undo").click();
  await until(() => desk.server.rows.get("2")[3] === "2.50");
});

test("a dialog that is cancelled sets nothing", () => {
  desk.run("tick", { pks: ["1"] });
  [...bar().querySelectorAll("button")].find((one) => /set/i.test(one.textContent)).click();
  const dialog = desk.find(".ls-set-value");
  desk.fill(dialog.querySelector("select"), "name");
  desk.fill(dialog.querySelector(".ls-set-place input"), "Never");
  dialog.querySelector("button[value=no]").click();
  assert.deepEqual(desk.frames("edit"), []);
  assert.equal(desk.host.querySelector(".ls-set-value"), null);
});

test("all between two ticks are ticked with Shift; a row that goes is ticked no more", async () => {
  const { tick } = Object.getPrototypeOf(desk.sheet.features.find((one) => one.tick));
  const feature = desk.sheet.features.find((one) => one.tick);
  tick.call(feature, "1", false);
  tick.call(feature, "3", true);
  assert.deepEqual([...desk.store.ticked].toSorted(), ["1", "2", "3"]);
  desk.server.rows.delete("2");
  desk.server.change([], ["2"]);
  await until(() => desk.store.ticked.size === 2);
});

test("a single ticked row is told as one, copied and duplicated", async () => {
  desk.run("tick", { pks: ["2"] });
  const copied = new Map();
  document.execCommand = (name) => {
    const event = new window.Event(name, { bubbles: true, cancelable: true });
    event.clipboardData = { setData: (type, text) => copied.set(type, text) };
    document.body.dispatchEvent(event);
  };
  desk.press("Copy", bar());
  delete document.execCommand;
  assert.match(copied.get("text/plain"), /^Nut\t/);
  await until(() => desk.notices.some((text) => /^1 row copied/.test(text)));
  desk.press("Set a value", bar());
  const dialog = desk.find(".ls-set-value");
  assert.equal(dialog.querySelector("button[value=yes]").textContent, "Set in 1 row");
  desk.press("Cancel", dialog);
  desk.press("Duplicate", bar());
  await until(() => desk.server.rows.size === 4);
  assert.equal([...desk.server.rows.values()].at(-1)[1], "Nut");
});

test("ticked rows are deleted together, after a question where they are many", async () => {
  desk.run("tick", { pks: ["1", "3"] });
  [...bar().querySelectorAll("button")].find((one) => /delete/i.test(one.textContent)).click();
  const question = desk.host.querySelector("dialog[open]");
  if (question)
    [...question.querySelectorAll("button")].find((one) => /delete/i.test(one.textContent)).click();
  await until(() => desk.server.rows.size === 1);
  await until(() => desk.pks.length === 1);
  desk.find(".ls-undo").click();
  await until(() => desk.server.rows.size === 3);
});
