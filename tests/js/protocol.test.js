import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { PK, SUBPROTOCOL, sameValue } from "../../src/livesheet/static/livesheet/protocol.js";
import { frame, frameNames, modules, STATIC } from "./fakes.js";

const read = (name) => readFileSync(new URL(name, STATIC), "utf8");

test("the frames are named after their sender and type, and speak this protocol", () => {
  for (const name of frameNames()) assert.equal(frame(name).type, name.split(".")[1]);
  assert.equal(frame("server.hello").protocol, SUBPROTOCOL);
});

test("every frame of the server has somebody who takes it in", () => {
  const told = frameNames().filter((one) => one.startsWith("server."));
  const source = modules.map(read).join("");
  const types = told.map((name) => frame(name).type);
  const missed = types.filter((type) => !source.includes(`frame.type === "${type}"`));
  assert.deepEqual(missed, [], "receive() in sheet.js or the frame() of a feature must take these");
});

test("no column of a Python model can be called as the pk is", () => {
  assert.doesNotMatch(PK, /^\w+$/);
});

test("values are the same only with the same type", () => {
  assert.ok(sameValue(null, null));
  assert.ok(!sameValue(true, 1));
  assert.ok(!sameValue("1", 1));
  assert.ok(!sameValue(null, ""));
  assert.ok(sameValue({ a: [1] }, { a: [1] }));
  assert.ok(!sameValue([1], null));
});

test("hashed static files: each import is literal, relative and ends with a semicolon", () => {
  for (const name of modules) {
    for (const [statement] of read(name).matchAll(/^(import|export) [^;]*? from "[^\n]*$/gm))
      assert.match(statement, /from "\.{1,2}\/[a-z/]+\.js";$/, name);
    // The one address that a storage is to follow, and one that only the page knows.
    const later = [...read(name).matchAll(/\bimport\((\S+?)[\s)]/g)].map(([, what]) => what);
    assert.deepEqual(later, name === "main.js" ? ['"./more.js"', "new"] : []);
  }
});

test("imports form a tree", () => {
  const imports = new Map(
    modules.map((name) => [
      name,
      [...read(name).matchAll(/^import [^;]*? from "(\.[a-z./]+\.js)";$/gm)].map(([, to]) =>
        new URL(to, `file:///${name}`).pathname.slice(1),
      ),
    ]),
  );
  const visit = (name, path) => {
    assert.ok(!path.includes(name), [...path, name].join(" → "));
    for (const next of imports.get(name)) visit(next, [...path, name]);
  };
  visit("main.js", []);
  assert.deepEqual(imports.get("protocol.js"), []);
});

test("no module is longer than four hundred lines, but for the table of words", () => {
  for (const name of modules.filter((one) => one !== "texts.js")) {
    const lines = read(name).split("\n").length - 1;
    assert.ok(lines <= 400, `${name} has ${lines}`);
  }
});
