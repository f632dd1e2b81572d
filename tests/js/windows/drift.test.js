import assert from "node:assert/strict";
import { test } from "node:test";
import { realClock } from "../../../src/livesheet/static/livesheet/protocol.js";
import { Incoming } from "../../../src/livesheet/static/livesheet/store/incoming.js";
import { Store } from "../../../src/livesheet/static/livesheet/store/store.js";
import { Outline } from "../../../src/livesheet/static/livesheet/windows/outline.js";
import { PageGroups } from "../../../src/livesheet/static/livesheet/windows/pagegroups.js";
import { PageOrder } from "../../../src/livesheet/static/livesheet/windows/pageorder.js";
import { Windows } from "../../../src/livesheet/static/livesheet/windows/windows.js";
import { frame } from "../fakes.js";

const ROWS = 900;
const STRIDE = 100;
const SCREEN = 10;
const COLUMNS = [{ name: "name", type: "text" }];

/** Tells a client of what it was sent of its page, and of nothing else. */
class Server {
  constructor() {
    this.rows = new Map(Array.from({ length: ROWS }, (_, at) => [String(at + 40), `n${at}`]));
    this.number = 0;
    this.forget();
    /** What is on its way, in both directions. */
    this.said = [];
    this.asked = [];
  }

  forget() {
    this.order = [];
    this.page = [];
    this.have = new Set();
  }

  say(frame) {
    this.said.push(frame);
  }

  wire(pk) {
    return [pk, this.rows.get(pk)];
  }

  write(pk, value) {
    const isGone = value === null;
    if (isGone) this.rows.delete(pk);
    else this.rows.set(pk, value);
    if (!this.have.has(pk)) return;
    if (isGone) this.have.delete(pk);
    const [rows, gone] = isGone ? [[], [pk]] : [[this.wire(pk)], []];
    this.say({ type: "change", cursor: "c", rows, gone, by: {}, refs: [] });
  }

  take({ type, ref, ...asked }) {
    if (type === "arrange") this.arrange(ref, asked);
    else if (asked.order !== this.number || !this.order.length)
      this.say({ type: "error", ref, code: "no_order", message: "" });
    else if (type === "enter") this.enter(ref, asked);
    else this.part(ref, asked.from, asked.to);
  }

  arrange(ref, { view, near, rows }) {
    const sign = view.sorts[0]?.descending ? -1 : 1;
    const byName = (a, b) => (this.rows.get(a) < this.rows.get(b) ? -sign : sign);
    const all = [...this.rows.keys()];
    this.order = view.sorts.length ? all.sort(byName) : all;
    this.number += 1;
    const known = { count: this.order.length, exact: true, building: false, new: 0 };
    this.say({ type: "order", ref, order: this.number, ...known });
    this.enter(ref, { place: 0, near, rows });
  }

  enter(ref, { place: wanted, near, rows }) {
    const found = near === null ? -1 : this.order.indexOf(near);
    const place = Math.min(found < 0 ? wanted : found, this.order.length - 1);
    const from = Math.max(0, Math.floor(place / STRIDE) * STRIDE - STRIDE);
    this.page = this.order.slice(from, from + 3 * STRIDE);
    this.have = new Set();
    const { length } = this.page;
    const about = { order: this.number, from, to: from + length, place, rows: length };
    this.say({ type: "page", ref, ...about });
    this.part(ref, place - from, place - from + rows);
  }

  part(ref, from, to) {
    const keys = this.page.slice(from, to);
    const there = keys.filter((pk) => this.rows.has(pk));
    for (const pk of there) this.have.add(pk);
    const rows = there.map((pk) => this.wire(pk));
    this.say({ type: "part", ref, order: this.number, from, keys, rows });
  }
}

class Client {
  constructor(server) {
    this.server = server;
    this.first = 0;
    this.isBusy = false;
    this.waiting = [];
    this.store = new Store(() => {}, realClock, "en");
    this.store.greet({ ...frame("server.hello"), columns: COLUMNS });
    this.store.rows.describe(COLUMNS);
    const outline = new Outline({ question: () => null });
    const groups = new PageGroups(this.store.groups, outline, { zone: () => "UTC" });
    this.order = new PageOrder(this.store.order, groups, {
      onArrange: (isStale) => this.windows.rearrange(isStale),
      top: () => this.windows.top(),
      reach: (pk) => this.windows.goToKey(pk),
    });
    this.store.orderBy(this.order);
    const screen = { arrange() {}, refresh() {}, tell() {}, repaint() {} };
    const outbox = { adopt() {}, echo() {}, pending: () => null, takeBack: () => [] };
    const words = { texts: {}, nameOf: () => "" };
    this.incoming = new Incoming(this.store, outbox, screen, words);
    const send = (sent) => Boolean(server.asked.push(sent));
    this.windows = new Windows(this.store, this.order, send, this.#glass());
  }

  #glass() {
    return {
      sight: () => this.sight,
      turned: ({ row }) => this.scroll(row),
      arrived() {},
      arranged: () => this.scroll(this.first),
      whenFree: (run) => (this.isBusy ? this.waiting.push(run) : run()),
      isFree: () => !this.isBusy,
      failed() {},
    };
  }

  get sight() {
    const { length } = this.order.entries();
    if (!length) return null;
    const first = Math.max(0, Math.min(this.first, length - 1));
    return { first, key: this.order.list[first], shift: 0, rows: SCREEN };
  }

  scroll(row) {
    this.first = Math.max(0, row);
  }

  hear(said) {
    if (said.type === "rows") {
      this.incoming.rows(said);
      this.windows.begin();
      return;
    }
    if (said.type === "change") this.incoming.change(said);
    this.windows.take(said);
  }

  letGo() {
    this.isBusy = false;
    for (const run of this.waiting.splice(0)) run();
  }
}

/** The same for the same seed. */
function dice(seed) {
  let state = seed;
  return (n) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * n);
  };
}

function step(roll, server, client) {
  const anyRow = () => [...server.rows.keys()][roll(server.rows.size)];
  const acts = [
    () => client.scroll(client.first + roll(61) - 30),
    () => client.scroll(roll(300)),
    () => void client.windows.goTo(roll(ROWS)),
    () => void client.windows.goToKey(anyRow()),
    () =>
      server.write(client.order.pks[roll(client.order.pks.length)] ?? anyRow(), `w${roll(999)}`),
    () => server.write(anyRow(), `w${roll(999)}`),
    () => server.rows.size > 100 && server.write(anyRow(), null),
    () => client.order.toggleSort("name"),
    () => {
      client.isBusy = roll(2) === 1;
      if (!client.isBusy) client.letGo();
    },
    () => roll(4) === 0 && Object.assign(server, { order: [] }), // its memory is bounded
    () => {
      if (roll(4)) return;
      Object.assign(server, { asked: [], said: [] });
      server.forget();
      client.windows.end();
      server.say({ type: "rows", rows: [], reset: true, done: true, cursor: "c" });
    },
  ];
  acts[roll(acts.length)]();
  client.windows.scrolled();
  for (let n = roll(4); n > 0 && server.asked.length; n -= 1) server.take(server.asked.shift());
  for (let n = roll(4); n > 0 && server.said.length; n -= 1) client.hear(server.said.shift());
}

function settle(server, client) {
  client.letGo();
  for (let n = 0; n < 1_000 && (server.asked.length || server.said.length); n += 1) {
    if (server.asked.length) server.take(server.asked.shift());
    if (server.said.length) client.hear(server.said.shift());
    client.windows.scrolled();
  }
}

/** What is in sight is there and is right; nothing else is held that the server does not follow. */
function check(server, client, seed) {
  const { order, store } = client;
  const { first } = client.sight;
  const seen = order.entries().slice(first, first + SCREEN);
  for (const pk of seen) assert.ok(store.rows.has(pk), `seed ${seed}: ${pk} has not come`);
  for (const pk of order.pks) {
    assert.ok(server.rows.has(pk), `seed ${seed}: ${pk} was deleted`);
    assert.equal(store.rows.value(pk, "name"), server.rows.get(pk), `seed ${seed}: ${pk}`);
  }
  const places = order.pks.map((pk) => server.page.indexOf(pk));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
    `seed ${seed}: out of order`,
  );
}

test("however one scrolls, sorts and is cut off, what is in sight is the server's", () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const roll = dice(seed);
    const server = new Server();
    const client = new Client(server);
    server.say({ type: "rows", rows: [], reset: true, done: true, cursor: "c" });
    settle(server, client);
    for (let n = 0; n < 60; n += 1) step(roll, server, client);
    settle(server, client);
    check(server, client, seed);
  }
});
