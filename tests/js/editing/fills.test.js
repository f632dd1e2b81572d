import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Desk, until } from "../desk.js";

const CAN = { add: true, change: true, delete: true, history: false };
let desk;

afterEach(() => {
  desk.close();
  localStorage.clear();
});

test("by a command, filled down: the first row's value in each row below", async () => {
  desk = await Desk.open({ hello: { can: CAN } });
  const block = { pks: ["1", "2", "3"], columns: ["price"] };
  desk.run("fillDown", { ...desk.at("1", "price"), pks: block.pks, blocks: [block] });
  await until(() => ["2", "3"].every((pk) => desk.server.rows.get(pk)[3] === "1.50"));
  assert.deepEqual(
    desk.frames("edit").flatMap(({ cells }) => cells.map(([pk]) => pk)),
    ["2", "3"],
  );
});

test("by a command, filled to the right: as a value of each column, and only where one may write", async () => {
  desk = await Desk.open({ hello: { can: CAN } });
  const block = { pks: ["1", "2"], columns: ["price", "name"] };
  desk.run("fillRight", { ...desk.at("1", "price"), blocks: [block] });
  await until(() =>
    ["1.50", "2.50"].every((text, at) => desk.server.rows.get(desk.pks[at])[1] === text),
  );
  desk.close();
  desk = await Desk.open({ hello: { can: { ...CAN, change: false } } });
  desk.run("fillRight", { ...desk.at("1", "price"), blocks: [block] });
  assert.deepEqual(desk.frames("edit"), []);
});
