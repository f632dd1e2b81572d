import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { mount, until } from "./desk.js";
import { FakeLine } from "./fakes.js";

const CONFIG = { sheet: "product", path: "/ws/sheet/product/", handsontable: {} };

afterEach(async () => {
  document.body.replaceChildren();
  await new Promise((resolve) => queueMicrotask(resolve));
});

function put(config) {
  const tag = document.createElement("live-sheet");
  const script = document.createElement("script");
  script.type = "application/json";
  script.textContent = JSON.stringify(config);
  tag.append(script);
  document.body.append(tag);
  return tag;
}

test("the element mounts a sheet from the config in it, and takes it down with itself", async () => {
  const before = FakeLine.made.length;
  const tag = put(CONFIG);
  assert.equal(FakeLine.made.length, before + 1);
  assert.match(FakeLine.made.at(-1).url, /^wss:\/\/shop\.example\/ws\/sheet\/product\/\?/);
  assert.ok(tag.querySelector(".livesheet"));
  tag.remove();
  await until(() => tag.sheet === null);
  assert.equal(FakeLine.made.at(-1).closed, true);
});

test("an element that is moved within the page keeps its sheet and its line", async () => {
  const tag = put(CONFIG);
  const { sheet } = tag;
  const other = document.createElement("main");
  document.body.append(other);
  other.append(tag);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(tag.sheet, sheet);
  assert.equal(FakeLine.made.at(-1).closed, false);
});

test("an element without a config is left alone", () => {
  const before = FakeLine.made.length;
  document.body.append(document.createElement("live-sheet"));
  assert.equal(FakeLine.made.length, before);
});

test("a style that came with the first sheet stays when that is swapped out", () => {
  const link = document.createElement("link");
  link.dataset.livesheet = "";
  document.body.append(link);
  put(CONFIG);
  document.body.replaceChildren();
  assert.ok(document.head.querySelector("link[data-livesheet]"));
});

test("a style that came with the first sheet is moved, and stands after the grid's", () => {
  document.head.querySelector("link[data-livesheet]")?.remove();
  const link = document.createElement("link");
  link.dataset.livesheet = "";
  document.body.append(link);
  put({ ...CONFIG, handsontable: { ...CONFIG.handsontable, css: "/grid-of-its-own.css" } });
  const kept = document.head.querySelector("link[data-livesheet]");
  assert.ok(link.isConnected, "until the other is loaded");
  kept.dispatchEvent(new Event("load"));
  assert.ok(!link.isConnected);
  const links = [...document.head.querySelectorAll("link")];
  const grids = links.findIndex(({ href }) => href.endsWith("/grid-of-its-own.css"));
  assert.ok(grids >= 0 && grids < links.indexOf(kept));
});

test("a sheet can be mounted on any element, and a language and a zone go with the line", () => {
  const host = document.createElement("div");
  document.body.append(host);
  const sheet = mount(host, { ...CONFIG, language: "de", zone: "Europe/Berlin" });
  const { searchParams } = new URL(FakeLine.made.at(-1).url);
  assert.equal(searchParams.get("page-language"), "de");
  assert.equal(searchParams.get("page-zone"), "Europe/Berlin");
  assert.equal(host.querySelector(".livesheet").lang, "de");
  sheet.destroy();
});
