import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Desk, until } from "../desk.js";
import { window } from "../page.js";

let desk;

afterEach(() => {
  desk.close();
  localStorage.clear();
});

test("Esc leads out of the cells to a button, from which Enter leads back", async () => {
  desk = await Desk.open();
  await desk.select("2", "price");
  desk.run("leave", desk.at("2", "price"));
  assert.ok(document.activeElement.classList.contains("ls-exit"));
  assert.equal(desk.grid.hasSelection, false);
  document.activeElement.click();
  await until(() => desk.grid.hasSelection);
  assert.deepEqual(desk.selected, [["price", "2.50"]]);
});

test("the entrance leads to the first cell, and later to the one where the user was last", async () => {
  desk = await Desk.open();
  desk.find(".ls-entry").focus();
  await until(() => desk.grid.hasSelection);
  const name = desk.grid.columns[0].name;
  assert.deepEqual(desk.selected, [[name, desk.store.shown("1", name)]]);
  await desk.select("3", "price");
  desk.run("leave", desk.at("3", "price"));
  desk.find(".ls-entry").focus();
  await until(() => desk.grid.hasSelection);
  assert.deepEqual(desk.selected, [["price", desk.store.shown("3", "price")]]);
});

test("Shift and Tab lead from the way out to the bar, past the entrance", async () => {
  desk = await Desk.open();
  await desk.select("2", "price");
  desk.run("leave", desk.at("2", "price"));
  const key = { key: "Tab", bubbles: true, cancelable: true };
  const tab = new window.KeyboardEvent("keydown", key);
  document.activeElement.dispatchEvent(tab);
  assert.equal(tab.defaultPrevented, false);
  const back = new window.KeyboardEvent("keydown", { ...key, shiftKey: true });
  document.activeElement.dispatchEvent(back);
  assert.ok(back.defaultPrevented);
  assert.equal(document.activeElement, desk.sheet.stage.bar.more);
});
