import assert from "node:assert/strict";
import { test } from "node:test";
import "../page.js";

const { paintHeading } = await import("../../../src/livesheet/static/livesheet/grid/headings.js");

const HOW = { room: 300, fold: "Close Kilogram" };
const looks = (count, isOpen) => ({ label: "Kilogram", level: 1, isOpen, count, title: "" });

test("a heading that is painted anew keeps its button, which somebody may be pressing", () => {
  const td = document.createElement("td");
  paintHeading(td, looks("3", true), { name: "Sum", text: "7" }, HOW);
  const button = td.querySelector(".ls-fold");
  paintHeading(td, looks("2", false), { name: "Sum", text: "" }, { ...HOW, fold: "Open Kilogram" });
  assert.equal(td.querySelector(".ls-fold"), button);
  assert.equal(button.getAttribute("aria-label"), "Open Kilogram");
  assert.equal(button.hasAttribute("data-ls-open"), false);
  assert.equal(td.textContent, "Kilogram2");
});

test("a cell of a row that becomes a heading has nothing of the row left, and none of the heading later", () => {
  const td = document.createElement("td");
  td.textContent = "Flour";
  paintHeading(td, looks("3", true), { name: "", text: "" }, HOW);
  assert.equal(td.textContent, "Kilogram3");
  paintHeading(td, null, { name: "Sum", text: "7" }, HOW);
  assert.equal(td.querySelector(".ls-fold"), null);
  assert.equal(td.textContent, "Sum7");
});
