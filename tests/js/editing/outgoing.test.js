import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Outgoing } from "../../../src/livesheet/static/livesheet/editing/outgoing.js";
import { Looks } from "../../../src/livesheet/static/livesheet/grid/looks.js";
import { Incoming } from "../../../src/livesheet/static/livesheet/store/incoming.js";
import { Store } from "../../../src/livesheet/static/livesheet/store/store.js";
import { TEXTS } from "../../../src/livesheet/static/livesheet/texts.js";
import { FakeClock, frame } from "../fakes.js";

const CLIENT = "6f1d2c3b4a5968778695a4b3c2d1e0ff";
const ROW = ["58", "Oak table", "3", "349.00", "piece", null];

let store;
let outgoing;
let incoming;
let looks;
let sent;
let said;
let batches;
let impossible;

/** Everything of a sheet but the screen and the line. */
function freshSheet() {
  const clock = new FakeClock();
  sent = [];
  said = [];
  const screen = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...values) =>
          said.push([name, ...values]),
    },
  );
  batches = [];
  impossible = [];
  store = new Store(() => {}, clock, "en", { outlook: () => outgoing.outbox });
  outgoing = new Outgoing(store, screen, {
    client: CLIENT,
    send: (one) => sent.push(structuredClone(one)) > 0,
    texts: TEXTS,
    root: null,
    clock,
    nameOf: (who) => (who ? "Bea" : ""),
    onBatch: (batch) => batches.push(batch),
    onImpossible: (text) => impossible.push(text),
  });
  const nameOf = () => "Bea";
  incoming = new Incoming(store, outgoing.outbox, screen, { texts: TEXTS, nameOf });
  looks = new Looks(store, { at: () => [] }, TEXTS, clock);
  const hello = frame("server.hello");
  hello.can = { add: true, change: true, delete: true };
  incoming.hello(hello);
  incoming.labels(frame("server.labels"));
  incoming.rows(frame("server.rows"));
  outgoing.outbox.resume();
}

beforeEach(freshSheet);

const look = (pk, name) => looks.look(pk, store.column(name), store.shown(pk, name));
const commit = (pk, column, value) => {
  const before = store.shown(pk, column);
  outgoing.edit([{ pk, column, value, base: store.base(pk, column), before }]);
};
const reply = (result, errors = []) =>
  incoming.reply({ ref: sent.at(-1).ref, ok: !errors.length, results: [result], errors });
const change = (row, more = []) =>
  incoming.change({
    cursor: "ep.2.tag",
    rows: row ? [row] : [],
    gone: [],
    by: {},
    refs: [[CLIENT, sent.at(-1).ref, ...more]],
  });
const events = () => said.filter(([name]) => name === "tell").map(([, name]) => name);

test("a typed cell is sent, looks pending, and settles", () => {
  commit("41", "price", "12.50");
  assert.deepEqual(sent[0].cells, [["41", "price", "12.50", "12.00"]]);
  assert.ok(look("41", "price").pending);
  assert.equal(look("41", "price").title, TEXTS.pending);
  reply("saved");
  change(frame("server.change").rows[0]);
  assert.ok(!look("41", "price").pending);
  assert.equal(look("41", "price").text, "12.50");
  assert.equal(look("41", "price").mark, null, "one's own change is no news");
});

test("a refused cell shows the server's value, its message, and what was typed", () => {
  commit("41", "price", "abc");
  reply({ error: 0 }, [{ pk: "41", column: "price", code: "invalid", message: "Not a number." }]);
  assert.equal(look("41", "price").text, "12.00");
  assert.equal(look("41", "price").mark.kind, "refused");
  assert.equal(look("41", "price").title, "Not a number.\nYou typed: abc");
  assert.deepEqual(events(), ["rejected"]);
  commit("41", "price", "13.00");
  assert.equal(look("41", "price").mark, null, "typing again takes the mark away");
});

test("in a conflict one may insist: the same value, on the base of theirs", () => {
  commit("41", "price", "12.50");
  incoming.change({
    ...frame("server.change"),
    rows: [["41", "Oak table", "3", "13.00"]],
    refs: [],
  });
  reply({ error: 0 }, frame("server.reply").errors);
  const { mark } = look("41", "price");
  assert.equal(mark.kind, "conflict");
  outgoing.insist("41", "price", mark);
  assert.deepEqual(sent.at(-1).cells, [["41", "price", "12.50", "13.00"]]);
});

test("or let it be", () => {
  commit("41", "price", "12.50");
  reply({ error: 0 }, frame("server.reply").errors);
  outgoing.dismiss("41", "price");
  assert.equal(look("41", "price").mark, null);
});

test("undo is a new edit, based on what the server made of the first; redo undoes it", () => {
  commit("41", "price", "12.5");
  reply("saved");
  change(["41", "Oak table", "3", "12.50", "piece", null]);
  outgoing.undo();
  assert.deepEqual(sent.at(-1).cells, [["41", "price", "12.00", "12.50"]]);
  reply("saved");
  change(["41", "Oak table", "3", "12.00", "piece", null]);
  outgoing.redo();
  assert.deepEqual(sent.at(-1).cells, [["41", "price", "12.50", "12.00"]]);
});

test("what was refused is not there to be undone", () => {
  commit("41", "price", "abc");
  reply({ error: 0 }, [{ pk: "41", column: "price", code: "invalid", message: "No." }]);
  outgoing.undo();
  assert.equal(sent.length, 1);
});

test("a new row is sent when what is required is there, and stays in its place", () => {
  outgoing.addRow();
  const [draft] = store.order.drafts;
  assert.ok(look(draft, "name").missing);
  assert.equal(looks.rowLook(draft).state, "draft");
  commit(draft, "name", "Oak table");
  commit(draft, "supplier", "3");
  assert.equal(sent.length, 0);
  commit(draft, "price", "349.00");
  assert.deepEqual(sent[0].rows, [{ name: "Oak table", supplier: "3", price: "349.00" }]);
  assert.ok(look(draft, "name").pending);
  reply({ pk: "58" });
  assert.deepEqual(store.order.settle(), ["41", "42", "58"]);
  assert.equal(look("58", "name").text, "Oak table", "until the row comes, the draft's values");
  change(ROW, ["58", 0]);
  assert.equal(looks.rowLook("58").state, "");
  assert.equal(look("58", "price").text, "349.00");
  assert.equal(outgoing.outbox.size, 0);
});

test("a new row is sent when the selection goes to another row, or when it is asked for", () => {
  const { adding } = outgoing;
  outgoing.addRow();
  const [draft] = store.order.drafts;
  adding.moveTo(draft);
  for (const [name, value] of [
    ["name", "Oak table"],
    ["supplier", "3"],
    ["price", "349.00"],
  ])
    commit(draft, name, value);
  adding.moveTo(null); // the window, or the bar: not another row
  assert.equal(sent.length, 0);
  adding.moveTo("41");
  assert.equal(sent[0].rows.length, 1);
  reply({ error: 0 }, [{ pk: null, column: "price", code: "invalid", message: "No." }]);
  adding.moveTo(draft);
  adding.moveTo("42");
  assert.equal(sent.length, 1, "as it was refused, it does not go out again by itself");
  adding.save(draft);
  assert.equal(sent.length, 2);
});

test("one that nothing was typed into vanishes, and leaves nothing to undo", () => {
  outgoing.addRow();
  const [draft] = store.order.drafts;
  outgoing.adding.moveTo(draft);
  outgoing.adding.moveTo("41");
  assert.deepEqual(store.order.settle(), ["41", "42"]);
  assert.equal(store.undo.past.length, 0);
});

test("what the server will fill in stands there at once, and is not sent", () => {
  outgoing.addRow();
  const [draft] = store.order.drafts;
  assert.equal(look(draft, "unit").text, "Piece");
  assert.ok(look(draft, "unit").isDefault);
  commit(draft, "unit", "kg");
  assert.ok(!look(draft, "unit").isDefault);
  commit(draft, "unit", "");
  assert.equal(look(draft, "unit").text, "Piece", "it cannot be empty, so it is as untouched");
  assert.deepEqual(store.drafts.values(draft), {});
});

test("a refused row stays, with all that was typed, and is sent anew when mended", () => {
  outgoing.addRows([{ name: "Oak table", supplier: "3", price: "abc" }]);
  const draft = store.order.settle().at(-1);
  commit(draft, "unit", "kg");
  const errors = [
    { pk: null, column: "price", code: "invalid", message: "Not a number." },
    { pk: null, column: "name", code: "invalid", message: "Too plain." },
  ];
  reply({ errors: [0, 1] }, errors);
  assert.equal(look(draft, "price").title, "Not a number.\nYou typed: abc");
  assert.equal(look(draft, "name").mark.message, "Too plain.");
  commit(draft, "price", "349.00");
  assert.deepEqual(sent.at(-1).rows, [
    { name: "Oak table", supplier: "3", price: "349.00", unit: "kg" },
  ]);
  assert.notEqual(sent.at(-1).ref, sent[0].ref);
});

test("a draft is discarded without asking anybody; a row is deleted by the server", async () => {
  outgoing.addRow();
  const [draft] = store.order.drafts;
  await outgoing.delete([draft]);
  assert.deepEqual(store.order.settle(), ["41", "42"]);
  assert.equal(sent.length, 0);
  await outgoing.delete(["41"]);
  assert.deepEqual(sent[0].pks, [["41", store.cursor]]);
  assert.equal(looks.rowLook("41").state, "deleting");
});

test("a row that changed meanwhile is not deleted, and says why", async () => {
  await outgoing.delete(["41"]);
  reply({ error: 0 }, [{ pk: "41", column: null, code: "changed", message: "Bea changed it." }]);
  assert.equal(look("41", "name").title, "Bea changed it.");
  assert.equal(looks.rowLook("41").state, "");
});

test("deleted by somebody else already: that is what was wanted", async () => {
  await outgoing.delete(["41"]);
  reply({ error: 0 }, [{ pk: "41", column: null, code: "not_found", message: "Gone." }]);
  assert.equal(look("41", "name").mark, null);
});

test("a value that sorts elsewhere marks its row, and the header", () => {
  store.order.toggleSort("price");
  assert.equal(looks.sortLook(store.column("price")).direction, "ascending");
  incoming.change({ ...frame("server.change"), gone: [], refs: [] });
  assert.equal(looks.rowLook("41").state, "misplaced");
  assert.ok(looks.sortLook(store.column("price")).stale);
  assert.equal(looks.sortLook(store.column("name")).direction, "");
});

test("a cell of a row that has gone is not sent, and what was typed is offered back", () => {
  const edit = { pk: "57", column: "price", value: "1.00", base: "2.00", before: "2.00" };
  outgoing.edit([edit]);
  assert.equal(sent.length, 0);
  const lost = said.find(([name, event]) => name === "tell" && event === "lost");
  assert.deepEqual(lost[2], {
    pk: "57",
    row: undefined,
    cells: [{ column: "price", value: "1.00" }],
  });
});

test("a conflict knows who was faster, and the colour", () => {
  commit("41", "price", "12.50");
  reply({ error: 0 }, frame("server.reply").errors);
  assert.deepEqual(look("41", "price").mark.by, { name: "Bea", colour: "#2d6cb4" });
});

test("without a line a cell is unsent, which is another sign and other words", () => {
  outgoing.outbox.pause();
  commit("41", "price", "13.00");
  assert.ok(look("41", "price").unsent);
  assert.equal(look("41", "price").title, TEXTS.unsentCell);
  outgoing.outbox.resume();
  assert.ok(!look("41", "price").unsent);
  assert.ok(look("41", "price").pending);
});

test("several cells at once are one action, and one undo", () => {
  const cells = ["41", "42"].map((pk) => ({
    pk,
    column: "price",
    value: "7.00",
    base: store.base(pk, "price"),
    before: store.shown(pk, "price"),
  }));
  outgoing.edit(cells);
  assert.equal(batches[0].total, 2);
  const { ref } = sent[0];
  incoming.reply({ ref, ok: true, results: ["saved", "saved"], errors: [], settled: true });
  assert.ok(batches[0].isOver);
});

test("a time that the clocks skip is not sent, and the cell says why", () => {
  store.context.zone = "Europe/Berlin";
  commit("41", "counted_at", "2026-03-29 02:30");
  assert.deepEqual(sent, []);
  assert.equal(look("41", "counted_at").mark.message, TEXTS.skippedHour);
  commit("41", "counted_at", "2026-03-29T01:30:00Z");
  assert.equal(sent.length, 1);
});

test("undo leaves what somebody else has written since, and says whose it is", () => {
  commit("41", "price", "12.50");
  reply("saved");
  change(["41", "Oak table", "3", "12.50", "piece", null]);
  const theirs = ["41", "Oak table", "3", "13.00", "piece", null];
  incoming.change({ cursor: "ep.3.t", rows: [theirs], gone: [], by: { 41: "8" }, refs: [] });
  outgoing.undo();
  assert.equal(sent.length, 1, "nothing is asked for, so the last write does not win by an undo");
  const { mark } = look("41", "price");
  assert.equal(mark.kind, "conflict");
  assert.match(mark.message, /Bea/);
  assert.match(look("41", "price").title, /Undo would put back: 12.00/, "and not what was typed");
});

test("what nobody in particular has written is nobody's, also to whoever wrote before", () => {
  commit("41", "price", "12.50");
  reply("saved");
  change(["41", "Oak table", "3", "12.50", "piece", null]);
  const row = (price) => [["41", "Oak table", "3", price, "piece", null]];
  incoming.change({ cursor: "ep.3.t", rows: row("13.00"), gone: [], by: { 41: "8" }, refs: [] });
  incoming.change({ cursor: "ep.4.t", rows: row("14.00"), gone: [], by: {}, refs: [] });
  outgoing.undo();
  assert.equal(look("41", "price").mark.message, TEXTS.notUndoneSince);
});

test("a new row is taken back as a whole; what was typed into it is no step of its own", () => {
  outgoing.addRow();
  const [draft] = store.order.drafts;
  commit(draft, "name", "Oak table");
  commit(draft, "supplier", "3");
  outgoing.undo();
  assert.equal(store.shown(draft, "supplier"), null, "not sent yet: the last cell");
  commit(draft, "supplier", "3");
  commit(draft, "price", "349.00");
  reply({ pk: "58" });
  change(ROW, ["58", 0]);
  outgoing.undo();
  assert.deepEqual(sent.at(-1).pks, [["58", store.cursor]]);
});

test("a row that is still being saved is not taken back yet", () => {
  outgoing.addRows([{ name: "Oak table", supplier: "3", price: "1.00" }]);
  outgoing.undo();
  assert.deepEqual(said.at(-1), ["say", TEXTS.stillSaving]);
  assert.equal(store.undo.past.length, 1);
});

test("a deleted row comes again where it was, with what may be written", async () => {
  commit("41", "price", "12.50");
  reply("saved");
  change(["41", "Oak table", "3", "12.50", "piece", null]);
  await outgoing.delete(["41"]);
  reply("saved");
  incoming.change({ ...frame("server.change"), rows: [], gone: ["41"], refs: [[CLIENT, "d2"]] });
  outgoing.undo();
  const [draft, second] = store.order.settle();
  assert.ok(store.drafts.isDraft(draft));
  assert.equal(second, "42");
  const values = { name: "Oak table", supplier: "3", price: "12.50", unit: "piece" };
  assert.deepEqual(sent.at(-1).rows, [values]);
  reply({ pk: "77" });
  incoming.change({
    ...frame("server.change"),
    rows: [["77", "Oak table", "3", "12.50", "piece", null]],
    gone: [],
    refs: [[CLIENT, sent.at(-1).ref, "77", 0]],
  });
  assert.deepEqual(store.order.settle(), ["77", "42"]);
  outgoing.undo();
  assert.deepEqual(sent.at(-1).cells, [["77", "price", "12.00", "12.50"]], "earlier steps follow");
});

test("who may not add rows is told that they cannot come back", async () => {
  await outgoing.delete(["41"]);
  reply("saved");
  incoming.change({ ...frame("server.change"), rows: [], gone: ["41"], refs: [[CLIENT, "d1"]] });
  store.hello.can.add = false;
  outgoing.undo();
  assert.ok(said.some(([name, text]) => name === "say" && text === TEXTS.mayNotAdd));
  assert.equal(sent.length, 1);
});

test("a row put in above another stays there when it is saved", () => {
  outgoing.addRow("42");
  const [draft] = store.order.drafts;
  assert.deepEqual(store.order.settle(), ["41", draft, "42"]);
  incoming.change({ cursor: "ep.3.t", rows: [["60", "x"]], gone: [], by: {}, refs: [] });
  for (const [name, value] of [
    ["name", "Oak table"],
    ["supplier", "3"],
    ["price", "1.00"],
  ])
    commit(draft, name, value);
  reply({ pk: "58" });
  change(ROW, ["58", 0]);
  assert.deepEqual(store.order.settle(), ["41", "58", "42", "60"]);
});

test("a paste is all or nothing where the sheet says so, if it fits", () => {
  store.hello.atomic_pastes = true;
  outgoing.outbox.limits = { ...outgoing.outbox.limits, cells: 2 };
  const cell = (pk, column, value) => {
    const base = store.base(pk, column);
    return { pk, column, value, base, before: base };
  };
  const two = [cell("41", "price", "1.00"), cell("42", "price", "2.00")];
  outgoing.paste([...two, cell("42", "name", "Chair")], []);
  assert.match(impossible[0], /at most 2 cells at once, not 3/);
  outgoing.paste(two, [{ name: "Chair", supplier: "3", price: "1.00" }]);
  outgoing.paste([], [{ name: "Chair" }, { name: "Bench" }]);
  assert.deepEqual(impossible.slice(1), [TEXTS.wholeMixed, TEXTS.wholeIncomplete]);
  assert.equal(sent.length, 0);
  outgoing.paste(two, []);
  assert.deepEqual([sent[0].cells.length, sent[0].atomic], [2, true]);
});

test("the sheet's own action: told row by row, and taken back as what it did to cells", async () => {
  const action = { name: "sell", label: "Sell", confirm: "" };
  await outgoing.act(action, ["41", "42", "99"]);
  assert.deepEqual(sent.at(-1), { type: "act", ref: "a1", action: "sell", pks: ["41", "42"] });
  assert.equal(outgoing.outbox.size, 2);
  const refused = { pk: "42", column: null, code: "invalid", message: "There is none left." };
  incoming.reply({
    ...{ ref: "a1", ok: false, results: ["saved", { error: 0 }], errors: [refused] },
    ...{ left: { 0: { price: ["12.00", "11.00"] } }, message: "1 is sold.", settled: false },
  });
  const [batch] = batches;
  assert.ok(!batch.isOver); // the values are to come
  const [row] = frame("server.rows").rows;
  change(row.map((value) => (value === "12.00" ? "11.00" : value)));
  assert.deepEqual([batch.isOver, batch.saved, batch.told], [true, 1, ["1 is sold."]]);
  assert.equal(batch.refused[0].refusal.message, "There is none left.");
  assert.equal(store.marks.get("42", "name").message, "There is none left.");
  outgoing.undo();
  assert.deepEqual(sent.at(-1).cells, [["41", "price", "12.00", "11.00"]]);
});

test("an action that did more than change cells is not taken back; offline none begins", async () => {
  const action = { name: "retire", label: "Retire", confirm: "" };
  await outgoing.act(action, ["41", "42"]);
  incoming.reply({ ref: "a1", ok: true, results: ["saved", "done"], errors: [], left: {} });
  incoming.change({ cursor: "c", rows: [], gone: ["41"], by: {}, refs: [[CLIENT, "a1"]] });
  assert.ok(batches[0].isOver);
  assert.equal(store.undo.past.length, 0);
  outgoing.outbox.pause();
  await outgoing.act(action, ["42"]);
  assert.equal(sent.length, 1);
  assert.deepEqual(said.at(-1), ["say", TEXTS.actOffline]);
});
