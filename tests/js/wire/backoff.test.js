import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../../../src/livesheet/static/livesheet/wire/backoff.js";

test("never sooner than half a second, never later than ten", () => {
  for (let tries = 0; tries < 40; tries += 1) {
    assert.equal(
      backoff(tries, () => 0),
      500,
    );
    assert.ok(backoff(tries, () => 0.999999) <= 10_000);
  }
});

test("the ceiling doubles with each try", () => {
  const ceilings = [0, 1, 2, 3].map((tries) => backoff(tries, () => 1));
  assert.deepEqual(ceilings, [1_000, 2_000, 4_000, 8_000]);
});

test("the jitter is the full width", () => {
  assert.equal(
    backoff(10, () => 0.5),
    500 + 9_500 / 2,
  );
});
