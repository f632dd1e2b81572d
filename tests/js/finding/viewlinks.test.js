import assert from "node:assert/strict";
import { test } from "node:test";
import {
  linkTo,
  linkToNamed,
  readLink,
} from "../../../src/livesheet/static/livesheet/finding/viewlinks.js";

const PAGE = "https://example.com/stock/?a=1#top";
const PLAIN = { filters: [], sorts: [], height: "regular" };
const hashOf = (link) => new URL(link).hash;

test("a link contains what differs from the plain view, in any alphabet, and nothing else", () => {
  const filters = [{ column: "名前", kind: "contains", text: "Söhne & Co?>~" }];
  const link = linkTo("product", { ...PLAIN, filters }, PLAIN, PAGE);
  assert.ok(link.startsWith("https://example.com/stock/?a=1#livesheet=product:"));
  assert.match(hashOf(link), /^#livesheet=product:[\w-]+$/, "no sign that a mail would break");
  assert.deepEqual(readLink(hashOf(link), "product"), { held: { filters } });
});

test("a link to a named view contains its key", () => {
  const link = linkToNamed("a b:c", "12", PAGE);
  assert.deepEqual(readLink(hashOf(link), "a b:c"), { id: "12" });
});

test("a link to another sheet is told apart, and other fragments are none of ours", () => {
  assert.equal(readLink(hashOf(linkToNamed("order", "12", PAGE)), "product"), "foreign");
  assert.equal(readLink("#top", "product"), null);
  assert.equal(readLink("", "product"), null);
});

test("what is no view is not used, whoever made it", () => {
  const held = (json) => `#livesheet=product:${btoa(json)}`;
  for (const hash of [
    "#livesheet=product:view:12x",
    `#livesheet=product:view:${"9".repeat(19)}`,
    "#livesheet=product:view:",
    "#livesheet=product:!",
    "#livesheet=%E0%A4:view:12",
    held("[]"),
    held("null"),
    held("12"),
    held("{"),
    held('{"a": "\xff"}'),
  ])
    assert.equal(readLink(hash, "product"), "bad", hash);
});
