/** What `store.inWords` says of a tick in a sentence, wherever there is one. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Desk, until } from "../desk.js";
import { column } from "../fakes.js";

const COLUMNS = [
  column("name", "text", { title: "Name" }),
  column("active", "boolean", { title: "Active", null: true }),
];
const ROWS = [
  ["1", "Bolt", true],
  ["2", "Nut", null],
];
const REFUSED = { code: "invalid", message: "Not this." };

let desk;

afterEach(() => {
  desk.close();
  localStorage.clear();
});

const open = async (refuse, more = {}) => {
  desk = await Desk.open({ rows: ROWS, hello: { columns: COLUMNS }, refuse, ...more });
};
const note = () => until(() => desk.host.querySelector(".ls-note:not([hidden])"));

test("a screen reader is told Yes or No", async () => {
  await open();
  await desk.select("1", "active");
  const said = () => desk.find(".ls-spoken").textContent;
  await until(() => said() === "Active, row 1: Yes", said());
  desk.server.colleague("1", "active", false);
  await desk.select("2", "active");
  await until(() => said() === "Active, row 2: (none)");
  await desk.select("1", "active");
  await until(() => said().startsWith("Active, row 1: No"));
});

test("the note of a refused tick, its cell's title and its field on the card say Yes or No", async () => {
  await open(() => REFUSED);
  await desk.select("1", "active");
  desk.edit("1", "active", false);
  assert.match((await note()).textContent, /You typed: No/);
  await until(() => /You typed: No/.test(desk.cell("1", "active").title));
  desk.run("openRow", desk.at("1", "active"));
  const field = () => desk.find(".ls-card-field[data-column=active]").textContent;
  await until(() => /You typed: No/.test(field()));
});

test("in a conflict both answers are Yes or No, beside the cell and on the card", async () => {
  await open(() => {
    desk.server.colleague("2", "active", false);
    return { code: "conflict", message: "Bea was first.", value: false };
  });
  await desk.select("2", "active");
  desk.edit("2", "active", true);
  const said = (await note()).textContent;
  assert.match(said, /You typed: Yes/);
  assert.match(said, /Now: No/);
  desk.run("openRow", desk.at("2", "active"));
  const field = desk.find(".ls-card-field[data-column=active]");
  assert.match(field.textContent, /Now: No/);
  assert.match(field.textContent, /You typed: Yes/);
});

test("the notice of a row that went with a tick that was not saved says Yes or No", async () => {
  await open(() => ({ code: "gone", message: "This row was deleted." }));
  await desk.select("1", "active");
  desk.server.hold();
  desk.edit("1", "active", false);
  desk.server.change([], ["1"]);
  desk.server.letGo();
  await until(() => desk.texts(".ls-typed").length);
  assert.deepEqual(desk.texts(".ls-typed"), ["No"]);
});

test("a column that the page writes in its own way is told in that", async () => {
  const format = (value) => (value ? "in stock" : "sold out");
  await open(() => REFUSED, { config: { columns: { active: { format } } } });
  await desk.select("1", "active");
  desk.edit("1", "active", false);
  assert.match((await note()).textContent, /You typed: sold out/);
});
