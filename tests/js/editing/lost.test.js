import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Desk, until } from "../desk.js";
import { window } from "../page.js";

let desk;

beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

function remove(pk) {
  desk.server.rows.delete(pk);
  desk.server.change([], [pk]);
}

async function begin(pk) {
  await desk.select(pk, "name");
  desk.grid.edit(pk, "name");
  await until(() => desk.grid.isEditing);
}

function type(text) {
  const { TEXTAREA } = desk.grid.hot.getActiveEditor();
  TEXTAREA.value = text;
  TEXTAREA.dispatchEvent(new window.Event("input", { bubbles: true }));
}

const said = async (text) => {
  await until(() => desk.notices.length === 1, "a notice");
  assert.ok(desk.notices[0].includes(text), desk.notices[0]);
};

test("a removed row that was only looked at is told, without a text to copy", async () => {
  await desk.select("1", "name");
  remove("1");
  await said("the row you were in, is no longer there.");
  assert.equal(desk.all(".ls-typed").length, 0);
});

test("an editor in which nothing was typed holds nothing that could be lost", async () => {
  await begin("1");
  remove("1");
  await said("the row you were in, is no longer there.");
  assert.equal(desk.all(".ls-typed").length, 0);
  desk.grid.hot.getActiveEditor().finishEditing(true);
});

test("what was typed into a removed row is offered for copying", async () => {
  await begin("1");
  type("a long thought");
  remove("1");
  await said("What you typed there was not saved:");
  assert.equal(desk.find(".ls-typed").textContent, "a long thought");
  desk.grid.hot.getActiveEditor().finishEditing(true);
});

test("a removed row in which the user is not is nobody's news", async () => {
  await desk.select("2", "name");
  remove("1");
  await until(() => desk.grid.records.length === 2);
  assert.deepEqual(desk.notices, []);
});
