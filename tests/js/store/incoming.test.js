import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Incoming } from "../../../src/livesheet/static/livesheet/store/incoming.js";
import { Store } from "../../../src/livesheet/static/livesheet/store/store.js";
import { TEXTS } from "../../../src/livesheet/static/livesheet/texts.js";
import { Outbox } from "../../../src/livesheet/static/livesheet/wire/outbox.js";
import { FakeClock, frame } from "../fakes.js";

const CLIENT = "6f1d2c3b4a5968778695a4b3c2d1e0ff";

let store;
let outbox;
let incoming;
let said;
let sent;
let done;

beforeEach(() => {
  const clock = new FakeClock();
  said = [];
  sent = [];
  done = [];
  const screen = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...values) =>
          said.push([name, ...values]),
    },
  );
  store = new Store(() => {}, clock, "en", { outlook: () => outbox });
  outbox = new Outbox(
    CLIENT,
    {
      send: (one) => sent.push(one) > 0,
      current: (pk, column) => store.base(pk, column),
      onDone: (unit) => done.push(unit),
      onAdopted: (draft, pk) => store.order.adopt(draft, pk),
      onCount: () => {},
    },
    clock,
  );
  const names = { 7: "Ann Lee", "task: import_prices": "task: import_prices" };
  incoming = new Incoming(store, outbox, screen, {
    texts: TEXTS,
    nameOf: (who) => names[who],
    clock,
  });
  incoming.hello(frame("server.hello"));
});

const load = () => incoming.rows(frame("server.rows"));

test("a snapshot ends with its cursor, and not before", () => {
  const [first, second] = frame("server.rows").rows;
  assert.equal(incoming.rows({ type: "rows", rows: [first], reset: true, done: false }), false);
  assert.equal(store.cursor, null);
  assert.deepEqual(store.order.settle(), ["41"], "what has come is shown");
  assert.ok(incoming.rows({ type: "rows", rows: [second], done: true, cursor: "ep.1.tag" }));
  assert.equal(store.cursor, "ep.1.tag");
  assert.deepEqual(store.order.settle(), ["41", "42"]);
});

test("a later snapshot takes away what is no more, and moves nothing before it is whole", () => {
  load();
  const row = frame("server.rows").rows[1];
  incoming.rows({ type: "rows", rows: [["50", "New"]], reset: true, done: false });
  assert.deepEqual(store.order.settle(), ["41", "42"]);
  incoming.rows({ type: "rows", rows: [row], done: true, cursor: "ep.2.tag" });
  assert.deepEqual(store.order.settle(), ["50", "42"]);
  assert.ok(!store.rows.has("41"));
});

test("a snapshot that was cut off leaves no cursor and is not gone on with", () => {
  load();
  incoming.rows({ type: "rows", rows: [["50", "New"]], reset: true, done: false });
  incoming.restart();
  assert.equal(store.cursor, null);
  load();
  assert.deepEqual(store.order.settle(), ["41", "42"]);
});

test("a change takes in rows, takes out what is gone, and goes on with the cursor", () => {
  load();
  incoming.rows({ type: "rows", rows: [["57", "Old"]], reset: false, done: true, cursor: "x" });
  const change = frame("server.change");
  incoming.change(change);
  assert.equal(store.rows.value("41", "price"), "12.50");
  assert.ok(!store.rows.has("57"));
  assert.equal(store.cursor, change.cursor);
  assert.ok(said.some(([name, event]) => name === "tell" && event === "change"));
});

test("what somebody else changed is marked with who it was; nothing else is", () => {
  load();
  incoming.change(frame("server.change"));
  assert.equal(store.marks.get("41", "price").message, "Changed by Ann Lee");
  assert.equal(store.marks.get("41", "name"), null);
});

test("what the user is waiting for is no news, and is shown over the server's value", () => {
  load();
  outbox.resume();
  outbox.edit([{ pk: "41", column: "price", value: "99.00", base: "12.00" }]);
  incoming.change({ ...frame("server.change"), refs: [] });
  assert.equal(store.marks.get("41", "price"), null);
  assert.equal(store.shown("41", "price"), "99.00");
  assert.equal(store.base("41", "price"), "12.50");
});

test("a resume, empty or not, is a change like any other", () => {
  load();
  incoming.change({ type: "change", cursor: "ep.9.tag", rows: [], gone: [], by: {}, refs: [] });
  assert.equal(store.cursor, "ep.9.tag");
  assert.deepEqual(store.order.settle(), ["41", "42"]);
});

test("a row that goes takes along what waited for it, and says so", () => {
  load();
  outbox.edit([{ pk: "41", column: "price", value: "1.00", base: "12.00" }]);
  incoming.change({ ...frame("server.change"), rows: [], gone: ["41"], refs: [] });
  assert.equal(outbox.size, 0);
  assert.deepEqual(
    said.find(([name, event]) => name === "tell" && event === "lost"),
    [
      "tell",
      "lost",
      {
        pk: "41",
        row: "Oak table",
        who: "7",
        cells: [{ column: "price", value: "1.00" }],
      },
    ],
  );
});

test("an added row appears once, where its draft stood", () => {
  load();
  const draft = store.drafts.create({ name: "Oak table" });
  store.order.addDraft(draft);
  outbox.resume();
  outbox.add([{ draft, values: store.drafts.values(draft) }]);
  const row = ["58", "Oak table", "3", "349.00", "piece", null];
  const refs = [[CLIENT, sent[0].ref, "58", 0]];
  incoming.change({ ...frame("server.change"), rows: [row], gone: [], refs });
  assert.deepEqual(store.order.settle(), ["41", "42", "58"]);
});

test("the same columns again leave everything; other columns begin anew", () => {
  load();
  said = [];
  incoming.hello(frame("server.hello"));
  assert.deepEqual(said, []);
  assert.equal(store.rows.size, 2);
  const fewer = frame("server.hello");
  fewer.columns.pop();
  incoming.hello(fewer);
  assert.ok(said.some(([name]) => name === "rebuild"));
  assert.equal(store.rows.size, 0);
});

test("somebody else signed in: nothing of the former user is sent", () => {
  load();
  outbox.edit([{ pk: "41", column: "price", value: "1.00", base: "12.00" }]);
  const other = frame("server.hello");
  other.me = { ...other.me, id: "8" };
  incoming.hello(other);
  outbox.resume();
  assert.equal(sent.length, 0);
  assert.equal(done[0].result.code, "other_user");
});

test("labels are known before the rows that use them, and renamed at once", () => {
  incoming.labels(frame("server.labels"));
  load();
  assert.equal(store.text(store.column("supplier"), "3"), "Nordwood AB");
  assert.ok(said.some(([name]) => name === "repaint"));
});

test("a large sheet is drawn for labels that have changed, not for those that come with each page", () => {
  load();
  Object.defineProperty(store.order, "isPaged", { value: true });
  const drawn = (labels) => {
    said.length = 0;
    incoming.labels({ ...frame("server.labels"), labels });
    return said.filter(([name]) => name === "repaint").length;
  };
  assert.equal(drawn({ 3: "Nordwood AB", 9: "Lindqvist & Söhne" }), 0);
  assert.equal(drawn({ 3: "Nordwood AB", 12: "Eastoak" }), 0);
  assert.equal(drawn({ 3: "Nordwood Ltd" }), 1);
});

test("an error with a ref refuses that edit, one without is told", () => {
  load();
  outbox.resume();
  outbox.edit([{ pk: "41", column: "price", value: "1.00", base: "12.00" }]);
  incoming.error({ ...frame("server.error"), ref: sent[0].ref });
  assert.equal(done[0].result.code, "unknown_column");
  const { ref: _, ...bare } = frame("server.error");
  incoming.error(bare);
  assert.ok(said.some(([name, text]) => name === "say" && text === bare.message));
});
