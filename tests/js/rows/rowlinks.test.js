import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { linkToRow, readRowLink } from "../../../src/livesheet/static/livesheet/rows/rowlinks.js";
import { Desk, until } from "../desk.js";

let desk;

afterEach(() => {
  desk?.close();
  desk = undefined;
  location.hash = "";
  localStorage.clear();
});

/** The page that a link leads to. */
const visit = async (spot) => {
  location.hash = new URL(linkToRow("product", spot, location.href)).hash;
  desk ??= await Desk.open();
};

test("a link names a row, or a cell, of one sheet", () => {
  for (const spot of [
    { pk: "41", column: null },
    { pk: "a:b/c#d é", column: "stock" },
  ]) {
    const link = linkToRow("prod:uct", spot, "https://shop.example/desk/?a=1#livesheet=x:y");
    assert.ok(link.startsWith("https://shop.example/desk/?a=1#livesheet-row="));
    assert.deepEqual(readRowLink(new URL(link).hash, "prod:uct"), spot);
    assert.equal(readRowLink(new URL(link).hash, "other"), null);
  }
});

test("what names no row leads nowhere", () => {
  for (const hash of [
    "",
    "#livesheet=p:e30",
    "#livesheet-row=p",
    "#livesheet-row=p:",
    "#livesheet-row=p:%",
  ])
    assert.equal(readRowLink(hash, "p"), null);
});

test("a link to a cell opens the sheet right there", async () => {
  await visit({ pk: "3", column: "price" });
  await until(() => desk.grid.hasSelection);
  assert.deepEqual(desk.selected, [["price", "0.10"]]);
  assert.deepEqual(desk.notices, []);
});

test("a link to a row that is gone says so", async () => {
  await visit({ pk: "77", column: null });
  await until(() => desk.notices.some((text) => /deleted or that you may not see/.test(text)));
  assert.equal(desk.grid.hasSelection, false);
});

test("a link to a row that a filter hides says so, and opens its card", async () => {
  desk = await Desk.open();
  const finding = desk.sheet.features.find(({ current }) => current);
  finding.current.change({ filters: [{ column: "name", kind: "contains", text: "Nut" }] });
  await visit({ pk: "1", column: null });
  await until(() => desk.notices.some((text) => /“Bolt”, which your filters hide/.test(text)));
  desk.press("Open row", desk.find(".ls-notices"));
  await until(() => /Bolt/.test(desk.find(".ls-card-title").textContent));
});
