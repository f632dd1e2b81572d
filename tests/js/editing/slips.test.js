import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Desk, until } from "../desk.js";
import { frame } from "../fakes.js";

const CAN = { add: true, change: true, delete: true, history: false };
let desk;

afterEach(() => {
  desk.close();
  localStorage.clear();
});

const slip = (kind) => desk.host.querySelector(`.ls-slip-${kind}`);
const request = (n, at = 0) =>
  desk.pks.slice(0, n).map((pk) => ({
    ...{ pk, column: "price", value: `${at + Number(pk)}.00` },
    ...{ base: desk.store.base(pk, "price"), before: desk.shown(pk, "price") },
  }));
const many = (n) =>
  Array.from({ length: n }, (_, at) => [`${at}`, `Part ${at}`, "3", "1.00", "kg", null]);

test("a row that somebody else deletes says who did, and offers what was being typed", async () => {
  desk = await Desk.open();
  desk.server.say(frame("server.presence"));
  await desk.select("2", "name");
  desk.grid.edit("2", "name", "Half a w");
  await until(() => desk.grid.isEditing);
  desk.server.rows.delete("2");
  desk.server.change([], ["2"], [], { 2: "8" });
  const typed = await until(() => desk.host.querySelector(".ls-typed"));
  assert.equal(typed.textContent, "Half a w");
  assert.match(desk.host.textContent, /Bea/);
});

test("a row that is only looked at says that it is gone", async () => {
  desk = await Desk.open();
  desk.server.say(frame("server.presence"));
  await desk.select("2", "name");
  desk.server.rows.delete("2");
  desk.server.change([], ["2"], [], { 2: "8" });
  await until(() => /Bea.*Nut|Nut.*Bea/.test(desk.host.textContent));
  assert.equal(desk.host.querySelector(".ls-typed"), null);
});

test("a change of many cells shows how far it is, and what came of it", async () => {
  desk = await Desk.open({
    rows: many(1_500),
    hello: { can: CAN },
    refuse: ({ pk }) => (pk === "7" ? { code: "invalid", message: "Not seven." } : null),
  });
  desk.server.hold();
  desk.sheet.outgoing.paste(request(1_500, 2), []);
  await until(() => slip("progress") || desk.all("[class*=ls-slip]").length, "a slip");
  desk.server.letGo();
  await until(() => desk.sheet.outbox.size === 0, "all settled");
  await until(() =>
    desk
      .all("[class*=ls-slip]")
      .some((one) => /1/.test(one.textContent) && /refused|not/i.test(one.textContent)),
  );
  assert.equal(desk.store.marks.get("7", "price").message, "Not seven.");
  assert.equal(desk.server.rows.get("8")[3], "10.00");
});

test("a new row says what it still needs, leads there, and can be let go", async () => {
  desk = await Desk.open({ hello: { can: CAN } });
  desk.find(".ls-add").click();
  const draft = desk.pks.at(-1);
  await desk.select(draft, "price");
  const needed = await until(() => slip("needed"));
  assert.match(needed.textContent, /Name.*Supplier/);
  desk.press("Supplier", needed);
  await until(() => desk.selected[0]?.[0] === "supplier");
  desk.sheet.outgoing.adding.fillIn(draft, "name", "Rivet");
  desk.press("Discard new row", slip("needed"));
  await until(() => desk.pks.length === 3);
  assert.equal(slip("needed"), null);
});

test("a new row that has all it needs is saved by its button", async () => {
  desk = await Desk.open({ hello: { can: CAN } });
  desk.find(".ls-add").click();
  const draft = desk.pks.at(-1);
  await desk.select(draft, "name");
  const { adding } = desk.sheet.outgoing;
  for (const [name, value] of [
    ["name", "Rivet"],
    ["supplier", "3"],
    ["price", "1.00"],
  ])
    adding.fillIn(draft, name, value);
  await desk.select(draft, "price");
  const button = await until(() => slip("needed")?.querySelector(".ls-save-row"));
  button.click();
  await until(() => desk.server.rows.size === 4);
  assert.equal(desk.server.rows.get("101")[1], "Rivet");
});

test("many rows are deleted only when that is confirmed, and come back by undo", async () => {
  desk = await Desk.open({ rows: many(30), hello: { can: CAN } });
  desk.run("delete", { pks: desk.pks.slice(0, 25) });
  const dialog = await until(() => desk.host.querySelector("dialog[open]"));
  assert.match(dialog.textContent, /25/);
  [...dialog.querySelectorAll("button")]
    .find((one) => /cancel|keep/i.test(one.textContent))
    .click();
  assert.equal(desk.pks.length, 30);
  desk.run("delete", { pks: desk.pks.slice(0, 25) });
  const again = await until(() => desk.host.querySelector("dialog[open]"));
  [...again.querySelectorAll("button")].find((one) => /delete/i.test(one.textContent)).click();
  await until(() => desk.server.rows.size === 5);
  desk.find(".ls-undo").click();
  await until(() => desk.server.rows.size === 30);
  await until(() => desk.pks.length === 30);
});

test("by commands: emptied, duplicated, a row put in above", async () => {
  desk = await Desk.open({ hello: { can: CAN } });
  desk.run("clear", {
    ...desk.at("1", "counted_at"),
    blocks: [{ pks: ["3"], columns: ["counted_at"] }],
  });
  await until(() => desk.server.rows.get("3")[5] === null);
  desk.run("duplicate", { ...desk.at("1", "name"), pks: ["1"], blocks: [] });
  await until(() => desk.server.rows.size === 4);
  assert.equal(desk.server.rows.get("101")[1], "Bolt");
  desk.run("insertAbove", desk.at("2", "name"));
  await until(() => desk.pks.length === 5);
  assert.equal(
    desk.pks.indexOf("2") - 1,
    desk.pks.findIndex((pk) => desk.store.drafts.has(pk)),
  );
});

test("what is not sent yet is there when the page is opened again", async () => {
  desk = await Desk.open({ hello: { can: CAN } });
  desk.server.hold();
  desk.edit("1", "name", "Kept");
  await until(() => Object.values(localStorage).some((text) => text.includes("Kept")));
  desk.close();
  desk = await Desk.open({ hello: { can: CAN } });
  await until(() => desk.server.rows.get("1")[1] === "Kept" || /Kept/.test(desk.host.textContent));
});
