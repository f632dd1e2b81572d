import assert from "node:assert/strict";
import { test } from "node:test";
import { withStep } from "../../../src/livesheet/static/livesheet/finding/columnmenu.js";
import { linkTo, readLink } from "../../../src/livesheet/static/livesheet/finding/viewlinks.js";
import {
  ordered,
  plainView,
  readView,
  visible,
  withMoved,
  withShown,
} from "../../../src/livesheet/static/livesheet/store/view.js";
import { column } from "../fakes.js";

const COLUMNS = ["a", "b", "c", "d"].map((name) => column(name));
const names = (columns) => columns.map(({ name }) => name).join("");
const shown = (view) => names(visible(COLUMNS, { ...plainView(), ...view }));

test("columns stand in the user's order; one that it does not know stands where the sheet has it", () => {
  assert.equal(shown({ order: ["c", "a"] }), "cdab");
  assert.equal(shown({ order: ["gone", "d", "d", "b"] }), "adbc");
});

test("hidden columns are not shown, but something always is", () => {
  assert.equal(shown({ hidden: ["b", "gone"] }), "acd");
  assert.equal(shown({ hidden: ["a", "b", "c", "d"] }), "abcd");
});

test("a column moves before another, to the end, or a step among those that are shown", () => {
  const plain = plainView();
  assert.equal(names(ordered(COLUMNS, withMoved(plain, COLUMNS, "d", "b"))), "adbc");
  assert.equal(names(ordered(COLUMNS, withMoved(plain, COLUMNS, "a", null))), "bcda");
  assert.equal(withMoved(plain, COLUMNS, "gone", "a"), plain);
  const hidden = { ...plain, hidden: ["b"] };
  assert.equal(names(visible(COLUMNS, withStep(hidden, COLUMNS, "a", 1))), "cad");
  assert.equal(names(visible(COLUMNS, withStep(hidden, COLUMNS, "c", -1))), "cad");
  assert.equal(withStep(plain, COLUMNS, "a", -1), plain);
  assert.equal(withStep(plain, COLUMNS, "d", 1), plain);
});

test("a frozen column that is hidden is frozen no more", () => {
  const frozen = { ...plainView(), frozen: 2 };
  const without = withShown(frozen, COLUMNS, "a", false);
  assert.equal(without.frozen, 1);
  assert.equal(names(visible(COLUMNS, without)), "bcd");
  assert.equal(withShown(without, COLUMNS, "d", false).frozen, 1);
});

test("so many columns can be frozen", () => {
  const frozen = (given) => readView({ frozen: given }).frozen;
  assert.deepEqual([0, 3, 50].map(frozen), [0, 3, 50]);
  assert.deepEqual([-1, 51, 1.5, "3", null, undefined].map(frozen), Array(6).fill(null));
});

test("what comes from outside is taken as far as it makes sense", () => {
  for (const nonsense of [null, undefined, 1, "x", [], { order: 1, filters: {}, sorts: "x" }]) {
    assert.deepEqual(readView(nonsense), plainView());
  }
  const given = {
    order: ["a", 1, null],
    widths: { a: 99999, b: "x", c: Number.NaN },
    frozen: -1,
    sorts: [{ column: "a", descending: "yes" }, { column: 1 }, null],
    filters: [
      { column: "a", kind: "in", values: ["x", 1] },
      { column: "a", kind: "constructor" },
      { column: "a", kind: "contains" },
      { column: "b", kind: "range", from: 5, to: "9", evil: "<b>" },
      null,
    ],
    evil: true,
  };
  assert.deepEqual(readView(given), {
    ...plainView(),
    order: ["a"],
    widths: { a: 2000 },
    sorts: [{ column: "a", descending: false }],
    filters: [
      { column: "a", kind: "in", values: ["x"] },
      { column: "b", kind: "range", from: "", to: "9" },
    ],
  });
});

test("conditions of which one must hold stand together; a lone one stands by itself", () => {
  const one = { column: "a", kind: "empty" };
  const other = { column: "b", kind: "lt", text: "5" };
  const given = {
    height: "tall",
    filters: [
      { any: [one, other, { column: "b", kind: "lt" }] },
      { any: [one, { kind: "evil" }] },
      { any: [] },
      { any: "x" },
      { any: [{ any: [one] }] },
    ],
  };
  const read = readView(given);
  assert.deepEqual(read.filters, [{ any: [one, other] }, one]);
  assert.equal(read.height, "tall");
  assert.equal(readView({ height: "huge" }).height, "regular");
});

test("a rule has a colour of the palette and a condition", () => {
  const when = { column: "a", kind: "empty" };
  const given = [
    { when, colour: "red", of: "row" },
    { when, colour: "green", of: "sheet" },
    { when, colour: "url(x)", of: "row" },
    { when: { column: "a", kind: "contains" }, colour: "red", of: "row" },
    { colour: "red" },
    null,
  ];
  assert.deepEqual(readView({ colours: given }).colours, [
    { when, colour: "red", of: "row" },
    { when, colour: "green", of: "cell" },
  ]);
});

test("a link carries a view, for the sheet it is of", () => {
  const view = {
    ...plainView(),
    hidden: ["b"],
    filters: [{ column: "a", kind: "in", values: ["Süd 🙂"] }],
  };
  const link = linkTo("my sheet", view, plainView(), "https://example.com/x/?y=1#old");
  assert.match(link, /^https:\/\/example\.com\/x\/\?y=1#livesheet=my%20sheet:[\w-]+$/);
  const { hash } = new URL(link);
  assert.deepEqual(readView(readLink(hash, "my sheet")?.held), view);
  assert.equal(readLink(hash, "another"), "foreign");
});

test("a broken link breaks nothing", () => {
  assert.equal(readLink("", "s"), null);
  assert.equal(readLink("#section-2", "s"), null);
  for (const held of ["", "%%%", "e30x!", btoa("[1]"), btoa("null"), btoa("{"), btoa("\xff\xfe")]) {
    assert.equal(readLink(`#livesheet=s:${held}`, "s"), "bad", held);
  }
  assert.equal(readLink("#livesheet=%E0%A4%A:e30", "s"), "bad");
});

test("of groups and totals, what makes sense stays", () => {
  const by = { column: "d", what: "sum" };
  const groups = [
    { column: "a", descending: 1, by, more: true },
    { column: 7 },
    { column: "b", descending: true, by: { column: "d", what: "median" } },
    { column: "c" },
  ];
  const view = readView({ groups, totals: { a: "sum", b: "none", c: "median" } });
  assert.deepEqual(view.groups, [
    { column: "a", descending: false, by },
    { column: "b", descending: true },
  ]);
  assert.deepEqual(view.totals, { a: "sum", b: "none" });
});

test("what came from outside is cut to what a view can hold", () => {
  const many = Array.from({ length: 600 }, (_, n) => `c${n}`);
  const widths = Object.fromEntries(many.map((name) => [name, 100]));
  const totals = Object.fromEntries(many.map((name) => [name, "sum"]));
  const view = readView({ order: many, hidden: many, widths, totals });
  assert.equal(view.order.length, 500);
  assert.equal(view.hidden.length, 500);
  assert.equal(Object.keys(view.widths).length, 500);
  assert.equal(Object.keys(view.totals).length, 500);
});
