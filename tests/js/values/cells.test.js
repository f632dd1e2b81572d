import assert from "node:assert/strict";
import { test } from "node:test";
import {
  format,
  options,
  parse,
  sortKey,
} from "../../../src/livesheet/static/livesheet/values/cells.js";
import { emptyValue } from "../../../src/livesheet/static/livesheet/values/kinds.js";
import { column, frame } from "../fakes.js";

const texts = new Map(Object.entries(frame("server.labels").labels));
const context = { zone: "Europe/Berlin", decimalComma: false, labels: () => texts };
const columns = new Map(frame("server.hello").columns.map((one) => [one.name, one]));

test("text is text, with its blanks", () => {
  assert.equal(format(columns.get("name"), "Oak table", context), "Oak table");
  assert.equal(parse(columns.get("name"), " Oak ", context), " Oak ");
});

test("decimals and big integers stay strings, exactly", () => {
  const price = columns.get("price");
  assert.equal(format(price, "12.3000", context), "12.3000");
  assert.equal(parse(price, "12.30", context), "12.30");
  assert.equal(parse(price, "0.1234567890123456789", context), "0.1234567890123456789");
  assert.equal(parse(column("n", "integer"), "9007199254740993", context), "9007199254740993");
});

test("integers and floats are numbers on the wire", () => {
  assert.equal(parse(column("n", "integer"), " 42 ", context), 42);
  assert.equal(parse(column("n", "integer"), "-1,000", context), -1000);
  assert.equal(parse(column("n", "float"), "1.5e3", context), 1500);
});

test("what is not understood goes to the server as it is", () => {
  assert.equal(parse(columns.get("price"), "abc", context), "abc");
  assert.equal(parse(column("n", "integer"), "4.2", context), "4.2");
  assert.equal(parse(column("d", "date"), "soon", context), "soon");
  assert.deepEqual(parse(columns.get("supplier"), "Nobody", context), { $text: "Nobody" });
  assert.equal(parse(column("b", "boolean"), "perhaps", context), "perhaps");
  assert.deepEqual(parse(column("j", "json"), "{", context), { $text: "{" });
});

test("a choice shows its label and stores its value", () => {
  const unit = columns.get("unit");
  assert.equal(format(unit, "kg", context), "Kilogram");
  assert.equal(parse(unit, "kilogram", context), "kg");
  assert.equal(parse(unit, "kg", context), "kg");
  assert.equal(format(unit, "gone", context), "gone");
  const numbers = column("n", "choice", { choices: [[1, "One"]] });
  assert.equal(parse(numbers, "One", context), 1);
  assert.equal(format(numbers, 1, context), "One");
});

test("a relation shows its label and stores its key", () => {
  const supplier = columns.get("supplier");
  assert.equal(format(supplier, "3", context), "Nordwood AB");
  assert.equal(format(supplier, "77", context), "77");
  assert.equal(parse(supplier, "nordwood ab", context), "3");
  assert.equal(parse(supplier, "9", context), "9");
  assert.deepEqual(
    options(supplier, context).map((option) => option.text),
    ["Lindqvist & Söhne", "Nordwood AB"],
  );
  const many = column("m", "related_many");
  assert.equal(format(many, ["3", "9"], context), "Nordwood AB, Lindqvist & Söhne");
});

test("booleans", () => {
  const active = column("active", "boolean", { null: true });
  for (const text of ["true", "Yes", "1", "x"]) assert.equal(parse(active, text, context), true);
  for (const text of ["false", "no", "0"]) assert.equal(parse(active, text, context), false);
  assert.equal(parse(active, "", context), null);
  assert.equal(format(active, null, context), "");
});

test("dates, times and moments", () => {
  assert.equal(parse(column("d", "date"), "2026-1-5", context), "2026-01-05");
  assert.equal(parse(column("t", "time"), "9:05", context), "09:05:00");
  assert.equal(format(column("t", "time"), "09:05:00", context), "09:05");
  const counted = columns.get("counted_at");
  assert.equal(format(counted, "2026-11-22T08:15:00Z", context), "2026-11-22 09:15");
  assert.equal(parse(counted, "2026-11-22 09:15", context), "2026-11-22T08:15:00Z");
});

test("files and binaries are named, JSON is written out", () => {
  assert.equal(format(column("f", "file"), { name: "a.pdf", url: "/a" }, context), "a.pdf");
  assert.equal(format(column("b", "binary"), { size: 12 }, context), "12 bytes");
  assert.equal(format(column("j", "json"), { a: [1] }, context), '{"a":[1]}');
  assert.deepEqual(parse(column("j", "json"), '{"a":[1]}', context), { a: [1] });
});

test("the Delete key leaves '' or null, whatever the grid's version writes", () => {
  const cases = [
    [column("c", "text"), ""],
    [column("c", "text", { null: true, blank: true }), null],
    [column("c", "integer"), null],
    [column("c", "boolean"), false],
    [column("c", "boolean", { null: true }), null],
    [column("c", "related", { null: true }), null],
    [column("c", "choice", { blank: true }), ""],
  ];
  for (const [one, empty] of cases) {
    assert.equal(emptyValue(one), empty);
    for (const typed of ["", null, undefined]) assert.equal(parse(one, typed, context), empty);
  }
});

test("what is no text is a wire value already", () => {
  assert.equal(parse(column("n", "integer"), 7, context), 7);
  assert.equal(parse(column("b", "boolean"), false, context), false);
});

test("sorting: by number, by label, nothing last", () => {
  assert.equal(sortKey(columns.get("price"), "12.30", context), 12.3);
  assert.equal(sortKey(columns.get("supplier"), "3", context), "Nordwood AB");
  assert.equal(sortKey(columns.get("name"), "", context), null);
  assert.equal(sortKey(column("b", "boolean"), true, context), 1);
  assert.equal(sortKey(columns.get("price"), "#ERROR", context), null);
  assert.equal(sortKey(column("d", "date"), "2026-01-05", context), "2026-01-05");
});
