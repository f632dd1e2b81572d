import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Folded } from "../../../src/livesheet/static/livesheet/store/folded.js";
import { Groups } from "../../../src/livesheet/static/livesheet/store/groups.js";
import { Order } from "../../../src/livesheet/static/livesheet/store/order.js";

let prices;
let order;

beforeEach(() => {
  prices = { 1: 30, 2: 10, 3: 20, 4: null };
  order = new Order(
    (pk) => prices[pk] ?? null,
    (pk, query) => String(prices[pk]).includes(query),
    new Groups({}, new Folded()),
  );
  order.reset(["1", "2", "3", "4"]);
});

test("rows stand as the server gave them", () => {
  assert.deepEqual(order.settle(), ["1", "2", "3", "4"]);
});

test("a header is clicked: ascending, descending, as given; nothing last", () => {
  order.toggleSort("price");
  assert.deepEqual(order.pks, ["2", "3", "1", "4"]);
  order.toggleSort("price");
  assert.deepEqual(order.pks, ["1", "3", "2", "4"]);
  order.toggleSort("price");
  assert.deepEqual(order.sorts, []);
  assert.deepEqual(order.pks, ["1", "2", "3", "4"]);
});

test("a row whose sort key changes is marked, and does not jump", () => {
  order.toggleSort("price");
  prices[2] = 99;
  order.touched("2", ["price"]);
  assert.deepEqual(order.settle(), ["2", "3", "1", "4"]);
  assert.ok(order.misplaced.has("2"));
  order.toggleSort("price");
  assert.deepEqual(order.pks, ["3", "1", "2", "4"], "the next click puts it in order, ascending");
  assert.equal(order.misplaced.size, 0);
});

test("a change in another column moves nothing and marks nothing", () => {
  order.toggleSort("price");
  order.touched("2", ["name"]);
  assert.equal(order.misplaced.size, 0);
});

test("new rows go to the end, once", () => {
  order.toggleSort("price");
  prices[5] = 1;
  order.append(["5", "1"]);
  assert.deepEqual(order.pks, ["2", "3", "1", "4", "5"]);
  assert.ok(order.misplaced.has("5"));
});

test("rows go without leaving a trace", () => {
  order.remove("2");
  order.remove("9");
  assert.deepEqual(order.settle(), ["1", "3", "4"]);
  order.append(["2"]);
  assert.deepEqual(order.settle(), ["1", "3", "4", "2"]);
});

test("a search narrows down, and new rows must match it", () => {
  order.search("0");
  assert.deepEqual(order.pks, ["1", "2", "3"]);
  Object.assign(prices, { 5: 40, 6: 7 });
  order.append(["5", "6"]);
  assert.deepEqual(order.pks, ["1", "2", "3", "5"]);
  order.search("");
  assert.deepEqual(order.pks, ["1", "2", "3", "4", "5", "6"]);
});

test("a draft stands at the end, and becomes a row where it stands", () => {
  order.addDraft("+new:1");
  order.append(["5"]);
  assert.deepEqual(order.pks, ["1", "2", "3", "4", "5", "+new:1"]);
  order.adopt("+new:1", "6");
  assert.deepEqual(order.settle(), ["1", "2", "3", "4", "5", "6"]);
  order.append(["6"]);
  assert.deepEqual(order.settle(), ["1", "2", "3", "4", "5", "6"]);
  assert.equal(order.drafts.size, 0);
});

test("a draft whose row has come already gives way to it", () => {
  order.addDraft("+new:1");
  order.append(["5"]);
  order.adopt("+new:1", "5");
  assert.deepEqual(order.settle(), ["1", "2", "3", "4", "5"]);
});

test("with Shift a further column is added, turned round and taken out", () => {
  order.toggleSort("price");
  order.toggleSort("stock", true);
  assert.deepEqual(
    order.sorts.map(({ column }) => column),
    ["price", "stock"],
  );
  order.toggleSort("price", true);
  assert.deepEqual(order.sorts[0], { column: "price", descending: true });
  order.toggleSort("price", true);
  assert.deepEqual(order.sorts, [{ column: "stock", descending: false }]);
  order.toggleSort("price");
  assert.deepEqual(order.sorts, [{ column: "price", descending: false }]);
});

test("a row that the filters no longer let through stays until it is asked", () => {
  order.passes = (pk) => prices[pk] > 15;
  order.arrange();
  assert.deepEqual(order.pks, ["1", "3"]);
  prices[1] = 5;
  prices[2] = 50;
  order.touched("1", ["price"]);
  order.touched("2", ["price"]);
  assert.deepEqual(order.settle(), ["1", "3"], "neither goes nor comes");
  assert.equal(order.strays, 2);
  prices[1] = 20;
  order.touched("1", ["price"]);
  assert.equal(order.strays, 1, "it is right again");
  order.arrange();
  assert.deepEqual(order.pks, ["1", "2", "3"]);
  assert.equal(order.strays, 0);
});

test("one's own new row is shown, also where the filters would not", () => {
  order.passes = () => false;
  order.arrange();
  order.addDraft("+new:1");
  order.adopt("+new:1", "5");
  order.append(["5", "6"]);
  assert.deepEqual(order.settle(), ["5"]);
  order.touched("5", []);
  assert.ok(order.unmatched.has("5"));
  order.remove("5");
  assert.deepEqual(order.settle(), []);
  assert.equal(order.strays, 0);
});
