import assert from "node:assert/strict";
import { test } from "node:test";
import { linkOf, webAddress } from "../../../src/livesheet/static/livesheet/grid/contents.js";
import { column } from "../fakes.js";

const url = column("u", "url");

test("only http and https become links", () => {
  assert.equal(linkOf(url, "https://a.example/x?y=1").href, "https://a.example/x?y=1");
  assert.equal(linkOf(url, "HTTP://a.example").href, "http://a.example/");
  for (const text of [
    "javascript:alert(1)",
    " java\nscript:alert(1)",
    "data:text/html,x",
    "ftp://a.example",
    "a.example",
    "//a.example",
    "",
    null,
  ])
    assert.equal(linkOf(url, text), null, text);
  assert.equal(linkOf(column("t", "text"), "https://a.example"), null);
});

test("an address is written to", () => {
  const email = column("e", "email");
  assert.equal(linkOf(email, "ann@a.example").href, "mailto:ann@a.example");
  assert.equal(linkOf(email, "a?bcc=x@b.example").href, "mailto:a%3Fbcc%3Dx@b.example");
  assert.equal(linkOf(email, "nobody"), null);
});

test("a file is where its storage says", () => {
  assert.equal(
    webAddress("/media/a.png", "https://shop.example/x/"),
    "https://shop.example/media/a.png",
  );
  assert.equal(webAddress("/media/a.png"), null);
  assert.equal(linkOf(column("f", "file"), { name: "a", url: "" }), null);
  assert.equal(linkOf(column("f", "file"), { name: "a", url: "javascript:alert(1)" }), null);
});
