/**
 * A page without a browser: jsdom's, with the real grid in it and a server of a few lines behind it.
 * To be imported before any module of the widget, some of which look at the page when they are read.
 * Nothing is laid out here, so every element is said to be as large as a sheet; where things stand,
 * and what keys do in a real editor, is for the browser tests.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { runInThisContext } from "node:vm";
import { JSDOM, VirtualConsole } from "jsdom";
import { FakeLine } from "./fakes.js";

const BOX = { Width: 1000, Height: 600 };
const URL_HERE = "https://shop.example/stock/";
const GRID = createRequire(import.meta.url).resolve("handsontable/dist/handsontable.full.min.js");

/** An error in a listener is a failure of the test that is running. */
const told = new VirtualConsole().on("jsdomError", (error) => {
  queueMicrotask(() => {
    throw error.cause ?? error;
  });
});
const dom = new JSDOM("<!doctype html><html lang=en><body></body></html>", {
  url: URL_HERE,
  pretendToBeVisual: true,
  virtualConsole: told,
});
export const { window } = dom;

class Watcher {
  observe() {}
  unobserve() {}
  disconnect() {}
}

/** Rows and cells are as high as the grid makes them by default. */
const CELL = { Width: 100, Height: 24 };
for (const side of ["Width", "Height"])
  for (const name of [`client${side}`, `offset${side}`])
    Object.defineProperty(window.HTMLElement.prototype, name, {
      configurable: true,
      get() {
        return /^(T[RDH]|THEAD)$/.test(this.tagName) ? CELL[side] : BOX[side];
      },
    });
Object.defineProperty(window.HTMLElement.prototype, "offsetParent", {
  get() {
    return this.isConnected && !this.closest("[hidden]") ? this.parentElement : null;
  },
});

/** What jsdom has not: popovers and modal dialogs, by the events that tell of them. */
const opened = new WeakSet();

/** @param {HTMLElement} box @param {boolean} isOpen */
function toggle(box, isOpen) {
  const [oldState, newState] = isOpen ? ["closed", "open"] : ["open", "closed"];
  const told = (name) => Object.assign(new window.Event(name), { oldState, newState });
  if (opened.has(box) === isOpen) return;
  box.dispatchEvent(told("beforetoggle"));
  opened[isOpen ? "add" : "delete"](box);
  box.dispatchEvent(told("toggle"));
}

const { matches } = window.Element.prototype;
Object.assign(window.Element.prototype, {
  matches(selector) {
    return /^:(popover-open|modal)$/.test(selector)
      ? opened.has(this)
      : matches.call(this, selector);
  },
});
Object.assign(window.HTMLElement.prototype, {
  scrollIntoView() {},
  showPopover() {
    toggle(this, true);
  },
  hidePopover() {
    toggle(this, false);
  },
});
Object.assign(window.HTMLDialogElement.prototype, {
  show() {
    this.open = true;
  },
  showModal() {
    this.open = true;
    opened.add(this);
  },
  close(value) {
    if (!this.open) return;
    if (value !== undefined) this.returnValue = value;
    this.open = false;
    opened.delete(this);
    this.dispatchEvent(new window.Event("close"));
  },
});
/** A button in a form of a dialog closes it, and its value is the answer. */
window.document.addEventListener("submit", (event) => {
  if (event.target.method !== "dialog") return;
  event.preventDefault();
  event.target.closest("dialog").close(event.submitter?.value ?? "");
});
window.document.addEventListener("click", (event) => {
  event.target.closest?.("button")?.popoverTargetElement?.showPopover();
});
Object.assign(window, {
  CSS: { escape: (text) => text.replace(/[^\w-]/g, (sign) => `\\${sign}`) },
  ResizeObserver: Watcher,
  IntersectionObserver: Watcher,
  matchMedia: (media) => Object.assign(new window.EventTarget(), { media, matches: false }),
  scrollTo() {},
  focus() {},
  print() {},
});

const OURS = /^(Event|EventTarget|CustomEvent|AbortController|AbortSignal|navigator)$/;
for (const name of Object.getOwnPropertyNames(window)) {
  if (name in globalThis && !OURS.test(name)) continue;
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get: () => window[name],
    set: (value) => {
      window[name] = value;
    },
  });
}
window.WebSocket = FakeLine;

/** As the page's own script element would. */
runInThisContext(readFileSync(GRID, "utf8"), { filename: GRID });
globalThis.Handsontable = window.Handsontable;

/**
 * Looks again until it holds, or says what did not.
 * @template T
 * @param {() => T} look
 * @param {string} [what]
 * @returns {Promise<T>}
 */
export async function until(look, what = String(look)) {
  const end = performance.now() + 5_000;
  for (;;) {
    const found = look();
    if (found) return found;
    assert.ok(performance.now() < end, `never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
