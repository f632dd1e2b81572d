import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { window } from "../page.js";

const { fullscreen } = await import("../../../src/livesheet/static/livesheet/stage/fullscreen.js");

const { document } = window;
const page = document.documentElement;
let feature;
let asked = [];

/** What a browser does; `isAllowed`: whether the page may go into full screen. */
function open(isAllowed) {
  asked = [];
  document.fullscreenElement = null;
  const become = (element) => {
    document.fullscreenElement = element;
    document.dispatchEvent(new window.Event("fullscreenchange"));
  };
  page.requestFullscreen = async () => {
    asked.push("enter");
    if (!isAllowed) throw new Error("not allowed");
    become(page);
  };
  document.exitFullscreen = async () => {
    asked.push("leave");
    become(null);
  };
  const root = document.createElement("div");
  feature = fullscreen({ stage: { root } });
  const isCovered = () => [
    root.classList.contains("ls-full"),
    page.classList.contains("ls-covered"),
  ];
  return { isCovered, toggle: () => feature.runs.fullscreen(), become };
}

afterEach(() => feature.close());

test("the sheet covers the page, which goes into full screen, and back", () => {
  const { isCovered, toggle } = open(true);
  toggle();
  assert.deepEqual(isCovered(), [true, true]);
  toggle();
  assert.deepEqual(isCovered(), [false, false]);
  assert.deepEqual(asked, ["enter", "leave"]);
});

test("where the page may not, the sheet fills the window", async () => {
  const { isCovered, toggle } = open(false);
  toggle();
  await Promise.resolve();
  assert.deepEqual(isCovered(), [true, true]);
  toggle();
  assert.deepEqual(isCovered(), [false, false]);
  assert.deepEqual(asked, ["enter"]);
});

test("who leaves full screen by the browser's own key has the page as it was", () => {
  const { isCovered, toggle, become } = open(true);
  toggle();
  become(page); // told again, and still in it
  assert.deepEqual(isCovered(), [true, true]);
  become(null);
  assert.deepEqual(isCovered(), [false, false]);
});

test("a sheet that goes leaves full screen, and listens no more", () => {
  const { isCovered, toggle, become } = open(true);
  toggle();
  feature.close();
  assert.deepEqual(isCovered(), [false, false]);
  assert.deepEqual(asked, ["enter", "leave"]);
  toggle();
  become(null);
  assert.deepEqual(isCovered(), [true, true]);
});
