import assert from "node:assert/strict";
import { test } from "node:test";
import {
  define,
  definitionOf,
  onDefined,
  ownText,
  ownValue,
} from "../../src/livesheet/static/livesheet/definitions.js";

/** @type {any} */
const column = { name: "price" };

test("what is defined is told to those who listen, and adds up", () => {
  /** @type {string[]} */
  const told = [];
  const stop = onDefined((sheet) => told.push(sheet));
  const format = () => "one";
  const paint = () => {};
  define("sheet", { columns: { price: { format } } });
  define("sheet", { columns: { stock: { paint } } });
  stop();
  define("sheet", {});
  assert.deepEqual(told, ["sheet", "sheet"]);
  assert.deepEqual(definitionOf("sheet").columns, { price: { format }, stock: { paint } });
  assert.deepEqual(definitionOf("another"), {});
});

test("a page's own hooks come first, and their faults are not ours", () => {
  /** @type {unknown[]} */
  const reported = [];
  globalThis.reportError = (error) => reported.push(error);
  const broken = () => {
    throw new Error("theirs");
  };
  assert.equal(
    ownText({ format: (value) => `€ ${value}` }, column, 5, () => "5"),
    "€ 5",
  );
  assert.equal(
    ownText({}, column, 5, () => "5"),
    "5",
  );
  assert.equal(
    ownText({ format: broken }, column, 5, () => "5"),
    "5",
  );
  assert.equal(
    ownValue({ parse: (text) => text.slice(2) }, column, "€ 5", () => 0),
    "5",
  );
  assert.equal(
    ownValue({ parse: broken }, column, "€ 5", () => 0),
    0,
  );
  assert.equal(
    ownValue({ parse: () => "never" }, column, "", () => null),
    null,
  );
  assert.equal(reported.length, 2);
});
