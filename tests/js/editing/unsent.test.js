import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Outgoing } from "../../../src/livesheet/static/livesheet/editing/outgoing.js";
import { pack, restore } from "../../../src/livesheet/static/livesheet/editing/unsent.js";
import { Incoming } from "../../../src/livesheet/static/livesheet/store/incoming.js";
import { Store } from "../../../src/livesheet/static/livesheet/store/store.js";
import { TEXTS } from "../../../src/livesheet/static/livesheet/texts.js";
import { FakeClock, frame } from "../fakes.js";

const DAY_MS = 86_400_000;

/** A copy of the sheet without a screen, on a line that may be down. */
function copyOf(client, isUp) {
  const clock = new FakeClock();
  const sent = [];
  const said = [];
  const screen = new Proxy(
    {},
    {
      get:
        (_, name) =>
        (...values) =>
          said.push([name, ...values]),
    },
  );
  const launched = [];
  const store = new Store(() => {}, clock, "en", { outlook: () => outgoing.outbox });
  const send = (one) => isUp && sent.push(structuredClone(one)) > 0;
  const onLaunch = () => launched.push(sent.length);
  const world = { client, send, texts: TEXTS, root: null, clock, onLaunch };
  const outgoing = new Outgoing(store, screen, world);
  const incoming = new Incoming(store, outgoing.outbox, screen, { texts: TEXTS, nameOf: () => "" });
  const hello = frame("server.hello");
  hello.can = { add: true, change: true, delete: true };
  incoming.hello(hello);
  incoming.rows(frame("server.rows"));
  if (isUp) outgoing.outbox.resume();
  const commit = (pk, column, value) => {
    const before = store.shown(pk, column);
    outgoing.edit([{ pk, column, value, base: store.base(pk, column), before }]);
  };
  const reply = (ref, results, more = {}) =>
    incoming.reply({ type: "reply", ref, ok: true, results, errors: [], ...more });
  return { clock, sent, said, launched, store, outgoing, incoming, commit, reply };
}

/** As it comes out of the storage. */
const keep = ({ outgoing }) => JSON.parse(JSON.stringify(pack(outgoing)));

let former;
let next;

beforeEach(() => {
  former = copyOf("a".repeat(32), true);
  next = copyOf("b".repeat(32), true);
});

test("what may have been sent goes out as the same request: its ref, and the copy that sent it", () => {
  former.commit("41", "price", "13.00");
  former.commit("41", "price", "14.00"); // waits for the answer to the first
  restore(next.outgoing, keep(former));
  assert.deepEqual(next.sent, [{ ...former.sent[0], client: "a".repeat(32) }]);
  assert.equal(next.store.shown("41", "price"), "14.00");
  assert.equal(next.outgoing.outbox.size, 1);

  const { ref } = former.sent[0];
  next.reply(ref, ["saved"], { settled: true });
  assert.equal(next.sent[1].cells[0][2], "14.00", "the second follows, as this copy's own");
  assert.equal(next.sent[1].client, undefined);
  assert.deepEqual(
    keep(next).flights.map(({ client }) => client),
    ["b".repeat(32)],
  );
});

test("the change that bears another copy's ref settles it", () => {
  former.commit("41", "price", "12.50");
  restore(next.outgoing, keep(former));
  const { ref } = former.sent[0];
  next.reply(ref, ["saved"]);
  assert.equal(next.outgoing.outbox.size, 1);
  const change = { ...frame("server.change"), gone: [] };
  next.incoming.change({ ...change, refs: [["b".repeat(32), ref]] });
  assert.equal(next.outgoing.outbox.size, 1, "another copy's request of that name");
  next.incoming.change({ ...change, refs: [["a".repeat(32), ref]] });
  assert.equal(next.outgoing.outbox.size, 0);
});

test("what was typed without a line goes out with the base that it had", () => {
  const offline = copyOf("c".repeat(32), false);
  offline.commit("41", "price", "13.00");
  offline.commit("41", "price", "14.00");
  offline.outgoing.delete(["42"]);
  const queue = keep(offline);
  const edit = { pk: "41", column: "price", value: "14.00", base: "12.00", row: "Oak table" };
  assert.deepEqual(queue.edits, [edit]);
  restore(next.outgoing, queue);
  assert.deepEqual(
    next.sent.map(({ type, client }) => [type, client]),
    [
      ["delete", "c".repeat(32)],
      ["edit", undefined],
    ],
  );
  assert.deepEqual(next.sent[1].cells, [["41", "price", "14.00", "12.00"]]);
});

test("a new row that was on its way is added once, with what was typed into it since", () => {
  former.outgoing.addRows([{ name: "Oak table", supplier: "3", price: "349.00" }]);
  const [draft] = former.store.order.drafts;
  former.commit(draft, "unit", "kg");
  restore(next.outgoing, keep(former));
  assert.deepEqual(next.sent, [{ ...former.sent[0], client: "a".repeat(32) }]);
  const [here] = next.store.order.drafts;
  assert.equal(next.store.shown(here, "name"), "Oak table");
  assert.equal(next.store.shown(here, "unit"), "kg");

  // It had been added, and stands in this copy already.
  const row = ["58", "Oak table", "3", "349.00", "piece", null];
  next.incoming.change({ ...frame("server.change"), rows: [row], gone: [], refs: [] });
  next.reply(former.sent[0].ref, [{ pk: "58" }], { settled: true });
  assert.deepEqual(next.store.order.settle(), ["41", "42", "58"]);
  assert.deepEqual(next.sent[1].cells, [["58", "unit", "kg", "piece"]]);
});

test("a row that is still being filled in comes back as it was, an empty one does not", () => {
  former.outgoing.addRow();
  former.outgoing.addRows([{ name: "Chair" }]);
  const queue = keep(former);
  restore(next.outgoing, queue);
  assert.equal(next.sent.length, 0);
  assert.deepEqual([...next.store.drafts.byPk.values()], [{ name: "Chair" }]);
});

test("older than the server remembers: not sent by itself, and said on its cell", () => {
  former.commit("41", "price", "13.00");
  const queue = keep(former);
  next.clock.advance(8 * DAY_MS);
  restore(next.outgoing, queue);
  assert.equal(next.sent.length, 0);
  const mark = next.store.marks.get("41", "price");
  assert.equal(mark.message, TEXTS.expired);
  assert.equal(mark.typed, "13.00");
});

test("what was typed into a row that has gone is offered, not dropped", () => {
  const offline = copyOf("c".repeat(32), false);
  offline.commit("41", "price", "13.00");
  next.incoming.change({ ...frame("server.change"), rows: [], gone: ["41"], refs: [], by: {} });
  restore(next.outgoing, keep(offline));
  assert.equal(next.sent.length, 0);
  const lost = next.said.find(([name, event]) => name === "tell" && event === "lost");
  assert.deepEqual(lost[2], {
    pk: "41",
    row: "Oak table",
    cells: [{ column: "price", value: "13.00" }],
  });
});

test("it is kept before it is sent", () => {
  const before = former.sent.length;
  former.commit("41", "price", "13.00");
  assert.equal(former.launched.at(-1), before);
  assert.equal(former.sent.length, before + 1);
});

test("rows of a large paste that have not gone out yet are kept, too", () => {
  const copy = copyOf("a".repeat(32), true);
  copy.outgoing.outbox.limits = { ...copy.outgoing.outbox.limits, rows: 2 };
  const values = { name: "Oak", price: "1.00", supplier: "3" };
  copy.outgoing.addRows(Array.from({ length: 7 }, (_, n) => ({ ...values, name: `Oak ${n}` })));
  const { flights, rows } = keep(copy);
  const names = [
    ...flights.flatMap(({ frame: sent }) => sent.rows.map(({ name }) => name)),
    ...rows.map((row) => row.values.name),
  ];
  assert.equal(flights.length, 2);
  assert.deepEqual(
    names,
    Array.from({ length: 7 }, (_, n) => `Oak ${n}`),
  );
});
