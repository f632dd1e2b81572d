import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../../../src/livesheet/static/livesheet/store/drafts.js";
import { column, frame } from "../fakes.js";

const { columns } = frame("server.hello");

test("a draft can be sent once what the server requires is there", () => {
  const drafts = new Drafts();
  const draft = drafts.create();
  const missing = () => drafts.missing(draft, columns).map(({ name }) => name);
  assert.deepEqual(missing(), ["name", "supplier", "price"]);
  drafts.set(draft, "name", "Oak table");
  drafts.set(draft, "supplier", "3");
  drafts.set(draft, "price", "");
  assert.deepEqual(missing(), ["price"]);
  drafts.set(draft, "price", "349.00");
  assert.deepEqual(missing(), []);
  const [row] = frame("client.add").rows;
  assert.deepEqual(drafts.values(draft), { name: row.name, supplier: "3", price: row.price });
});

test("false and 0 are values; a read-only column is nobody's to fill in", () => {
  const drafts = new Drafts();
  const draft = drafts.create({ a: false, b: 0 });
  const required = { required: true };
  const all = [
    column("a", "boolean", required),
    column("b", "integer", required),
    column("c", "text", { ...required, readonly: true }),
  ];
  assert.deepEqual(drafts.missing(draft, all), []);
});

test("its name is no pk, and gives way to one", () => {
  const drafts = new Drafts();
  const draft = drafts.create({ name: "Oak table" });
  assert.ok(drafts.isDraft(draft));
  assert.ok(!drafts.isDraft("58"));
  drafts.rename(draft, "58");
  assert.equal(drafts.values("58").name, "Oak table");
  assert.ok(!drafts.has(draft));
});

test("what was filled in for the user is not touched yet, and is sent all the same", () => {
  const drafts = new Drafts();
  const draft = drafts.create({}, { unit: "kg" });
  assert.ok(drafts.isUntouched(draft));
  drafts.set(draft, "unit", "piece");
  assert.ok(!drafts.isUntouched(draft));
  drafts.set(draft, "unit", "kg");
  drafts.set(draft, "name", "Salt");
  assert.ok(!drafts.isUntouched(draft));
  assert.deepEqual(drafts.values(draft), { name: "Salt", unit: "kg" });
});
