import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Outbox } from "../../../src/livesheet/static/livesheet/wire/outbox.js";
import { FakeClock, frame, limits } from "../fakes.js";

const CLIENT = "6f1d2c3b4a5968778695a4b3c2d1e0ff";

/** The outbox with everything around it that it talks to. */
let box;
let clock;
let sent;
let server;
let done;
let adopted;
let isLineUp;

beforeEach(() => {
  clock = new FakeClock();
  sent = [];
  done = [];
  adopted = [];
  server = { "41.price": "12.00", "41.active": true, "42.price": "0.85" };
  isLineUp = true;
  box = new Outbox(
    CLIENT,
    {
      send: (frame) => {
        if (isLineUp) sent.push(structuredClone(frame));
        return isLineUp;
      },
      current: (pk, column) => server[`${pk}.${column}`],
      onDone: (part) => done.push(part),
      onAdopted: (draft, pk) => adopted.push([draft, pk]),
      onCount: () => {},
    },
    clock,
    () => 0,
  );
  box.resume();
});

const edit = (value, base = server["41.price"], more = {}) =>
  box.edit([{ pk: "41", column: "price", value, base, ...more }]);

const reply = (ref, results, errors = [], settled = false) =>
  box.reply({ type: "reply", ref, ok: !errors.length, results, errors, settled });

/** A change by which the server says that this client's frame is in the database. */
function change(ref, values, { client = CLIENT } = {}) {
  Object.assign(server, values);
  const pks = new Set(Object.keys(values).map((key) => key.split(".")[0]));
  box.echo([[client, ref]], (pk) => pks.has(pk));
}

const shown = (pk = "41", column = "price") =>
  box.pending(pk, column)?.value ?? server[`${pk}.${column}`];

test("an edit goes out with a ref and its base, and is pending", () => {
  edit("12.50");
  assert.deepEqual(sent, [
    { type: "edit", ref: "e1", cells: [["41", "price", "12.50", "12.00"]], atomic: false },
  ]);
  assert.deepEqual(Object.keys(sent[0]).sort(), Object.keys(frame("client.edit")).sort());
  assert.equal(shown(), "12.50");
  assert.equal(box.size, 1);
});

test("saved means durable, and stays pending until the change that bears the ref", () => {
  edit("12.5");
  reply("e1", ["saved"]);
  assert.equal(shown(), "12.5");
  assert.equal(done.length, 0);
  change("e1", { "41.price": "12.50" });
  assert.equal(shown(), "12.50");
  assert.equal(done[0].result, "saved");
  assert.equal(done[0].echo, "12.50");
  assert.equal(box.size, 0);
});

test("the change may come before the reply", () => {
  edit("12.50");
  change("e1", { "41.price": "12.50" });
  assert.equal(box.size, 1, "nobody has said yet that it was not refused");
  reply("e1", ["saved"]);
  assert.equal(box.size, 0);
});

test("a change of somebody else, or of another frame, settles nothing", () => {
  edit("12.50");
  reply("e1", ["saved"]);
  change("e1", { "41.price": "13.00" }, { client: "somebody else" });
  change("e9", { "41.price": "13.00" });
  assert.equal(shown(), "12.50");
});

test("a change that bears the ref settles only the pks it names", () => {
  box.edit([
    { pk: "41", column: "price", value: "1.00", base: "12.00" },
    { pk: "42", column: "price", value: "2.00", base: "0.85" },
  ]);
  reply("e1", ["saved", "saved"]);
  change("e1", { "41.price": "1.00" });
  assert.equal(box.pending("41", "price"), null);
  assert.equal(shown("42"), "2.00");
  change("e1", { "42.price": "2.00" });
  assert.equal(box.size, 0);
});

test("unchanged clears pending at once", () => {
  edit("12");
  reply("e1", ["unchanged"]);
  assert.equal(box.size, 0);
  assert.equal(done[0].result, "unchanged");
});

test("settled clears pending too: the change is behind us", () => {
  edit("12.50");
  server["41.price"] = "12.50";
  reply("e1", ["saved"], [], true);
  assert.equal(box.size, 0);
  assert.equal(done[0].echo, "12.50");
});

test("a refusal clears pending and carries what the server said, as in the reply frame", () => {
  const example = frame("server.reply");
  box.edit([
    { pk: "41", column: "price", value: "12.50", base: "12.00" },
    { pk: "41", column: "active", value: false, base: true },
  ]);
  reply("e1", [{ error: 0 }, "unchanged"], example.errors);
  assert.equal(box.size, 0);
  assert.equal(done[0].result.code, "conflict");
  assert.equal(done[0].result.message, "Bea changed this to 13.00 in the meantime.");
  assert.equal(done[0].value, "12.50", "what was typed is kept");
  assert.equal(shown(), "12.00");
});

test("one unanswered edit per cell: later ones wait, the newest wins", () => {
  edit("1.00");
  edit("2.00", "1.00");
  edit("3.00", "2.00");
  assert.equal(sent.length, 1);
  assert.equal(shown(), "3.00");
  reply("e1", ["saved"]);
  assert.equal(sent.length, 1, "its change has not come");
  change("e1", { "41.price": "1.00" });
  assert.deepEqual(sent[1].cells, [["41", "price", "3.00", "1.00"]]);
});

test("what waits takes as base what the first one left, and not a colleague's of a moment later", () => {
  edit("1.0");
  edit("2.00", "1.0");
  const left = { 0: "1.00" };
  box.reply({ type: "reply", ref: "e1", ok: true, results: ["saved"], errors: [], left });
  change("e1", { "41.price": "9.00" }); // both writes in one frame
  assert.deepEqual(sent[1].cells, [["41", "price", "2.00", "1.00"]]);
});

test("or what the first one found there, where it changed nothing", () => {
  edit("12");
  edit("2.00", "12");
  server["41.price"] = "9.00"; // a colleague's, before the reply is here
  const left = { 0: "12.00" };
  box.reply({ type: "reply", ref: "e1", ok: true, results: ["unchanged"], errors: [], left });
  assert.deepEqual(sent[1].cells, [["41", "price", "2.00", "12.00"]]);
});

test("members that wait go from those that were saved, whatever a colleague added since", () => {
  box.edit([{ pk: "41", column: "tags", value: ["1", "2"], base: ["1"] }]);
  box.edit([{ pk: "41", column: "tags", value: ["2"], base: ["1", "2"] }]);
  const left = { 0: ["2", "1"] };
  box.reply({ type: "reply", ref: "e1", ok: true, results: ["saved"], errors: [], left });
  change("e1", { "41.tags": ["1", "2", "3"] }); // both writes in one frame
  assert.deepEqual(sent[1].cells, [["41", "tags", ["2"], ["2", "1"]]]);
});

test("what waits takes as base the value in the change that bore the earlier ref", () => {
  edit("1.5");
  edit("2.00", "1.5");
  change("e1", { "41.price": "1.50" });
  // Somebody else is quicker than our reply.
  server["41.price"] = "9.00";
  reply("e1", ["saved"]);
  assert.deepEqual(
    sent[1].cells,
    [["41", "price", "2.00", "1.50"]],
    "so the server sees a conflict",
  );
});

test("or the original base, if the earlier one was refused", () => {
  edit("abc");
  edit("2.00", "abc");
  reply("e1", [{ error: 0 }], [{ pk: "41", column: "price", code: "invalid", message: "No." }]);
  assert.deepEqual(sent[1].cells, [["41", "price", "2.00", "12.00"]]);
});

test("or what stands there, if the earlier one was unchanged", () => {
  edit("12");
  edit("2.00", "12");
  reply("e1", ["unchanged"]);
  assert.deepEqual(sent[1].cells, [["41", "price", "2.00", "12.00"]]);
});

test("if a colleague has written meanwhile, the base is what was left, and not a refused text", () => {
  edit("12");
  edit("2.00", "12");
  server["41.price"] = "9.00";
  reply("e1", ["unchanged"]);
  assert.equal(sent[1].cells[0][3], "9.00", "the cell held this, so nothing is in conflict");
  box.edit([{ pk: "42", column: "price", value: "abc", base: "0.85" }]);
  box.edit([{ pk: "42", column: "price", value: "1.00", base: "abc" }]);
  server["42.price"] = "7.00";
  const ref = sent.at(-1).ref;
  reply(ref, [{ error: 0 }], [{ pk: "42", column: "price", code: "invalid", message: "No." }]);
  assert.equal(sent.at(-1).cells[0][3], "0.85", "so the server sees a conflict");
});

test("another cell does not wait", () => {
  edit("1.00");
  box.edit([{ pk: "41", column: "active", value: false, base: true }]);
  assert.equal(sent.length, 2);
});

test("offline, edits of a cell merge, and keep the base of the first", () => {
  box.pause();
  edit("1.00");
  edit("2.00", "1.00");
  assert.equal(sent.length, 0);
  assert.equal(shown(), "2.00");
  box.resume();
  assert.deepEqual(sent[0].cells, [["41", "price", "2.00", "12.00"]]);
});

test("typed back before anything went out, nothing is asked for", () => {
  box.pause();
  edit("1.00");
  edit("12.00", "1.00");
  assert.equal(box.size, 0);
  box.resume();
  assert.equal(sent.length, 0);
});

test("after a reconnect what is unanswered goes out again under the same ref", () => {
  edit("12.50");
  box.pause();
  box.resume();
  assert.equal(sent.length, 2);
  assert.deepEqual(sent[1], sent[0]);
});

test("so does what is saved but whose change was never seen; settled ends it", () => {
  edit("12.50");
  reply("e1", ["saved"]);
  box.pause();
  server["41.price"] = "12.50";
  box.resume();
  assert.equal(sent[1].ref, "e1");
  reply("e1", ["saved"], [], true);
  assert.equal(box.size, 0);
});

test("a resume that carries the ref ends it without another question", () => {
  edit("12.50");
  reply("e1", ["saved"]);
  box.pause();
  change("e1", { "41.price": "12.50" });
  box.resume();
  assert.equal(sent.length, 1);
  assert.equal(box.size, 0);
});

test("a line that does not take the frame: it goes out on resuming", () => {
  isLineUp = false;
  edit("12.50");
  isLineUp = true;
  box.pause();
  box.resume();
  assert.equal(sent.length, 1);
  assert.equal(sent[0].ref, "e1");
});

test("an answer that is overdue is asked for again", () => {
  edit("12.50");
  reply("e1", ["saved"]);
  clock.advance(10_000);
  box.nudge();
  assert.equal(sent.length, 1);
  clock.advance(10_000);
  box.nudge();
  assert.equal(sent.length, 2);
});

test("older than the server's memory of refs: not sent, the user is asked", () => {
  edit("12.50");
  box.pause();
  clock.advance(7 * 86_400_000 + 1);
  box.resume();
  assert.equal(sent.length, 1);
  assert.equal(done[0].result.code, "expired");
});

test("a frame that could not be used refuses all that stood in it", () => {
  const error = frame("server.error");
  box.edit([
    { pk: "41", column: "price", value: "1.00", base: "12.00" },
    { pk: "42", column: "price", value: "2.00", base: "0.85" },
  ]);
  box.fail("e1", error);
  assert.equal(box.size, 0);
  assert.deepEqual(
    done.map((part) => part.result.code),
    ["unknown_column", "unknown_column"],
  );
  box.fail("e99", error);
});

test("database trouble: the same request under a new ref, a little later", () => {
  edit("12.50");
  reply("e1", [{ error: 0 }], [{ pk: "41", column: "price", code: "retry", message: "Again." }]);
  assert.equal(shown(), "12.50", "still pending");
  assert.equal(sent.length, 1);
  clock.advance(600);
  assert.equal(sent.length, 2);
  assert.equal(sent[1].ref, "e2");
  assert.deepEqual(sent[1].cells, sent[0].cells);
});

test("trouble that does not end is told", () => {
  edit("12.50");
  for (let round = 1; round <= 5; round += 1) {
    const errors = [{ pk: "41", column: "price", code: "retry", message: "Again." }];
    reply(`e${round}`, [{ error: 0 }], errors);
    clock.advance(60_000);
  }
  assert.equal(sent.length, 5);
  assert.equal(done[0].result.code, "retry");
  assert.equal(box.size, 0);
});

test("frames stay below the server's limits", () => {
  box.limits = { ...limits, cells: 3, frame_bytes: 400 };
  const cells = Array.from({ length: 7 }, (_, at) => ({ pk: String(at), value: "x", base: null }));
  box.edit(cells.map((cell) => ({ ...cell, column: "name" })));
  assert.deepEqual(
    sent.map((frame) => frame.cells.length),
    [3, 3, 1],
  );
  sent = [];
  const long = "ö".repeat(60);
  box.edit(cells.map((cell) => ({ ...cell, column: "note", value: long })));
  for (const frame of sent) assert.ok(Buffer.byteLength(JSON.stringify(frame)) <= 400);
  assert.equal(sent.flatMap((frame) => frame.cells).length, 7);
});

test("what fits into no frame is refused here", () => {
  box.limits = { ...limits, frame_bytes: 300 };
  edit("x".repeat(400));
  assert.equal(sent.length, 0);
  assert.equal(done[0].result.code, "too_big");
  assert.equal(box.size, 0);
});

test("an added row gets its pk from the reply, or from the change before its rows are merged", () => {
  box.add([{ draft: "+new:1", values: { name: "Oak table" } }]);
  assert.deepEqual(sent[0], {
    type: "add",
    ref: "a1",
    rows: [{ name: "Oak table" }],
    atomic: false,
  });
  assert.deepEqual(Object.keys(sent[0]).sort(), Object.keys(frame("client.add")).sort());
  box.adopt([[CLIENT, "a1", "58", 0]]);
  assert.deepEqual(adopted, [["+new:1", "58"]]);
  reply("a1", [{ pk: "58" }]);
  assert.equal(adopted.length, 1);
  box.echo([[CLIENT, "a1", "58", 0]], (pk) => pk === "58");
  assert.equal(done[0].pk, "58");
  assert.equal(box.size, 0);
});

test("edits of a row that is still being added wait for its pk, and take the server's base", () => {
  box.add([{ draft: "+new:1", values: { name: "Oak table", price: "5" } }]);
  box.edit([{ pk: "+new:1", column: "price", value: "6", base: "5" }]);
  assert.equal(sent.length, 1);
  reply("a1", [{ pk: "58" }]);
  assert.equal(sent.length, 1, "the change will say what the server made of it");
  assert.equal(box.pending("58", "price").value, "6");
  server["58.price"] = "5.00";
  box.echo([[CLIENT, "a1", "58", 0]], (pk) => pk === "58");
  assert.deepEqual(sent[1].cells, [["58", "price", "6", "5.00"]]);
});

test("a refused add gives back what waited for it", () => {
  box.add([{ draft: "+new:1", values: { name: "" } }]);
  box.edit([{ pk: "+new:1", column: "price", value: "6", base: null }]);
  reply("a1", [{ error: 0 }], [{ pk: null, column: "name", code: "invalid", message: "Blank." }]);
  assert.equal(done[0].result.message, "Blank.");
  assert.deepEqual(
    done[0].echo.map((part) => part.value),
    ["6"],
  );
  assert.equal(box.size, 0);
});

test("a delete carries how far the user had seen, and is over when the row is gone", () => {
  box.delete([
    { pk: "41", cursor: "ep.7.tag" },
    { pk: "42", cursor: "ep.7.tag" },
  ]);
  assert.deepEqual(sent[0], {
    type: "delete",
    ref: "d1",
    pks: [
      ["41", "ep.7.tag"],
      ["42", "ep.7.tag"],
    ],
  });
  assert.deepEqual(Object.keys(sent[0]).sort(), Object.keys(frame("client.delete")).sort());
  box.delete([{ pk: "41", cursor: "ep.8.tag" }]);
  assert.equal(sent.length, 1, "once is enough");
  reply("d1", ["saved", { error: 0 }], [{ pk: "42", code: "changed", message: "Look again." }]);
  assert.equal(done[0].result.code, "changed");
  assert.equal(box.pendingRow("41").kind, "delete");
  box.echo([[CLIENT, "d1"]], (pk) => pk === "41");
  assert.equal(box.size, 0);
});

test("a row that has gone takes what waited for it along", () => {
  edit("1.00");
  edit("2.00", "1.00");
  assert.deepEqual(
    box.takeBack("41").map((part) => part.value),
    ["2.00"],
  );
  assert.equal(box.size, 1, "the first will be answered");
});

test("under another user's name nothing is sent", () => {
  edit("1.00");
  edit("2.00", "1.00");
  box.pause();
  box.drop({ code: "other_user", message: "Not yours." });
  box.resume();
  assert.equal(sent.length, 1);
  assert.equal(box.size, 0);
  assert.deepEqual(
    done.map((part) => part.result.code),
    ["other_user", "other_user"],
  );
});

test("closing leaves no timer", () => {
  edit("12.50");
  reply("e1", [{ error: 0 }], [{ pk: "41", column: "price", code: "retry", message: "Again." }]);
  assert.equal(clock.timers.size, 1);
  box.close();
  assert.equal(clock.timers.size, 0);
});

test("an action goes out behind the edits that were made before it, a frame at a time", () => {
  box.keepWithin({ ...limits, rows: 2 });
  edit("12.50");
  edit("13.00"); // waits for the first
  box.act("sell", ["41", "42", "43"], null);
  assert.deepEqual(
    sent.map(({ type }) => type),
    ["edit"],
  );
  reply("e1", ["saved"]);
  change("e1", { "41.price": "12.50" });
  const act = sent.at(-1);
  assert.deepEqual([act.type, act.pks], ["act", ["41", "42"]]);
  assert.equal(sent.at(-2).type, "edit");
  reply(act.ref, ["done", "done"]);
  assert.deepEqual(sent.at(-1).pks, ["43"]);
  assert.equal(box.requests.kept().at(-1).frame.action, "sell");
  reply(sent.at(-1).ref, [{ error: 0 }], [{ pk: "43", code: "retry", message: "" }]);
  clock.advance(60_000);
  assert.deepEqual(sent.at(-1).pks, ["43"]); // once more, under a ref of its own
  assert.notEqual(sent.at(-1).ref, sent.at(-2).ref);
});
