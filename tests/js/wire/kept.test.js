import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Claims } from "../../../src/livesheet/static/livesheet/wire/claims.js";
import { Kept } from "../../../src/livesheet/static/livesheet/wire/kept.js";
import { FakeClock, FakeStorage } from "../fakes.js";

const EDIT = { pk: "41", column: "price", value: "13.00", base: "12.00" };
const QUEUE = { flights: [], edits: [EDIT], rows: [] };
const NOTHING = { flights: [], edits: [], rows: [] };
const PATH = "/ws/sheet/task/?project=7";
const DAY_MS = 86_400_000;

/** More than is written at once. */
const MANY = {
  ...NOTHING,
  edits: Array.from({ length: 6000 }, (_, n) => ({ ...EDIT, pk: String(n) })),
};

/** As IndexedDB: it answers later, and only while the page lives. */
class FakeShelf {
  copies = new Map();
  asked = [];
  isRefusing = false;

  async #later(work) {
    await new Promise((resolve) => this.asked.push(resolve));
    if (this.isRefusing) throw new Error("withheld");
    return work();
  }

  put = (key, copy) => this.#later(() => this.copies.set(key, copy));
  get = async (key) => this.copies.get(key);
  keys = async () => [...this.copies.keys()];
  delete = (key) => this.#later(() => this.copies.delete(key));

  async answer() {
    while (this.asked.length) {
      this.asked.shift()();
      await settled();
    }
  }
}

let storage;
let shelf;
let time;

beforeEach(() => {
  storage = new FakeStorage();
  shelf = new FakeShelf();
  time = 0;
});

const settled = () => new Promise((resolve) => setTimeout(resolve));

const kept = (client, path = PATH) =>
  new Kept(
    path,
    client,
    () => storage,
    () => time,
    shelf,
  );

/** As the next copy of the sheet finds what the first has left. */
const left = async () => {
  const next = kept("b");
  const [found] = await next.others("3");
  return found ? next.read(found.key) : null;
};

test("what one copy keeps, another of the same sheet and user finds", async () => {
  assert.equal(await kept("a").put("3", QUEUE, 7), true);
  const [found, ...more] = await kept("b").others("3");
  assert.deepEqual(more, []);
  assert.equal(found.client, "a");
  assert.deepEqual((await kept("b").read(found.key)).edits, [EDIT]);
  assert.deepEqual(await kept("a").others("3"), [], "one's own is no other's");
  assert.deepEqual(await kept("b", "/ws/sheet/task/?project=8").others("3"), []);
  kept("b").remove(found.key);
  assert.deepEqual(await kept("b").others("3"), []);
});

test("a little is kept when it is told, before anything is sent", () => {
  kept("a").put("3", QUEUE, 7);
  assert.match([...storage.items.values()][0], /13\.00/);
  assert.equal(shelf.asked.length, 0);
});

test("nothing to keep leaves nothing behind", async () => {
  const one = kept("a");
  one.put("3", QUEUE, 7);
  one.put("3", NOTHING, 7);
  assert.equal(storage.items.size, 0);
  one.put("3", MANY, 7);
  one.put("3", NOTHING, 7);
  await shelf.answer();
  assert.equal(storage.items.size, 0);
  assert.equal(shelf.copies.size, 0);
});

test("much goes to the shelf, and is kept when it has arrived", async () => {
  let isKept = null;
  kept("a")
    .put("3", MANY, 7)
    .then((answer) => {
      isKept = answer;
    });
  await settled();
  assert.equal(isKept, null);
  const here = [...storage.items.values()].join("");
  assert.ok(here.length < 1000, "no second copy holds up the page");
  await shelf.answer();
  assert.equal(isKept, true);
  assert.deepEqual((await left()).edits, MANY.edits);
});

test("of what comes while the shelf is written only the newest is", async () => {
  const one = kept("a");
  one.put("3", MANY, 7);
  one.put("3", { ...MANY, edits: MANY.edits.slice(1) }, 7);
  one.put("3", { ...MANY, edits: MANY.edits.slice(2) }, 7);
  await settled();
  assert.equal(shelf.asked.length, 1);
  await shelf.answer();
  assert.equal(shelf.copies.size, 1);
  assert.equal((await left()).edits.length, 5998);
  // Few again: these, and not what lies on the shelf until it is taken away.
  one.put("3", QUEUE, 7);
  assert.deepEqual((await left()).edits, [EDIT]);
  await shelf.answer();
  assert.equal(shelf.copies.size, 0);
});

test("a page that goes before it has arrived loses nothing", async () => {
  const one = kept("a");
  one.put("3", MANY, 7);
  one.secure();
  await settled();
  shelf.asked.length = 0; // the browser ends the transaction with the page
  assert.deepEqual((await left()).edits, MANY.edits);
});

test("what went out since the shelf was written goes out as that request, and once", async () => {
  const one = kept("a");
  const flight = (ref, pk) => ({
    client: "a",
    frame: { type: "edit", ref, cells: [[pk, "price", "13.00", "12.00"]] },
    bornAt: 1,
    pks: [pk],
  });
  // Of cell 0 one edit is under way, and a later one waits for its answer.
  const before = { flights: [flight("1", "0")], edits: MANY.edits, rows: [] };
  one.put("3", before, 7);
  await shelf.answer();
  one.put("3", { ...before, flights: [...before.flights, flight("2", "1")] }, 7);
  await settled();
  shelf.asked.length = 0;
  const { flights, edits } = await left();
  assert.deepEqual(
    flights.map(({ frame }) => frame.ref),
    ["1", "2"],
  );
  assert.deepEqual(
    edits.slice(0, 2).map(({ pk }) => pk),
    ["0", "2"],
  );
});

test("without a shelf it is kept where it was before, if it fits", async () => {
  shelf.isRefusing = true;
  const one = kept("a");
  const isKept = one.put("3", MANY, 7);
  await settled();
  await shelf.answer();
  assert.equal(await isKept, true);
  assert.deepEqual((await left()).edits, MANY.edits);
  storage.isFull = true;
  assert.equal(await one.put("3", MANY, 7), false);
});

test("what a version before has left is taken over", async () => {
  const key = `livesheet:unsent:${JSON.stringify([PATH, "3", "a"])}`;
  storage.setItem(key, JSON.stringify({ at: 0, days: 7, ...MANY }));
  assert.deepEqual((await left()).edits, MANY.edits);
});

test("what another tab has taken in the meantime is not taken twice", async () => {
  kept("a").put("3", QUEUE, 7);
  const [{ key }] = await kept("b").others("3");
  const queue = kept("b").read(key);
  storage.removeItem(key);
  assert.equal(await queue, null);
});

test("somebody else finds nothing of it, and it goes when it is too old to be sent", async () => {
  const isKept = kept("a").put("3", MANY, 7);
  await shelf.answer();
  await isKept;
  storage.items.clear(); // of the two, the browser may have cleared one
  kept("c").put("3", QUEUE, 7);
  assert.deepEqual(await kept("b").others("4"), []);
  time = 6 * DAY_MS;
  await kept("b").sweep("4");
  assert.equal((await kept("b").others("3")).length, 2);
  time = 8 * DAY_MS;
  await kept("b").sweep("3");
  assert.equal((await kept("b").others("3")).length, 2, "its owner is asked about it");
  const sweeping = kept("b").sweep("4");
  for (let n = 0; n < 2; n++) {
    await settled();
    await shelf.answer();
  }
  await sweeping;
  assert.deepEqual(await kept("b").others("3"), []);
});

test("what is no queue is left alone, and read as none", async () => {
  storage.setItem("theme", "dark");
  kept("a").put("3", QUEUE, 7);
  const [{ key }] = await kept("b").others("3");
  for (const text of ["{", "null", "7", '{"flights": 7}']) {
    storage.setItem(key, text);
    assert.equal(await kept("b").read(key), null, text);
  }
  storage.setItem("livesheet:unsent:{", "1");
  kept("b").sweep("4");
  assert.equal(storage.getItem("theme"), "dark");
});

test("a browser that forbids storage says so", async () => {
  shelf.isRefusing = true;
  const forbid = () => {
    throw new Error("forbidden");
  };
  const forbidden = new Kept(PATH, "a", forbid, () => time, shelf);
  const isKept = forbidden.put("3", QUEUE, 7);
  await shelf.answer();
  assert.equal(await isKept, false);
  assert.deepEqual(await forbidden.others("3"), []);
  forbidden.remove("x");
  forbidden.sweep("3");
});

test("where there is no room beside it, the shelf has also a little", async () => {
  storage.isFull = true;
  const isKept = kept("a").put("3", QUEUE, 7);
  await shelf.answer();
  assert.equal(await isKept, true);
  storage.isFull = false;
  assert.deepEqual((await left()).edits, [EDIT]);
});

/** As a browser's: one holder at a time, in the order in which they asked. */
class FakeLocks {
  tails = new Map();

  request(name, options, run) {
    const act = run ?? options;
    const before = this.tails.get(name) ?? Promise.resolve();
    const mine = before.then(() => (options.signal?.aborted ? null : act()));
    this.tails.set(
      name,
      mine.catch(() => {}),
    );
    return mine;
  }
}

test("what a living copy has is not taken; when it goes, one of the others takes it", async () => {
  const locks = new FakeLocks();
  const taken = [];
  const [one, two, three] = ["a", "b", "c"].map((client) => new Claims(client, { locks }));
  two.whenLeft("a", () => taken.push("two"));
  three.whenLeft("a", () => taken.push("three"));
  await settled();
  assert.deepEqual(taken, []);
  three.close();
  one.close();
  await settled();
  assert.deepEqual(taken, ["two"]);
});

test("a copy that goes before its lock was granted does not hold it for ever", async () => {
  const locks = new FakeLocks();
  const taken = [];
  const [one, two] = ["a", "b"].map((client) => new Claims(client, { locks }));
  one.close();
  two.whenLeft("a", () => taken.push("two"));
  await settled();
  assert.deepEqual(taken, ["two"]);
});

test("a copy of which nothing is known is gone", async () => {
  const taken = [];
  new Claims("b", { locks: new FakeLocks() }).whenLeft("a", () => taken.push("a"));
  await settled();
  assert.deepEqual(taken, ["a"]);
});

test("without locks a sign of life says it, also from a tab that is seldom given its turn", () => {
  const clock = new FakeClock();
  const storage = new FakeStorage();
  const world = { locks: undefined, storage: () => storage, clock };
  const taken = [];
  const one = new Claims("a", { ...world, locks: null });
  const two = new Claims("b", { ...world, locks: null });
  two.whenLeft("a", () => taken.push("a"));
  clock.advance(300_000);
  assert.deepEqual(taken, []);
  one.close();
  clock.advance(10_000);
  assert.deepEqual(taken, ["a"]);

  // Killed: it says nothing more, and cannot take its sign away.
  storage.setItem("livesheet:alive:dead", String(clock.now()));
  two.whenLeft("dead", () => taken.push("dead"));
  clock.advance(80_000);
  assert.deepEqual(taken, ["a"]);
  clock.advance(20_000);
  assert.deepEqual(taken, ["a", "dead"]);
  two.close();
  assert.equal(clock.timers.size, 0);
});
