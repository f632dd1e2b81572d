import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { Margin } from "../../../src/livesheet/static/livesheet/grid/smooth.js";
import { Desk, until } from "../desk.js";
import { column } from "../fakes.js";
import { window } from "../page.js";

const COUNT = 150;
const ROW = 30;
const ROWS = Array.from({ length: COUNT }, (_, at) => [String(at + 1), `Row ${at}`]);

let desk;
/** The first and last row of each drawing. */
let drawn = [];
before(async () => {
  desk = await Desk.open({ rows: ROWS, hello: { columns: [column("name", "text")] } });
  desk.grid.hot.addHook("afterViewportRowCalculatorOverride", ({ startRow, endRow }) => {
    drawn.push([startRow, endRow]);
  });
});
beforeEach(() => {
  scroll(-COUNT);
  drawn = [];
});
after(() => {
  if (!desk.sheet.stage.destroyed) desk.close();
});

/** What happens when the user scrolls by so many rows in one frame. Here nothing really scrolls. */
function scroll(rows) {
  const holder = desk.grid.element.querySelector(".ht_master .wtHolder");
  const { wt } = desk.grid.hot.view;
  wt.wtOverlays.topOverlay.mainTableScrollableElement = holder;
  holder.scrollTop = Math.max(0, holder.scrollTop + rows * ROW);
  const stop = (event) => event.stopPropagation();
  holder.parentElement.addEventListener("scroll", stop, { capture: true, once: true });
  holder.dispatchEvent(new window.Event("scroll"));
  wt.draw(true);
}

const table = () => desk.grid.element.closest(".ls-table");

test("rows are drawn ahead, so that most steps of a scroll draw nothing", () => {
  for (let step = 0; step < 24; step += 1) scroll(2);
  assert.ok(drawn.length > 1 && drawn.length <= 4, `${drawn.length} of 24 steps`);
  assert.ok(desk.grid.cell("60", "name"), "what is in sight is there");
});

test("they are drawn on the side where the user is going", () => {
  scroll(40);
  drawn = [];
  scroll(3);
  scroll(-5);
  const [down, up] = drawn;
  const inSight = [43, 38];
  assert.ok(inSight[0] - down[0] <= 2, "few behind");
  assert.ok(inSight[1] - up[0] >= 6, "more ahead");
});

test("a fast scroll draws only what is in sight", () => {
  scroll(3);
  for (let step = 0; step < 6; step += 1) scroll(10);
  const sizes = drawn.map(([from, to]) => to - from);
  assert.ok(sizes[0] >= sizes.at(-1) + 15, String(sizes));
});

test("no row is drawn beyond the first or the last one", () => {
  scroll(COUNT - 25);
  scroll(-COUNT);
  assert.ok(drawn.length > 1);
  for (const [from, to] of drawn) assert.ok(from >= 0 && to < COUNT, `${from} to ${to}`);
});

test("a grid that is drawn again where it is has the same rows", () => {
  const margin = new Margin();
  const at = (startRow) => {
    const span = { startRow, endRow: startRow + 20 };
    margin.widen(span, COUNT);
    return span;
  };
  assert.deepEqual(at(50), at(50));
});

test("a site that has chosen how many rows are drawn gets as many", () => {
  desk.grid.hot.updateSettings({ viewportRowRenderingOffset: 12 });
  drawn = [];
  scroll(100);
  assert.deepEqual(drawn, [[100 - 12, drawn[0][1]]]);
  desk.grid.hot.updateSettings({ viewportRowRenderingOffset: 0 });
});

test("flashes stand still while the user scrolls, and go on afterwards", async () => {
  await until(() => !table().classList.contains("ls-moving"));
  scroll(2);
  assert.ok(table().classList.contains("ls-moving"));
  await until(() => !table().classList.contains("ls-moving"));
});

test("a sheet that is closed in the middle of a scroll leaves no timer", () => {
  scroll(2);
  const element = table();
  desk.close();
  assert.ok(!element.classList.contains("ls-moving"));
});
