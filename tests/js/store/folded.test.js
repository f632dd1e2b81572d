import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Folded } from "../../../src/livesheet/static/livesheet/store/folded.js";
import { FakeStorage } from "../fakes.js";

let storage;

beforeEach(() => {
  storage = new FakeStorage();
});

const folded = (path = "/ws/sheet/task/", ...columns) => {
  const made = new Folded(path, () => storage);
  made.begin(columns.length ? columns : ["state"]);
  return made;
};

test("what was closed is closed at the next visit, by sheet and by what it is grouped by", () => {
  const one = folded();
  one.toggle("+group:secret");
  one.toggle("+group:open");
  one.toggle("+group:open");
  const next = folded();
  assert.deepEqual(
    ["+group:secret", "+group:open"].map((key) => next.has(key)),
    [true, false],
  );
  assert.equal(folded("/ws/sheet/task/?project=7").size, 0);
  assert.equal(folded("/ws/sheet/task/", "state", "owner").size, 0);
  next.open(["+group:secret"]);
  assert.equal(folded().size, 0);
});

test("no value lies about in the browser", () => {
  folded().set(["+group:secret"]);
  assert.ok(!JSON.stringify([...storage.items]).includes("secret"));
  assert.deepEqual([...storage.items.keys()], ["livesheet:closed"], "kept by former versions");
});

test("what was closed longest ago is forgotten first, so that it does not grow for ever", () => {
  for (let n = 0; n < 60; n++) folded(`/ws/sheet/${n}/`).set(["a"]);
  assert.equal(folded("/ws/sheet/0/").size, 0);
  assert.equal(folded("/ws/sheet/59/").size, 1);
  folded().set(Array.from({ length: 2000 }, (_, n) => `g${n}`));
  assert.equal(folded().size, 1000);
});

test("where nothing may be kept, it holds as long as the page", () => {
  const one = new Folded("/ws/sheet/task/", () => {
    throw new Error("forbidden");
  });
  one.begin(["state"]);
  one.toggle("a");
  assert.equal(one.has("a"), true);
  storage.setItem("livesheet:closed", '[["/ws/sheet/task/"], 7, "x"]');
  assert.equal(folded().size, 0);
});

test("sheets are kept beside each other, and without a path nothing is kept", () => {
  folded("/ws/sheet/task/").set(["a"]);
  folded("/ws/sheet/order/").set(["b", "c"]);
  folded("/ws/sheet/task/").set(["a", "d", "e"]);
  assert.equal(folded("/ws/sheet/order/").size, 2);
  assert.equal(folded("/ws/sheet/task/").size, 3);
  const before = JSON.stringify([...storage.items]);
  folded("").set(["a"]);
  assert.equal(JSON.stringify([...storage.items]), before);
});
