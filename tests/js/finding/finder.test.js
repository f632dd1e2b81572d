import assert from "node:assert/strict";
import { test } from "node:test";
import { matcher } from "../../../src/livesheet/static/livesheet/finding/finder.js";

const wanted = (text, more = {}) => matcher({ text, matchCase: false, wholeCell: false, ...more });

test("a text is found wherever it stands, in any case, unless said otherwise", () => {
  assert.ok(wanted("oak").in("Red Oak table"));
  assert.ok(!wanted("oak", { matchCase: true }).in("Red Oak table"));
  assert.ok(!wanted("oak", { wholeCell: true }).in("Red Oak table"));
  assert.ok(wanted("oak", { wholeCell: true }).in("OAK"));
  assert.equal(wanted(""), null);
});

test("what is looked for is no pattern, nor is what takes its place", () => {
  for (const sign of ".*+?^{$}()|[]\\/-") assert.ok(wanted(sign).in(`a${sign}b`), sign);
  assert.ok(!wanted("a.c").in("abc"));
  assert.equal(wanted("a").replace("banana", "$&1"), "b$&1n$&1n$&1");
  assert.equal(wanted("ß").replace("Straße", "ss"), "Strasse");
});
