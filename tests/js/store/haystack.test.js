import assert from "node:assert/strict";
import { test } from "node:test";
import { Haystack, narrow } from "../../../src/livesheet/static/livesheet/store/haystack.js";
import { FakeClock } from "../fakes.js";

test("a row is found by what stands in one of its cells, whatever the case and accents", () => {
  const texts = { 1: ["Süd", "holz"], 2: ["NORD", ""] };
  const haystack = new Haystack((pk) => texts[pk]);
  assert.ok(haystack.has("1", "sud"));
  assert.ok(haystack.has("2", "nord"));
  assert.equal(haystack.has("1", "südholz"), false, "not across two cells");
  assert.ok(haystack.isIn("Süd", "SUD"));
  assert.equal(haystack.isIn("Süd", ""), false);
});

test("a changed row is looked at anew", () => {
  const texts = { 1: ["old"] };
  const haystack = new Haystack((pk) => texts[pk]);
  assert.ok(haystack.has("1", "old"));
  texts[1] = ["new"];
  haystack.forget("1");
  assert.ok(haystack.has("1", "new"));
  haystack.clear();
  assert.equal(haystack.folded.size, 0);
});

test("it gets ready a little at a time, and stops when it is told to", () => {
  const clock = new FakeClock();
  const haystack = new Haystack((pk) => {
    clock.time += 5;
    return [pk];
  });
  const pks = ["a", "b", "c", "d", "e"];
  haystack.warm(pks, clock);
  assert.ok(haystack.folded.size < 5);
  haystack.warm([], clock);
  clock.advance(100);
  assert.ok(haystack.folded.size < 5);
  haystack.warm(pks, clock);
  clock.advance(100);
  assert.equal(haystack.folded.size, 5);
});

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
