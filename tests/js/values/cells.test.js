import assert from "node:assert/strict";
import { test } from "node:test";
import {
  format,
  options,
  parse,
  readJson,
  readList,
  sortKey,
  writeJson,
  writeList,
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

test("JSON is read, and nothing else", () => {
  assert.deepEqual(readJson('{"a": [1, null]}'), { value: { a: [1, null] } });
  assert.deepEqual(readJson("null"), { value: null });
  assert.equal(readJson("{"), null);
  assert.equal(readJson("NaN"), null);
});

test("no number is read that would lose digits", () => {
  assert.equal(readJson("9007199254740993"), null);
  assert.equal(readJson('{"a": [12345678901234567890]}'), null);
  assert.equal(readJson("1e999"), null);
  assert.deepEqual(readJson("9007199254740992"), { value: 2 ** 53 });
  assert.deepEqual(readJson("1e300"), { value: 1e300 });
  assert.deepEqual(readJson('"12345678901234567890"'), { value: "12345678901234567890" });
  assert.deepEqual(readJson('"a \\" 12345678901234567890"'), { value: 'a " 12345678901234567890' });
});

test("a string is written as one, and what came as a text because of its numbers is not", () => {
  assert.equal(writeJson("1"), '"1"');
  assert.equal(writeJson("{"), '"{"');
  assert.equal(writeJson('{"a": 9007199254740993}'), '{"a": 9007199254740993}');
  assert.equal(writeJson({ a: [1] }), '{"a":[1]}');
  assert.equal(writeJson({ a: 1 }, true), '{\n  "a": 1\n}');
});

test("a list is written so that it can be read again", () => {
  for (const items of [
    [],
    ["red", "blue"],
    ["green, dark", 'say "no"', " blank "],
    ["", null, "null", "a\nb"],
  ])
    assert.deepEqual(readList(writeList(items)), items);
  assert.equal(writeList(["red", "green, dark"]), 'red, "green, dark"');
});

test("as people write it", () => {
  assert.deepEqual(readList("red,blue , green"), ["red", "blue", "green"]);
  assert.deepEqual(readList('"open'), ['"open']);
  assert.deepEqual(readList('a "b" c, d'), ['a "b" c', "d"]);
});
