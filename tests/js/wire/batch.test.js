import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Batch } from "../../../src/livesheet/static/livesheet/wire/batch.js";
import { Outbox } from "../../../src/livesheet/static/livesheet/wire/outbox.js";
import { FakeClock, limits } from "../fakes.js";

const CLIENT = "6f1d2c3b4a5968778695a4b3c2d1e0ff";

let box;
let sent;
let batch;

beforeEach(() => {
  sent = [];
  const handlers = {
    send: (one) => sent.push(structuredClone(one)) > 0,
    current: () => null,
    onDone: (part) => part.batch?.settle(part),
    onAdopted: () => {},
    onCount: () => {},
  };
  box = new Outbox(CLIENT, handlers, new FakeClock());
  box.limits = { ...limits, cells: 10, rows: 4 };
  box.resume();
  batch = new Batch("edit");
});

const paste = (count, more = {}) => {
  batch.total = count;
  box.edit(
    Array.from({ length: count }, (_, pk) => ({
      pk: String(pk),
      column: "price",
      value: "1",
      base: "0",
      batch,
      ...more,
    })),
  );
};
const answer = ({ ref, cells, rows }) => {
  const results = (cells ?? rows).map((_, at) => (rows ? { pk: `${ref}.${at}` } : "saved"));
  box.reply({ ref, ok: true, results, errors: [], settled: true });
};
const sizes = () => sent.map(({ cells, rows }) => (cells ?? rows).length);

test("of many cells two frames are under way, and the next when one is answered", () => {
  paste(35);
  assert.deepEqual(sizes(), [10, 10]);
  answer(sent[0]);
  assert.deepEqual(sizes(), [10, 10, 10]);
  answer(sent[1]);
  answer(sent[2]);
  assert.deepEqual(sizes(), [10, 10, 10, 5]);
  assert.ok(!batch.isOver);
  answer(sent[3]);
  assert.deepEqual([batch.saved, batch.isOver], [35, true]);
});

test("a frame goes out full, however the answers come", () => {
  paste(35);
  const { ref, cells } = sent[0];
  const results = cells.map((_, at) => (at < 3 ? "unchanged" : undefined));
  box.reply({ ref, ok: true, results, errors: [], settled: false });
  assert.deepEqual(sizes(), [10, 10]);
});

test("what is typed meanwhile goes past them", () => {
  paste(35);
  box.edit([{ pk: "99", column: "price", value: "7", base: "0" }]);
  assert.deepEqual(sent.at(-1).cells, [["99", "price", "7", "0"]]);
});

test("stopped, what was not sent is let go, and only that", () => {
  paste(35);
  assert.equal(box.cancel(batch).length, 15);
  assert.equal(box.pending("30", "price"), null);
  assert.ok(box.pending("3", "price"));
  answer(sent[0]);
  answer(sent[1]);
  assert.deepEqual(sizes(), [10, 10]);
  assert.deepEqual([batch.saved, batch.dropped, batch.isOver], [20, 15, true]);
});

test("new rows likewise", () => {
  batch.total = 11;
  const rows = Array.from({ length: 11 }, (_, n) => ({ draft: `+new:${n}`, values: { n }, batch }));
  box.add(rows);
  assert.deepEqual(sizes(), [4, 4]);
  answer(sent[0]);
  assert.deepEqual(sizes(), [4, 4, 3]);
  batch = new Batch("edit");
  box.add(rows.map((row) => ({ ...row, draft: `${row.draft}b`, batch })));
  assert.equal(box.cancel(batch).length, 11);
});

test("refusals are kept with their cells, in order; the others count", () => {
  paste(3);
  const errors = [{ pk: "1", column: "price", code: "invalid", message: "No." }];
  const results = ["saved", { error: 0 }, "unchanged"];
  box.reply({ ref: sent[0].ref, ok: false, results, errors, settled: true });
  assert.deepEqual(
    batch.refused.map(({ pk, column, refusal }) => [pk, column, refusal.message]),
    [["1", "price", "No."]],
  );
  assert.deepEqual([batch.saved, batch.isOver], [2, true]);
});

test("all or nothing is one frame, and waits until all of it is free", () => {
  box.edit([{ pk: "1", column: "price", value: "5", base: "0" }]);
  batch = new Batch("edit", true);
  paste(3);
  assert.equal(sent.length, 1, "one of its cells is still under way");
  answer(sent[0]);
  assert.deepEqual([sent[1].cells.length, sent[1].atomic], [3, true]);
  const errors = ["invalid", "aborted"].map((code) => ({ pk: null, column: null, code }));
  const results = [{ error: 1 }, { error: 0 }, { error: 1 }];
  box.reply({ ref: sent[1].ref, ok: false, results, errors, settled: false });
  assert.deepEqual([batch.saved, batch.refused.length, batch.dropped], [0, 1, 2]);
});

test("a newer request for a cell that waits takes its place", () => {
  paste(35);
  box.edit([{ pk: "34", column: "price", value: "9", base: "1" }]);
  assert.deepEqual(sent.at(-1).cells, [["34", "price", "9", "0"]]);
  assert.equal(batch.dropped, 1);
});
