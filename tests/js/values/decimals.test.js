import assert from "node:assert/strict";
import { test } from "node:test";
import {
  add,
  compare,
  exact,
  Tally,
  write,
} from "../../../src/livesheet/static/livesheet/values/decimals.js";

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
