import assert from "node:assert/strict";
import { test } from "node:test";
import { narrow } from "../../../src/livesheet/static/livesheet/values/folding.js";

const all = ["Alpen Käse", "Kiln & Co", "Lindqvist & Söhne", "Oslo Kiln"].map((text, at) => ({
  value: String(at),
  text,
}));
const found = (query) => narrow(all, query).map(({ text }) => text);

test("what begins with the query comes first", () => {
  assert.deepEqual(found("kiln"), ["Kiln & Co", "Oslo Kiln"]);
});

test("accents need not be typed", () => {
  assert.deepEqual(found("sohne"), ["Lindqvist & Söhne"]);
  assert.deepEqual(found("KÄSE"), ["Alpen Käse"]);
});

test("no query offers everything, a wrong one nothing", () => {
  assert.equal(found(" ").length, 4);
  assert.deepEqual(found("zzz"), []);
});
