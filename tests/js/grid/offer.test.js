import assert from "node:assert/strict";
import { test } from "node:test";
import { Lookup } from "../../../src/livesheet/static/livesheet/grid/offer.js";
import { FakeClock } from "../fakes.js";

function lookup() {
  const clock = new FakeClock();
  const asked = [];
  const seen = [];
  const search = (text) => new Promise((resolve, reject) => asked.push({ text, resolve, reject }));
  const handlers = {
    onFound: ({ options }) => seen.push(options),
    onTrouble: (trouble) => seen.push(trouble),
  };
  return { clock, asked, seen, it: new Lookup(search, handlers, clock) };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a word is one search, not one for each letter", () => {
  const { clock, asked, it } = lookup();
  for (const text of ["n", "no", "nor"]) {
    it.look(text);
    clock.advance(50);
  }
  assert.equal(asked.length, 0);
  clock.advance(200);
  assert.deepEqual(
    asked.map(({ text }) => text),
    ["nor"],
  );
});

test("an answer that further letters have overtaken is let go", async () => {
  const { clock, asked, seen, it } = lookup();
  it.look("n");
  clock.advance(200);
  it.look("no");
  clock.advance(200);
  asked[1].resolve({ options: ["Nordwood"], more: false });
  asked[0].resolve({ options: ["Eastoak"], more: false });
  await settled();
  assert.deepEqual(seen, ["searching", "searching", ["Nordwood"]]);
});

test("that there is no line is said, and nothing once it is closed", async () => {
  const { clock, asked, seen, it } = lookup();
  it.look("n", 0);
  clock.advance(1);
  asked[0].reject(Object.assign(new Error(""), { code: "offline" }));
  await settled();
  it.look("x", 0);
  clock.advance(1);
  it.stop();
  asked[1].reject(new Error(""));
  await settled();
  assert.deepEqual(seen, ["searching", "offline", "searching"]);
});
