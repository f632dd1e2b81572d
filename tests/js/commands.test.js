import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Commands, keyNames, NOTHING } from "../../src/livesheet/static/livesheet/commands.js";
import { Desk } from "./desk.js";
import { modules, STATIC } from "./fakes.js";

const press = (key, more = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...more,
});

const command = (name, more) => ({
  name,
  text: () => name,
  where: "context",
  group: "cell",
  run: () => {},
  ...more,
});

test("no two commands want the same keys", () => {
  const owners = new Map();
  for (const name of modules) {
    const source = readFileSync(new URL(name, STATIC), "utf8");
    for (const [, list] of source.matchAll(/keys: \[([^\]]+)\]/g))
      for (const [, keys] of list.matchAll(/"([^"]+)"/g))
        owners.set(keys, [...(owners.get(keys) ?? []), name]);
  }
  assert.ok(owners.size > 15);
  // Esc leads out of what is open, and only then out of the cells; where the panel of find and
  // replace is open, Ctrl+G goes on to the next, and otherwise to a row.
  assert.deepEqual(
    [...owners].filter(([keys, names]) => !["escape", "mod+g"].includes(keys) && names.length > 1),
    [],
  );
});

test("cut, copy and paste come first in the menu of a cell, then the row, and its past later", async () => {
  const can = { add: true, change: true, delete: true, history: true };
  const desk = await Desk.open({ hello: { can } });
  const offered = desk.sheet.commands.offered("context").map(({ name }) => name);
  assert.deepEqual(offered.slice(0, 11), [
    ...["cut", "copy", "paste", "clear", "openRow", "tick"],
    ...["insertAbove", "insertBelow", "duplicate", "add", "delete"],
  ]);
  assert.deepEqual(offered.slice(11, 17), [
    ...["undo", "redo", "history-cell", "history-row", "copyCellLink", "copyRowLink"],
  ]);
  assert.equal(desk.sheet.commands.offered("menu")[0].name, "undo");
  desk.close();
});

test("keys mean a command, with Ctrl or Cmd, and a sign also where it needs Shift", () => {
  const commands = new Commands();
  commands.add([
    command("undo", { keys: ["mod+z"] }),
    command("redo", { keys: ["mod+shift+z", "mod+y"] }),
    command("help", { keys: ["?"] }),
    command("never", { keys: ["mod+k"], isOffered: () => false }),
    command("not now", { keys: ["f6"], isEnabled: () => false }),
  ]);
  const found = (...event) => commands.of(press(...event), NOTHING)?.name ?? null;
  assert.equal(found("z", { ctrlKey: true }), "undo");
  assert.equal(found("z", { metaKey: true }), "undo");
  assert.equal(found("Z", { ctrlKey: true, shiftKey: true }), "redo");
  assert.equal(found("?", { shiftKey: true }), "help");
  assert.equal(found("z"), null);
  assert.equal(found("k", { ctrlKey: true }), null);
  assert.equal(found("F6"), null);
});

test("menus get what is offered there, group by group", () => {
  const commands = new Commands();
  commands.add([
    command("last", { group: "help", where: "both" }),
    command("first", { group: "undo" }),
    command("elsewhere", { where: "menu" }),
    command("hidden", { isOffered: () => false }),
  ]);
  const names = (where) => commands.offered(where).map(({ name }) => name);
  assert.deepEqual(names("context"), ["first", "last"]);
  assert.deepEqual(names("menu"), ["elsewhere", "last"]);
});

test("keys are named as they stand on the keyboard", () => {
  assert.deepEqual(keyNames("mod+shift+z").slice(1), ["Shift", "Z"]);
  assert.deepEqual(keyNames("mod+alt++").slice(1), ["Alt", "+"]);
  assert.deepEqual(keyNames("alt+arrowdown"), ["Alt", "↓"]);
});
