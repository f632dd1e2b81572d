import assert from "node:assert/strict";
import { test } from "node:test";
import { Rows } from "../../../src/livesheet/static/livesheet/store/rows.js";
import { frame } from "../fakes.js";

function filled() {
  const rows = new Rows();
  rows.describe(frame("server.hello").columns);
  for (const row of frame("server.rows").rows) rows.merge(row);
  return rows;
}

test("a snapshot is read in hello's order of columns", () => {
  const rows = filled();
  assert.equal(rows.value("41", "name"), "Oak table");
  assert.equal(rows.value("41", "price"), "12.00");
  assert.equal(rows.value("42", "counted_at"), null);
  assert.equal(rows.value("42", "nonsense"), undefined);
  assert.equal(rows.value("9", "name"), undefined);
});

test("merging tells which columns are others now", () => {
  const rows = filled();
  const [row] = frame("server.change").rows;
  assert.deepEqual(rows.merge(row), { pk: "41", added: false, columns: ["price"] });
  assert.equal(rows.value("41", "price"), "12.50");
  assert.deepEqual(rows.merge(row), { pk: "41", added: false, columns: [] });
});

test("a row that was not there is added", () => {
  const rows = filled();
  assert.deepEqual(rows.merge(["58", "New"]), { pk: "58", added: true, columns: [] });
  assert.ok(rows.has("58"));
  assert.ok(rows.remove("58"));
  assert.ok(!rows.has("58"));
});

test("values are compared by type: true is not 1, lists by what is in them", () => {
  const rows = new Rows();
  rows.describe([{ name: "a" }, { name: "b" }]);
  rows.merge(["1", true, ["3", "4"]]);
  assert.deepEqual(rows.merge(["1", 1, ["3", "4"]]).columns, ["a"]);
  assert.deepEqual(rows.merge(["1", 1, ["3"]]).columns, ["b"]);
});

test("labels are kept by column and renamed", () => {
  const rows = filled();
  const { column, labels } = frame("server.labels");
  rows.addLabels(column, labels);
  rows.addLabels(column, { 9: "Lindqvist AB" });
  assert.equal(rows.labels(column).get("3"), "Nordwood AB");
  assert.equal(rows.labels(column).get("9"), "Lindqvist AB");
  assert.equal(rows.labels("name").size, 0);
});

const limits = (have, bytes = 65_536) => ({ have, frame_bytes: bytes });

test("have is run-length coded where pks are integers, as in the open frame", () => {
  const rows = new Rows();
  const wanted = frame("client.open").have;
  for (let pk = 40; pk > 0; pk -= 1) rows.merge([String(pk)]);
  for (const pk of ["57", "A-17", "55", "56"]) rows.merge([pk]);
  assert.deepEqual(rows.have(limits(100)), wanted);
});

test("integers that a number cannot hold, or that are written otherwise, stay strings", () => {
  const rows = new Rows();
  for (const pk of ["9007199254740993", "007", "-1", "1"]) rows.merge([pk]);
  assert.deepEqual(rows.have(limits(10)), [["1", 1], "9007199254740993", "007", "-1"]);
});

test("more rows than the server wants to hear of: nothing, which asks for a snapshot", () => {
  const rows = new Rows();
  for (const pk of ["1", "2", "3"]) rows.merge([pk]);
  assert.equal(rows.have(limits(2)), null);
  assert.deepEqual(rows.have(limits(3)), [["1", 3]]);
});

test("keys that fill more than a frame: nothing, for such a frame would never be taken", () => {
  const rows = new Rows();
  for (let n = 0; n < 2_000; n += 1) rows.merge([crypto.randomUUID()]);
  assert.equal(rows.have(limits(10_000)), null);
  assert.equal(rows.have(limits(10_000, 100_000)).length, 2_000);
});
