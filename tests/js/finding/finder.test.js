import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { matcher } from "../../../src/livesheet/static/livesheet/finding/finder.js";
import { Desk, until } from "../desk.js";

const { FarFinder } = await import("../../../src/livesheet/static/livesheet/finding/finder.js");

const wanted = (text, more = {}) => matcher({ text, matchCase: false, wholeCell: false, ...more });

test("a text is found wherever it stands, in any case, unless said otherwise", () => {
  assert.ok(wanted("oak").in("Red Oak table"));
  assert.ok(!wanted("oak", { matchCase: true }).in("Red Oak table"));
  assert.ok(!wanted("oak", { wholeCell: true }).in("Red Oak table"));
  assert.ok(wanted("oak", { wholeCell: true }).in("OAK"));
  assert.equal(wanted(""), null);
});

test("what is looked for is no pattern, nor is what takes its place", () => {
  for (const sign of ".*+?^{$}()|[]\\/-") assert.ok(wanted(sign).in(`a${sign}b`), sign);
  assert.ok(!wanted("a.c").in("abc"));
  assert.equal(wanted("a").replace("banana", "$&1"), "b$&1n$&1n$&1");
  assert.equal(wanted("ß").replace("Straße", "ss"), "Strasse");
});

let desk;
/** What is asked for. */
let asked;

const row = (at) => [String(at), `Row ${at}`, "3", "1.50", "piece", null];
const many = (n) => Array.from({ length: n }, (_, at) => row(1_000 + at));

/** As a server does it: by the text alone, in the order of the keys, three rows at a time. */
const find = ({ text, from, back }) => {
  asked.push(`find ${text} ${back ? "before" : "after"} ${from}`);
  const all = [...desk.server.rows.values()];
  if (back) all.reverse();
  const start = all.findIndex(([pk]) => pk === from) + 1;
  const wanted = text.trim().toLowerCase();
  const rows = all.slice(start).filter((one) => one.join(" ").toLowerCase().includes(wanted));
  return { rows: rows.slice(0, 3), labels: {}, more: rows.length > 3 };
};
const found = ({ text, at }) => {
  asked.push(`found ${text} ${at}`);
  const wanted = text.trim().toLowerCase();
  const has = (one) => one.join(" ").toLowerCase().includes(wanted);
  const keys = [...desk.server.rows.values()].filter(has).map(([pk]) => pk);
  return { count: keys.length > 500 ? null : keys.length, at: at && keys.indexOf(at) + 1 };
};

const selected = () => desk.grid.place.pks[0];
const counted = () => desk.find(".ls-found-count").value;
const next = async (pk) => {
  desk.press("Next");
  await until(() => selected() === pk, `${pk} is selected`);
};

const open = async (text) => {
  await desk.select("1000", "name");
  desk.run("replace", desk.at("1000", "name"));
  desk.fill(desk.all(".ls-replace .ls-panel-field")[0], text);
  await until(() => asked.length || !text.trim());
};

beforeEach(async () => {
  asked = [];
  desk = await Desk.openLarge({ rows: many(5_000), answers: { find, found } });
});

afterEach(() => desk.close());

test("the next row that contains it is shown, wherever it is, with how many there are", async () => {
  await open("row 45");
  await until(() => counted() === "In 100 rows");
  assert.equal(desk.store.rows.has("4500"), false);
  await next("4500");
  await until(() => counted() === "Row 1 of 100");
  await next("4501");
  await until(() => counted() === "Row 2 of 100");
  assert.deepEqual(
    asked,
    ["found row 45 null", "find row 45 after 1000", "found row 45 4500", "find row 45 after 4500"],
    "they are counted once",
  );
});

test("who presses twice goes two rows on, even before the first answer", async () => {
  await open("row 45");
  desk.server.hold();
  desk.press("Next");
  desk.press("Next");
  desk.server.letGo();
  await until(() => selected() === "4501");
  await until(() => counted() === "Row 2 of 100");
});

test("behind the last one comes the first, and before the first the last", async () => {
  await open("row 59");
  desk.press("Previous");
  await until(() => selected() === "5999");
  await until(() => counted() === "Row 100 of 100");
  await next("5900");
  await until(() => counted() === "Row 1 of 100");
});

test("cells of the same row come one after the other, without a question", async () => {
  desk.server.rows.get("1001")[1] = "Cost 1.50";
  desk.server.change(["1001"]);
  await open("1.50");
  await until(() => counted() === "In more than 1,000 rows");
  const { length } = asked;
  desk.press("Next");
  await until(() => desk.selected[0][0] === "price" && selected() === "1000");
  assert.equal(asked.length, length, "it is right there");
  await next("1001");
  assert.equal(desk.selected[0][0], "name");
  desk.press("Next");
  await until(() => desk.selected[0][0] === "price");
  assert.equal(selected(), "1001");
  assert.equal(asked.length, length + 1);
});

test("the case is looked at among what the server finds, however much that is", async () => {
  desk.server.rows.get("5990")[1] = "ROW";
  await open("ROW");
  const [matchCase] = desk.all(".ls-replace .ls-panel-tick");
  desk.fill(matchCase, true);
  desk.server.rows = new Map([...desk.server.rows].filter(([pk]) => pk < "1050" || pk > "5900"));
  desk.press("Next");
  await until(() => selected() === "5990");
  assert.equal(counted(), "", "nobody has counted those");
});

test("what is typed while the rows are counted is asked for once", async () => {
  const answers = [];
  const far = new FarFinder(desk.store, (_about, { text }) => {
    asked.push(text);
    return new Promise((resolve) => answers.push(resolve));
  });
  const count = (text) => far.count({ text, matchCase: false, wholeCell: false });
  const first = count("r");
  await until(() => answers.length === 1);
  const all = [first, ...["ro", "row"].map(count)];
  answers[0]({ count: 7, at: null });
  await until(() => answers.length === 2);
  answers[1]({ count: 3, at: null });
  assert.deepEqual(await Promise.all(all), [false, false, true]);
  assert.deepEqual(asked, ["r", "row"]);
  assert.equal(far.counted.count, 3);
});

test("the place of the row that is gone to is asked for once, however often it is looked for", async () => {
  const answers = [];
  const far = new FarFinder(desk.store, (_about, { text, at }, signal) => {
    asked.push(`${text} ${at}`);
    return new Promise((resolve, reject) => {
      answers.push(resolve);
      signal.addEventListener("abort", () => reject(new Error("cancelled")));
    });
  });
  const count = (text) => far.count({ text, matchCase: false, wholeCell: false });
  const first = count("row");
  await until(() => answers.length === 1);
  answers[0]({ count: 7, at: null });
  await first;
  far.pk = "1000";
  const all = [count("row"), count("row")];
  await until(() => answers.length === 2);
  answers[1]({ count: 7, at: 2 });
  assert.deepEqual(await Promise.all(all), [true, false]);
  assert.equal(far.counted.at, 2);
  far.counted.at = null;
  const [left, other] = [count("row"), count("other")];
  await until(() => answers.length === 3);
  answers[2]({ count: 1, at: null });
  assert.deepEqual(await Promise.all([left, other]), [false, true]);
  assert.equal(far.counted.count, 1);
  assert.deepEqual(asked, ["row null", "row 1000", "other null"]);
});

test("a count that was stopped is made anew when the same text is looked for again", async () => {
  const answers = [];
  const far = new FarFinder(desk.store, (_about, _query, signal) => {
    return new Promise((resolve, reject) => {
      answers.push(resolve);
      signal.addEventListener("abort", () => reject(new Error("cancelled")));
    });
  });
  const count = () => far.count({ text: "row", matchCase: false, wholeCell: false });
  const first = count();
  await until(() => answers.length === 1);
  far.stop();
  assert.equal(await first, false);
  const second = count();
  await until(() => answers.length === 2);
  answers[1]({ count: 5, at: null });
  assert.equal(await second, true);
});

test("what is nowhere is not found, and a refusal is said", async () => {
  await open("nobody");
  await until(() => counted() === "Nothing found");
  desk.press("Next");
  await until(() => asked.length === 3, "from here on, and from the beginning");
  await until(() => counted() === "Nothing found");
  desk.server.answers.find = undefined;
  desk.press("Next");
  await until(() => counted() === "What is find?");
});

test("one is replaced, and the next one is shown", async () => {
  await open("row 45");
  desk.fill(desk.all(".ls-replace .ls-panel-field")[1], "Line 45");
  await next("4500");
  await until(() => !desk.button("Replace").disabled);
  desk.press("Replace");
  await until(() => selected() === "4501");
  assert.equal(desk.server.rows.get("4500")[1], "Line 4500");
});

test("an answer that comes after the panel is closed leads nowhere", async () => {
  await open("row 45");
  await until(() => counted() === "In 100 rows");
  desk.server.hold();
  desk.press("Next");
  await until(() => counted() === "Searching …");
  desk.press("Close", desk.find(".ls-replace"));
  desk.server.letGo();
  await until(() => asked.length === 2);
  await desk.select("1001", "name");
  assert.equal(selected(), "1001");
});
