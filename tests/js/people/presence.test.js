import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Presence } from "../../../src/livesheet/static/livesheet/people/presence.js";
import { initials } from "../../../src/livesheet/static/livesheet/stage/note.js";
import { FakeClock, frame } from "../fakes.js";

let clock;
let told;
let moved;
let presence;

beforeEach(() => {
  clock = new FakeClock();
  told = [];
  moved = [];
  presence = new Presence(
    (place) => told.push(place),
    (pks) => moved.push(...pks),
    clock,
  );
  presence.greet(frame("server.hello").me);
});

test("who is here, one face each, mine first, as in the presence frame", () => {
  presence.take(frame("server.presence").here);
  assert.deepEqual(
    presence.faces().map(({ initials, isMe, editing }) => [initials, isMe, editing]),
    [
      ["AL", true, false],
      ["B", false, true],
      ["C", false, false],
    ],
  );
});

test("those whom the server does not name are a number, until it says another", () => {
  const { here, others } = frame("server.presence");
  presence.take(here, others);
  assert.equal(presence.others, 12);
  presence.take([], 3);
  assert.equal(presence.others, 3);
  presence.reset();
  assert.equal(presence.others, 0);
});

test("a colleague's cursor stands on its cell, and moves", () => {
  const [bea] = frame("server.presence").here;
  presence.take([bea]);
  assert.equal(presence.at("41", "price")[0].name, "Bea");
  assert.deepEqual(presence.at("41", "name"), []);
  moved = [];
  presence.take([{ ...bea, pk: "42" }]);
  assert.deepEqual(presence.at("41", "price"), []);
  assert.deepEqual(moved.sort(), ["41", "42"]);
  presence.take([{ ...bea, left: true }]);
  assert.deepEqual(presence.at("42", "price"), []);
});

test("a row whose key is the empty text is a row", () => {
  presence.take([{ ...frame("server.presence").here[0], pk: "" }]);
  assert.equal(presence.at("", "price")[0].name, "Bea");
});

test("my other windows have no cursor here, and no second face", () => {
  presence.take([{ key: "k9", id: "7", name: "Ann Lee", colour: "#111", pk: "1", column: "name" }]);
  assert.deepEqual(presence.at("1", "name"), []);
  assert.equal(presence.faces().length, 1);
});

test("people without an account are told apart by connection", () => {
  const nobody = { id: null, name: "Guest", colour: "#111111", pk: "1", column: "name" };
  presence.take([
    { ...nobody, key: "a" },
    { ...nobody, key: "b" },
  ]);
  assert.equal(presence.faces().length, 3);
  assert.equal(presence.at("1", "name").length, 2);
});

test("only a colour gets into a style", () => {
  const person = { key: "k", id: "8", name: "Bea", pk: "1", column: "name" };
  presence.take([{ ...person, colour: "url(//evil)" }]);
  assert.match(presence.at("1", "name")[0].colour, /^#[0-9a-f]{6}$/);
});

test("told at most four times a second, and the last place is always told", () => {
  for (let at = 0; at < 100; at += 1) {
    presence.moveTo(String(at), "name", false);
    clock.advance(10);
  }
  clock.advance(250);
  assert.ok(told.length <= 6, `${told.length} in 1.25 s`);
  assert.deepEqual(told.at(-1), { pk: "99", column: "name", editing: false });
  const example = frame("client.at");
  assert.deepEqual(Object.keys({ type: "at", ...told[0] }).sort(), Object.keys(example).sort());
});

test("the same place is told once; a new connection hears it again", () => {
  presence.moveTo("1", "name", false);
  clock.advance(1_000);
  presence.moveTo("1", "name", false);
  assert.equal(told.length, 1);
  presence.tellAgain();
  assert.equal(told.length, 2);
});

test("who a change is by", () => {
  presence.take(frame("server.presence").here);
  const { by } = frame("server.change");
  assert.equal(presence.nameOf("8"), "Bea");
  assert.equal(presence.nameOf(by["41"]), "Ann Lee");
  assert.equal(presence.nameOf(by["57"]), "task: import_prices");
  assert.equal(presence.nameOf(by["58"]), "Bea (admin)");
  assert.equal(presence.nameOf(["1234", "admin"]), "admin", "someone who is not here");
  assert.equal(presence.nameOf("1234"), "", "someone who is not here");
});

test("initials", () => {
  assert.equal(initials("Ann Lee"), "AL");
  assert.equal(initials("Ada King of Lovelace"), "AL");
  assert.equal(initials("bea.novak@example.org"), "BN");
  assert.equal(initials("žofie"), "Ž");
  assert.equal(initials(""), "?");
});

test("closing leaves no timer", () => {
  presence.moveTo("1", "name", false);
  presence.moveTo("2", "name", false);
  presence.close();
  assert.equal(clock.timers.size, 0);
});

test("a face knows where its person is: typing before anything else, then where he went last", () => {
  const bea = { id: "8", name: "Bea", colour: "#2d6cb4", editing: false };
  const place = () => presence.faces().find(({ key }) => key === "8");
  presence.take([{ ...bea, key: "a", pk: "1", column: "name" }]);
  clock.advance(1_000);
  presence.take([{ ...bea, key: "b", pk: "2", column: "price" }]);
  assert.deepEqual([place().pk, place().column], ["2", "price"]);
  presence.take([{ ...bea, key: "c", pk: null, column: null }]);
  assert.equal(place().pk, "2", "a window that is nowhere says nothing");
  presence.take([{ ...bea, key: "a", pk: "1", column: "name", editing: true }]);
  assert.equal(place().pk, "1");
  assert.ok(place().editing);
  assert.equal(presence.faces().length, 2);
});

test("a tag is fresh when somebody has moved, not when he has only begun to type", () => {
  const bea = { key: "a", id: "8", name: "Bea", colour: "#2d6cb4", pk: "1", column: "name" };
  const since = () => presence.at("1", "name")[0].at;
  presence.take([{ ...bea, editing: false }]);
  const came = since();
  clock.advance(5_000);
  presence.take([{ ...bea, editing: true }]);
  assert.equal(since(), came);
  presence.point("1");
  assert.equal(since(), clock.now());
});

test("who has left is still known by name and colour", () => {
  const bea = { key: "a", id: "8", name: "Bea", colour: "#2d6cb4", pk: null, column: null };
  presence.take([bea]);
  presence.take([{ ...bea, left: true }]);
  assert.deepEqual(presence.authorOf("8"), { name: "Bea", colour: "#2d6cb4" });
  assert.equal(presence.authorOf("9"), null);
  assert.equal(presence.authorOf("task: import").name, "task: import");
  presence.take([{ ...bea, colour: "red; background: url(x)" }]);
  assert.equal(presence.authorOf("8").colour, "#6b7280");
});
