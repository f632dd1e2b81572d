import assert from "node:assert/strict";
import { test } from "node:test";
import { window } from "../page.js";

const { keepInDialog, keepInWindow, menuItems } = await import(
  "../../../src/livesheet/static/livesheet/grid/menu.js"
);

const { document } = window;
const command = (name, group, more = {}) => ({ name, group, text: () => name, ...more });
const list = (...commands) => ({ offered: (where) => (where === "context" ? commands : []) });
const placed = (box, rect) => {
  box.getBoundingClientRect = () => rect;
  return box;
};

test("a rule stands between groups, and not before the first", () => {
  const { items } = menuItems(list(command("a", "x"), command("b", "x"), command("c", "y")));
  assert.deepEqual(Object.keys(items), ["ls_a", "ls_b", "ls_rule_y", "ls_c"]);
  assert.equal(typeof items.ls_rule_y, "string");
});

test("an entry tells of the cells where the menu was opened, and runs its command there", () => {
  const target = { pks: ["1"] };
  const picked = [];
  const del = command("del", "x", {
    text: ({ pks }) => `Delete ${pks.length}`,
    isEnabled: ({ pks }) => pks.length > 1,
  });
  const { items } = menuItems(
    list(del, command("open", "x")),
    () => target,
    (one) => picked.push(one.name),
  );
  assert.equal(items.ls_del.name(), "Delete 1");
  assert.equal(items.ls_del.disabled(), true);
  assert.equal(items.ls_open.disabled(), false);
  items.ls_open.callback();
  assert.deepEqual(picked, ["open"]);
});

test("without commands there is no menu", () => {
  assert.equal(menuItems(list()), false);
});

test("in a modal dialog the menu stands inside it, where it was", () => {
  const dialog = document.createElement("dialog");
  const root = document.createElement("div");
  dialog.append(root);
  const box = document.createElement("div");
  document.body.append(dialog, box);
  box.style.left = "40px";
  box.style.top = "50px";
  // Inside of the dialog, the same numbers are another place.
  box.getBoundingClientRect = () =>
    dialog.contains(box) ? { left: 70, top: 90 } : { left: 40, top: 50 };
  keepInDialog(box, root);
  assert.equal(box.parentElement, dialog);
  assert.deepEqual([box.style.left, box.style.top], ["10px", "10px"]);
  keepInDialog(box, root); // is there already
  assert.deepEqual([box.style.left, box.style.top], ["10px", "10px"]);
});

test("outside of a dialog the menu stays at the end of the page", () => {
  const [box, root] = [document.createElement("div"), document.createElement("div")];
  document.body.append(root, box);
  keepInDialog(box, root);
  keepInDialog(null, root);
  assert.equal(box.parentElement, document.body);
});

test("a menu that does not fit is moved into the window, or made to scroll", () => {
  const height = document.documentElement.clientHeight;
  const box = document.createElement("div");
  const moved = (top, bottom) => {
    keepInWindow(placed(box, { top, bottom, height: bottom - top }));
    return [box.style.translate, box.classList.contains("ls-tall")];
  };
  assert.deepEqual(moved(20, 120), ["", false]);
  assert.deepEqual(moved(height - 100, height + 12), ["0 -20px", false]);
  assert.deepEqual(moved(-30, 100), ["0 38px", false]);
  assert.deepEqual(moved(8, height - 8), ["", false]); // exactly as high as there is room
  assert.equal(moved(8, height - 7)[1], true);
  keepInWindow(null);
});
