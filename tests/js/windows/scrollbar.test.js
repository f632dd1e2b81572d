import "../page.js";
import assert from "node:assert/strict";
import test from "node:test";
import { FakeClock, STATIC } from "../fakes.js";

const { ScrollBar } = await import(new URL("windows/scrollbar.js", STATIC));
const { TEXTS } = await import(new URL("texts.js", STATIC));

const TRACK = 532;
const THUMB = 32;
const settled = () => new Promise((resolve) => setImmediate(resolve));

/**
 * A bar that is 532 pixels high, with a thumb of 32, over a million rows of which 20 are in sight,
 * and 10,000 on the page.
 */
function shown(more = {}) {
  const clock = new FakeClock();
  const went = [];
  const state = { isFree: true, waits: [], ...more };
  const host = {
    go: (place) => {
      went.push(place);
      return new Promise((resolve) => state.waits.push(resolve));
    },
    isHere: (place) => Math.abs(place - bar.extent.first) < 1_000,
    begin: () => state.isFree,
    isFree: () => state.isFree,
    textOf: (place) => `Row ${place}`,
  };
  const bar = new ScrollBar(TEXTS, host, clock);
  document.body.append(bar.element);
  bar.element.getBoundingClientRect = () => ({ top: 100, bottom: 100 + TRACK, height: TRACK });
  bar.thumb.getBoundingClientRect = () => {
    const at = Number(bar.element.style.getPropertyValue("--ls-scroll-at"));
    const top = 100 + at * (TRACK - THUMB);
    return { top, bottom: top + THUMB, height: THUMB };
  };
  const extent = { count: 1_000_000, isExact: true, first: 0, rows: 20 };
  bar.show(extent);
  const pointer = (type, clientY, init = {}) =>
    bar.element.dispatchEvent(
      new window.MouseEvent(type, { clientY, bubbles: true, cancelable: true, ...init }),
    );
  const press = (key, init = {}) => {
    const event = new window.KeyboardEvent("keydown", { key, cancelable: true, ...init });
    bar.element.dispatchEvent(event);
    return event.defaultPrevented;
  };
  /** The page has come that was gone to last. */
  const arrive = async () => {
    bar.show({ ...extent, first: went.at(-1) });
    for (const resolve of state.waits.splice(0)) resolve();
    await settled();
  };
  const aria = (name) => bar.element.getAttribute(`aria-${name}`);
  return { bar, clock, went, state, extent, pointer, press, arrive, aria };
}

test("it says where in all the rows one is", () => {
  const { bar, aria, extent } = shown();
  bar.show({ ...extent, first: 731_449 });
  assert.equal(bar.element.getAttribute("role"), "scrollbar");
  assert.equal(aria("orientation"), "vertical");
  assert.equal(aria("valuemin"), "1");
  assert.equal(aria("valuenow"), "731450");
  assert.equal(aria("valuemax"), "999981");
  assert.equal(aria("valuetext"), "731,450 of 1,000,000");
  bar.show({ ...extent, count: 2_000, isExact: false });
  assert.equal(aria("valuetext"), "1 of more than 2,000");
  const grid = document.createElement("div");
  bar.control(grid);
  assert.equal(aria("controls"), grid.id);
});

test("it stands only where there is more than what is in sight", () => {
  const { bar, extent } = shown();
  assert.equal(bar.element.hidden, false);
  bar.show({ ...extent, count: 20 });
  assert.equal(bar.element.hidden, true);
});

test("a drag goes to where the thumb is let go", async () => {
  const { bar, went, pointer, arrive, aria } = shown();
  pointer("pointerdown", 110);
  assert.equal(bar.bubble.hidden, false);
  pointer("pointermove", 110 + 0.73 * (TRACK - THUMB));
  assert.equal(aria("valuenow"), String(Math.round(0.73 * 999_980) + 1));
  assert.equal(bar.bubble.textContent, "729,986 of 1,000,000Row 729985");
  pointer("pointerup", 110 + 0.73 * (TRACK - THUMB));
  assert.equal(bar.bubble.hidden, true);
  assert.equal(went.at(-1), 729_985);
  assert.equal(aria("valuenow"), "729986", "it stays there while the rows are on their way");
  await arrive();
  assert.equal(aria("valuenow"), "729986");
});

test("a drag asks for few of the places that it passes", async () => {
  const { clock, went, pointer, arrive } = shown();
  pointer("pointerdown", 100);
  for (let y = 110; y < 510; y += 1) {
    pointer("pointermove", y);
    clock.advance(5);
    await arrive();
  }
  const seconds = (400 * 5) / 1000;
  assert.ok(went.length <= 2 + (seconds * 1000) / 150, `${went.length} in ${seconds} s`);
  assert.ok(went.length >= 8, "it shows something on the way");
});

test("a drag waits for one page before it asks for the next, but not for ever", async () => {
  const { clock, went, pointer, state } = shown();
  pointer("pointerdown", 100);
  for (let y = 200; y < 240; y += 1) {
    pointer("pointermove", y);
    clock.advance(10);
  }
  assert.equal(went.length, 1);
  clock.advance(600);
  assert.equal(went.length, 2);
  pointer("pointermove", 400);
  pointer("pointerup", 400);
  assert.equal(went.length, 3, "the last one waits for nothing");
  for (const resolve of state.waits) resolve();
  await settled();
  assert.equal(went.length, 3);
});

test("a place that is on its way is not asked for again when the thumb is let go", () => {
  const { went, pointer } = shown();
  pointer("pointerdown", 110);
  pointer("pointermove", 400);
  pointer("pointerup", 400);
  assert.equal(went.length, 1);
});

test("within the page each step is gone to at once", async () => {
  const { went, press, arrive } = shown();
  for (let at = 0; at < 5; at += 1) {
    press("ArrowDown");
    await arrive();
  }
  assert.deepEqual(went, [1, 2, 3, 4, 5]);
});

test("it has the keys of a scroll bar, and no others", async () => {
  const { clock, went, press, arrive } = shown();
  for (const key of ["End", "PageUp", "ArrowUp", "Home", "PageDown"]) {
    assert.equal(press(key), true);
    clock.advance(150);
    await arrive();
  }
  assert.deepEqual(went, [999_980, 999_961, 999_960, 0, 19]);
  assert.equal(press("a"), false);
  assert.equal(press("Home", { ctrlKey: true }), false);
});

test("a press beside the thumb is a screen, and again while it is held", async () => {
  const { clock, went, pointer, arrive } = shown();
  pointer("pointerdown", 600);
  await arrive();
  clock.advance(400);
  await arrive();
  clock.advance(120);
  await arrive();
  pointer("pointerup", 600);
  clock.advance(1_000);
  assert.deepEqual(went, [19, 38, 57]);
  pointer("pointerdown", 100 + TRACK / 2, { shiftKey: true });
  assert.equal(went.at(-1), 499_990, "with Shift, to the place itself");
});

test("a wheel moves rows, and keeps what is less than one", async () => {
  const { bar, went, arrive } = shown();
  const turn = (deltaY, deltaMode = 0) =>
    bar.element.dispatchEvent(new window.WheelEvent("wheel", { deltaY, deltaMode }));
  turn(36);
  await arrive();
  turn(36);
  await arrive();
  turn(3, 1);
  assert.deepEqual(went, [1, 3, 6]);
});

test("nothing moves while an editor is open", () => {
  const { bar, went, pointer, press } = shown({ isFree: false });
  pointer("pointerdown", 300);
  pointer("pointermove", 500);
  press("End");
  bar.element.dispatchEvent(new window.WheelEvent("wheel", { deltaY: 500 }));
  assert.deepEqual(went, []);
});

test("other rows in sight move the thumb, but not under the hand that holds it", () => {
  const { bar, clock, pointer, extent, aria } = shown();
  bar.show({ ...extent, first: 500 });
  assert.equal(aria("valuenow"), "501");
  pointer("pointerdown", 110);
  pointer("pointermove", 360);
  const held = aria("valuenow");
  bar.show({ ...extent, first: 700 });
  assert.equal(aria("valuenow"), held);
  bar.close();
  clock.advance(5_000);
  assert.equal(bar.element.isConnected, false);
});

test("a thumb that is held stays there as more rows become known", () => {
  const { bar, pointer, extent, aria } = shown();
  bar.show({ ...extent, count: 10_000, isExact: false });
  pointer("pointerdown", 110);
  pointer("pointermove", 110 + (TRACK - THUMB) / 2);
  assert.equal(aria("valuenow"), "4991");
  bar.show({ ...extent, count: 1_000_000, isExact: false });
  assert.equal(aria("valuenow"), "499991");
});

test("the end is the last row, also where it is not known yet which one that is", () => {
  const { bar, went, press, extent } = shown();
  bar.show({ ...extent, count: 10_000, isExact: false });
  press("End");
  assert.ok(went.at(-1) > 1_000_000_000, String(went));
});
