import assert from "node:assert/strict";
import { test } from "node:test";
import {
  readJson,
  readList,
  writeJson,
  writeList,
} from "../../../src/livesheet/static/livesheet/values/compound.js";

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
