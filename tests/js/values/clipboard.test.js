import assert from "node:assert/strict";
import { test } from "node:test";
import {
  parseTable,
  spread,
  writeTable,
} from "../../../src/livesheet/static/livesheet/values/clipboard.js";

test("tabs between cells, lines between rows", () => {
  assert.deepEqual(parseTable("a\tb\nc\td"), [
    ["a", "b"],
    ["c", "d"],
  ]);
});

test("the line break at the end is not a row; an empty cell is a cell", () => {
  assert.deepEqual(parseTable("a\r\n\tb\r\n"), [["a"], ["", "b"]]);
  assert.deepEqual(parseTable(""), [[""]]);
});

test("a quoted cell holds tabs, line breaks and quotes", () => {
  assert.deepEqual(parseTable('"a\tb\nc ""d"""\te'), [['a\tb\nc "d"', "e"]]);
});

test("a quote that is only a quote stays one", () => {
  assert.deepEqual(parseTable('"12\tx'), [['"12', "x"]]);
  assert.deepEqual(parseTable('"a" b\tc'), [['"a" b', "c"]]);
  assert.deepEqual(parseTable('19"\tc'), [['19"', "c"]]);
});

test("markup is text", () => {
  const evil = "<img src=x onerror=alert(1)>";
  assert.deepEqual(parseTable(evil), [[evil]]);
});

test("a block fills a selection that is a multiple of it", () => {
  assert.deepEqual(spread([["a"]], 2, 2, ""), [
    ["a", "a"],
    ["a", "a"],
  ]);
  assert.deepEqual(spread([["a", "b"]], 1, 4, ""), [["a", "b", "a", "b"]]);
  assert.deepEqual(spread([["a"], ["b"]], 3, 1, ""), [["a"], ["b"]]);
  assert.deepEqual(spread([["a", "b"], ["c"]], 1, 1, ""), [
    ["a", "b"],
    ["c", ""],
  ]);
});

test("what is written is read again, whatever it holds", () => {
  const table = [
    ["a", "", "two\nlines"],
    ["tab\there", '"quoted"', 'a "b" c'],
    ["", "", ""],
  ];
  assert.deepEqual(parseTable(writeTable(table)), table);
  for (const one of [[[""]], [["a"], [""]], [[" a "]]]) {
    assert.deepEqual(parseTable(writeTable(one)), one);
  }
});
