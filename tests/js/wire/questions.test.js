import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Questions } from "../../../src/livesheet/static/livesheet/wire/questions.js";

let sent;
let isOnline;
let questions;

beforeEach(() => {
  sent = [];
  isOnline = true;
  questions = new Questions((frame) => isOnline && sent.push(frame) > 0);
});

test("each question has its own answer", async () => {
  const [one, other] = [questions.ask("sums", { a: 1 }), questions.ask("sums", { a: 2 })];
  const [{ ref, ...frame }, second] = sent;
  assert.deepEqual(frame, { type: "ask", about: "sums", query: { a: 1 } });
  questions.answer({ ref: second.ref, result: "second" });
  questions.answer({ ref, result: "first" });
  assert.deepEqual([await one, await other], ["first", "second"]);
  assert.equal(questions.waiting.size, 0);
});

test("a refusal has the server's code and words", async () => {
  const asked = questions.ask("sums", {});
  questions.answer({ ref: sent[0].ref, error: { code: "busy", message: "Too many." } });
  await assert.rejects(asked, { code: "busy", message: "Too many." });
});

test("an answer to what nobody asked is no error", () => {
  questions.answer({ ref: "q9", result: 1 });
  questions.answer({ ref: "q9", error: { code: "busy", message: "" } });
});

test("without a connection it is refused at once, and after a loss what was asked is", async () => {
  const asked = questions.ask("sums", {});
  questions.drop();
  await assert.rejects(asked, { code: "offline" });
  questions.answer({ ref: sent[0].ref, result: "late" });
  isOnline = false;
  await assert.rejects(questions.ask("sums", {}), { code: "offline" });
  assert.equal(questions.waiting.size, 0);
});

test("options have values and texts", async () => {
  const asked = questions.options({ name: "supplier" }, "no");
  assert.deepEqual(sent[0].query, { column: "supplier", text: "no" });
  assert.equal(sent[0].about, "options");
  questions.answer({ ref: sent[0].ref, result: { options: [["3", "Nordwood"]], more: true } });
  assert.deepEqual(await asked, { more: true, options: [{ value: "3", text: "Nordwood" }] });
});

test("a question that is not wanted any more is cancelled, once, and ends with the answer", async () => {
  const leaving = new AbortController();
  const asked = questions.ask("sums", {}, leaving.signal);
  leaving.abort();
  leaving.abort();
  const { ref } = sent[0];
  assert.deepEqual(sent.slice(1), [{ type: "cancel", ref }]);
  questions.answer({ ref, error: { code: "cancelled", message: "" } });
  await assert.rejects(asked, { code: "cancelled" });
});

test("what has been answered is not cancelled", async () => {
  const leaving = new AbortController();
  const asked = questions.ask("sums", {}, leaving.signal);
  questions.answer({ ref: sent[0].ref, result: 3 });
  assert.equal(await asked, 3);
  leaving.abort();
  assert.equal(sent.length, 1);
});
