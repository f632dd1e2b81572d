import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { window } from "../page.js";

const { reorderable } = await import(
  "../../../src/livesheet/static/livesheet/finding/listpanels.js"
);

const { document } = window;
const HEIGHT = 20;
let list;
let moves;

beforeEach(() => {
  list = document.createElement("ul");
  for (const name of ["a", "b", "c"]) {
    const item = document.createElement("li");
    item.textContent = name;
    const grip = document.createElement("button");
    grip.className = "ls-grip";
    item.append(grip);
    item.getBoundingClientRect = () => ({
      top: [...list.children].indexOf(item) * HEIGHT,
      height: HEIGHT,
    });
    list.append(item);
  }
  document.body.replaceChildren(list);
  moves = [];
  reorderable(list, (from, to) => moves.push([from, to]));
});

const grip = (at) => list.children[at].querySelector(".ls-grip");
const order = () => [...list.children].map((item) => item.textContent).join("");
const key = (at, name) => {
  const event = new window.KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true });
  grip(at).dispatchEvent(event);
  return event.defaultPrevented;
};
const point = (type, target, more = {}) =>
  target.dispatchEvent(new window.MouseEvent(type, { bubbles: true, cancelable: true, ...more }));

test("arrow keys on the handle move one place, and not beyond an end", () => {
  assert.equal(key(1, "ArrowUp"), true);
  assert.equal(document.activeElement, grip(0));
  key(1, "ArrowDown");
  key(0, "ArrowUp");
  key(2, "ArrowDown");
  assert.equal(key(1, "Enter"), false);
  assert.deepEqual(moves, [
    [1, 0],
    [1, 2],
  ]);
});

test("keys beside the handle are not meant for it", () => {
  const event = new window.KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true });
  list.children[1].dispatchEvent(event);
  assert.deepEqual(moves, []);
});

test("an item is dragged by its handle to where it is let go", () => {
  point("pointerdown", grip(0), { button: 0 });
  const [item] = list.children;
  assert.equal(item.classList.contains("ls-held"), true);
  point("pointermove", document, { clientY: 35 });
  assert.equal(order(), "bac");
  point("pointermove", document, { clientY: 200 });
  assert.equal(order(), "bca");
  assert.deepEqual(moves, []);
  point("pointerup", document);
  assert.deepEqual(moves, [[0, 2]]);
  assert.equal(item.classList.contains("ls-held"), false);
  point("pointermove", document, { clientY: 0 });
  assert.equal(order(), "bca");
});

test("what ends where it began has not moved, nor what another button presses", () => {
  point("pointerdown", grip(1), { button: 0 });
  point("pointermove", document, { clientY: 25 });
  point("pointercancel", document);
  point("pointerdown", grip(0), { button: 2 });
  point("pointermove", document, { clientY: 200 });
  point("pointerup", document);
  assert.equal(order(), "abc");
  assert.deepEqual(moves, []);
});
