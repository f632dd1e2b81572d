import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Desk } from "../desk.js";
import { column } from "../fakes.js";
import { window } from "../page.js";

const COLUMNS = [
  column("name", "text", { title: "Name" }),
  column("active", "boolean", { title: "Active" }),
  column("code", "text", { title: "Code", readonly: true }),
];
const ROWS = [
  ["1", "Bolt", true, "a"],
  ["2", "Nut", false, "b"],
];

let desk;
beforeEach(async () => {
  desk = await Desk.open({ rows: ROWS, hello: { columns: COLUMNS } });
});
afterEach(() => desk.close());

/** The cells and row headers whose class becomes another one while the grid draws everything. */
function reclassed() {
  const watcher = new window.MutationObserver(() => {});
  const what = { attributeFilter: ["class"], attributeOldValue: true, subtree: true };
  watcher.observe(desk.grid.element, what);
  desk.grid.hot.render();
  const changes = watcher.takeRecords();
  watcher.disconnect();
  return [...desk.grid.element.querySelectorAll("tbody :is(td, th)")].filter((one) => {
    const of = changes.filter(({ target }) => target === one);
    const classes = [...of.map(({ oldValue }) => oldValue), one.getAttribute("class")];
    return new Set(classes).size > 1;
  });
}

test("a cell that is drawn again as it was has its class set by nobody", () => {
  assert.equal(reclassed().length, 0);
});

test("a class that somebody else has set goes when the element is drawn for another row", () => {
  const td = desk.grid.cell("1", "name");
  td.classList.add("somebodys");
  assert.equal(reclassed().length, 1);
  assert.doesNotMatch(td.className, /somebodys/);
  assert.match(td.className, /ls-cell/);
});

test("a cell that may be changed now does not stay read-only", () => {
  const td = desk.grid.cell("1", "code");
  assert.match(td.className, /livesheet-readonly/);
  desk.grid.columnOf("code").readonly = false;
  desk.grid.hot.render();
  assert.doesNotMatch(td.className, /livesheet-readonly/);
});

test("what a project places in its cells has its place there", () => {
  const { store, grid } = desk;
  const paint = (td) => td.append(document.createElement("i"));
  const { custom } = store;
  store.custom = (name) => (name === "name" ? { paint } : custom.call(store, name));
  grid.hot.render();
  assert.equal(grid.cell("1", "name").style.position, "relative");
  assert.equal(grid.cell("1", "code").style.position, "");
});
