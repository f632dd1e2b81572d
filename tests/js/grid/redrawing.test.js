import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { window } from "../page.js";

const { Pace, Room } = await import("../../../src/livesheet/static/livesheet/grid/redrawing.js");

const real = { ...globalThis };
let frames;
let drawn;
let pace;

beforeEach(() => {
  frames = new Map();
  drawn = 0;
  globalThis.requestAnimationFrame = (run) => {
    frames.set(frames.size + 1, run);
    return frames.size;
  };
  globalThis.cancelAnimationFrame = (at) => frames.delete(at);
  pace = new Pace(() => {
    drawn += 1;
  });
});

afterEach(() => {
  pace.stop();
  Object.assign(globalThis, {
    requestAnimationFrame: real.requestAnimationFrame,
    cancelAnimationFrame: real.cancelAnimationFrame,
    ResizeObserver: real.ResizeObserver,
  });
});

function frame() {
  const waiting = [...frames.values()];
  frames.clear();
  for (const run of waiting) run();
}

test("it draws once in a frame, however often it is asked, and again in the next", () => {
  pace.soon();
  pace.soon();
  assert.equal(drawn, 0);
  frame();
  assert.equal(drawn, 1);
  frame();
  assert.equal(drawn, 1);
  pace.soon();
  frame();
  assert.equal(drawn, 2);
});

test("what has to wait is drawn later, once", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  pace.later();
  context.mock.timers.tick(30);
  pace.later();
  context.mock.timers.tick(30);
  assert.equal(frames.size, 0);
  context.mock.timers.tick(30);
  frame();
  assert.equal(drawn, 1);
});

test("nothing is drawn after the end", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  pace.soon();
  pace.later();
  pace.stop();
  context.mock.timers.tick(1_000);
  pace.soon();
  frame();
  assert.equal(drawn, 0);
});

test("the grid is told of another room, and not of the same one or of none", () => {
  let resized;
  let isGone = false;
  globalThis.ResizeObserver = class {
    constructor(run) {
      resized = run;
    }
    observe(box) {
      this.box = box;
    }
    disconnect() {
      isGone = true;
    }
  };
  const parent = window.document.createElement("div");
  const table = window.document.createElement("div");
  parent.append(table);
  let size = { clientWidth: 300, clientHeight: 200 };
  for (const name of ["clientWidth", "clientHeight"])
    Object.defineProperty(parent, name, { get: () => size[name] });
  const told = [];
  const room = new Room(
    table,
    (run) => run(),
    (now) => told.push(now),
  );
  assert.equal(room.resizing.box, parent);
  assert.deepEqual(room.size, { width: 300, height: 200 });
  const become = (clientWidth, clientHeight) => {
    size = { clientWidth, clientHeight };
    resized();
  };
  become(300, 200);
  become(0, 200); // hidden
  become(300, 0);
  assert.deepEqual(told, []);
  become(300, 250);
  become(350, 250);
  become(350, 250);
  assert.deepEqual(told, [
    { width: 300, height: 250 },
    { width: 350, height: 250 },
  ]);
  room.close();
  assert.equal(isGone, true);
});
