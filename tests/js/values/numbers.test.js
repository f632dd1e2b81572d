import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  compare,
  exact,
  exactNumber,
  plainNumber,
  showNumber,
  Tally,
  write,
  writeNumber,
} from "../../../src/livesheet/static/livesheet/values/numbers.js";

const english = { decimalComma: false, group: "," };
const german = { decimalComma: true, group: "." };
const french = { decimalComma: true, group: "\u202f" };

test("numbers as people write them", () => {
  for (const [typed, plain] of [
    ["1,234.50", "1234.50"],
    ["1'234.50", "1234.50"],
    ["1 234.5", "1234.5"],
    ["1.234,50", "1234.50"],
    ["1.234.567", "1234567"],
    ["1,234", "1234"],
    ["1.234", "1.234"],
    ["−5", "-5"],
    [".5", "0.5"],
    ["12,5", "12.5"],
    ["12.5%", "0.125"],
    ["$1,234.50", "1234.50"],
    ["(12.50)", "-12.50"],
    ["-€ 12", "-12"],
    ["€ -12", "-12"],
    ["1,23,45,678.5", "12345678.5"],
  ])
    assert.equal(plainNumber(typed, english), plain, typed);
  for (const [typed, plain] of [
    ["12,5", "12.5"],
    ["1,234", "1.234"],
    ["1.234", "1234"],
    ["1.5", "1.5"],
    ["1.234,5", "1234.5"],
    ["1,234.5", "1234.5"],
    ["1,234,567", "1234567"],
    ["1,5e3", "1.5e3"],
  ])
    assert.equal(plainNumber(typed, german), plain, typed);
});

test("a group of another language is no group", () => {
  assert.equal(plainNumber("2.500", french), "2.500");
  assert.equal(plainNumber("2\u202f500,5", french), "2500.5");
  assert.equal(plainNumber("2,500", { decimalComma: false, group: "’" }), "2.500");
});

test("signs between digits are never dropped", () => {
  const others = ["2024-05-01", "10-12", "555-1234", "1+2", "555 1234", "12 34", "1,2,3", "1.2.3"];
  const more = [
    "12 kg",
    "(12",
    "12)",
    "--5",
    "5%%",
    "$1e3",
    "1,2345,678",
    "1 234,567.8",
    "",
    "-",
    ".",
  ];
  for (const signs of [english, german, french])
    for (const text of [...others, ...more]) assert.equal(plainNumber(text, signs), text, text);
});

test("a long text that is no number costs no time", () => {
  const start = performance.now();
  for (const piece of [" ", "1 ", "1,", "$", "%", "-", "1e", "("]) {
    plainNumber(`${piece.repeat(100_000)}x`, english);
    plainNumber(`1${piece.repeat(100_000)}`, english);
  }
  assert.ok(performance.now() - start < 5_000);
});

test("every number is shown to the last digit, and read again", () => {
  const shown = [
    ["12345678901234567890.1234", english, "12,345,678,901,234,567,890.1234"],
    ["-1234.50", german, "-1.234,50"],
    ["1234567", french, "1\u202f234\u202f567"],
    ["0.0001", german, "0,0001"],
    ["999", english, "999"],
    ["1e+21", english, "1e+21"],
  ];
  for (const [plain, signs, text] of shown) {
    assert.equal(showNumber(plain, signs, 4), text);
    assert.equal(plainNumber(text, signs), plain);
    assert.equal(plainNumber(writeNumber(plain, signs), signs), plain);
  }
  assert.equal(showNumber("2026", english, 5), "2026");
  assert.equal(showNumber("20260", english, 5), "20,260");
});

test("as the column has it, unless it cannot hold it", () => {
  for (const [plain, places, exact] of [
    ["012.5", 3, "12.500"],
    [".5", 2, "0.50"],
    ["-0.00", 2, "0.00"],
    ["+7", 0, "7"],
    ["42.0", 0, "42"],
    ["1.234", 2, "1.234"],
    ["1.2300", 2, "1.23"],
    ["2.0000", 2, "2.00"],
    ["1e3", 2, "1e3"],
    ["soon", 2, "soon"],
    [".", 2, "."],
  ])
    assert.equal(exactNumber(plain, places), exact, plain);
});

const tally = (...values) => {
  const found = new Tally();
  for (const value of values) found.add(value);
  return found;
};

test("numbers go in and out as they are written", () => {
  for (const text of ["0", "12.3000", "-0.05", "99999999999999999999.0001"]) {
    assert.equal(write(exact(text)), text);
  }
  assert.equal(write(exact(".5")), "0.5");
  assert.equal(write(exact(1e21)), "1000000000000000000000");
  assert.equal(write(exact(1.5e-7)), "0.00000015");
});

test("what is no number is none", () => {
  for (const value of ["", ".", "abc", "1,5", null, true, "1e9999", "--1", {}]) {
    assert.equal(exact(value), null, String(value));
  }
});

test("sums have no rounding of floats", () => {
  const { sum, average } = tally("0.10", "0.20");
  assert.equal(write(sum), "0.30");
  assert.equal(write(average), "0.15");
  assert.equal(write(tally(0.1, 0.2).sum), "0.3");
  assert.equal(write(tally("9007199254740993", 1).sum), "9007199254740994");
});

test("an average is rounded by hand's rule, two places further than what it is of", () => {
  assert.equal(write(tally("1", "1", "2").average), "1.33");
  assert.equal(write(tally("-1", "-1", "-3").average), "-1.67");
  assert.equal(write(tally("1.0", "2.0").average), "1.5");
});

test("least and most are compared as numbers", () => {
  const found = tally("9.5", "10", "-2.25", "x", null);
  assert.equal(found.count, 3);
  assert.equal(write(found.least), "-2.25");
  assert.equal(write(found.most), "10");
  assert.equal(compare(exact("1.0"), exact("1")), 0);
  assert.equal(write(add(exact("1.5"), exact("-1.50"))), "0.00");
});
