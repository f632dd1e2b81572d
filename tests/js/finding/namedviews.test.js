import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isModified,
  NamedViews,
  newsOf,
} from "../../../src/livesheet/static/livesheet/finding/namedviews.js";
import {
  linkToNamed,
  readLink,
} from "../../../src/livesheet/static/livesheet/finding/viewlinks.js";
import { plainView, readView } from "../../../src/livesheet/static/livesheet/store/view.js";

const PAGE = "https://example.org/stock/?page=2#top";
const entry = (id, more = {}) => ({ id, name: `View ${id}`, shared: true, version: 1, ...more });

test("a link to a named view holds its key and nothing else", () => {
  const link = linkToNamed("stock list", "12", PAGE);
  assert.equal(link, "https://example.org/stock/?page=2#livesheet=stock%20list:view:12");
  assert.deepEqual(readLink(new URL(link).hash, "stock list"), { id: "12" });
  assert.equal(readLink(new URL(link).hash, "other"), "foreign");
  for (const wrong of ["", "x", "-1", "1 or 1", "9".repeat(30)]) {
    assert.equal(readLink(`#livesheet=stock:view:${wrong}`, "stock"), "bad", wrong);
  }
});

test("what is opened is read as far as it makes sense", async () => {
  const layout = { hidden: ["a", 1], whatever: true };
  const views = new NamedViews(
    async () => ({ view: entry("1"), layout, left_out: 2 }),
    readView,
    () => {},
  );
  const named = await views.open("1");
  assert.deepEqual(named.view, { ...plainView(), hidden: ["a"] });
  assert.equal(named.leftOut, 2);
  assert.ok(!isModified(named, named.view));
  assert.ok(isModified(named, plainView()));
});

test("there is news of an open view when another version is there, or none", () => {
  const named = { entry: entry("1", { version: 2 }), view: plainView(), leftOut: 0 };
  assert.equal(newsOf(named, entry("1", { version: 2, name: "Other" })), "");
  assert.equal(newsOf(named, entry("1", { version: 3 })), "changed");
  assert.equal(newsOf(named, null), "gone");
});

test("one default takes the place of the other", async () => {
  const first = [entry("1", { default: true }), entry("2")];
  const views = new NamedViews(
    async (about, query) =>
      about === "views"
        ? { views: first, can_share: true }
        : { view: entry(query.id, { default: query.default }) },
    readView,
    () => {},
  );
  await views.load();
  assert.equal(views.default?.id, "1");
  await views.change("2", { default: true });
  assert.deepEqual(
    views.list?.map((one) => [one.id, Boolean(one.default)]),
    [
      ["1", false],
      ["2", true],
    ],
  );
});

test("what cannot be asked leaves the list as it was", async () => {
  const views = new NamedViews(
    async () => {
      throw Object.assign(new Error(""), { code: "offline" });
    },
    readView,
    () => assert.fail("nothing is new"),
  );
  await views.load();
  assert.equal(views.list, null);
});
