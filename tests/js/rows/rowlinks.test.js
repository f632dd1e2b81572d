import assert from "node:assert/strict";
import { test } from "node:test";
import { linkToRow, readRowLink } from "../../../src/livesheet/static/livesheet/rows/rowlinks.js";

test("a link names a row, or a cell, of one sheet", () => {
  for (const spot of [
    { pk: "41", column: null },
    { pk: "a:b/c#d é", column: "stock" },
  ]) {
    const link = linkToRow("prod:uct", spot, "https://shop.example/desk/?a=1#livesheet=x:y");
    assert.ok(link.startsWith("https://shop.example/desk/?a=1#livesheet-row="));
    assert.deepEqual(readRowLink(new URL(link).hash, "prod:uct"), spot);
    assert.equal(readRowLink(new URL(link).hash, "other"), null);
  }
});

test("what names no row leads nowhere", () => {
  for (const hash of [
    "",
    "#livesheet=p:e30",
    "#livesheet-row=p",
    "#livesheet-row=p:",
    "#livesheet-row=p:%",
  ])
    assert.equal(readRowLink(hash, "p"), null);
});
