import assert from "node:assert/strict";
import { test } from "node:test";
import { Folded } from "../../../src/livesheet/static/livesheet/store/folded.js";
import { Groups, keyOf } from "../../../src/livesheet/static/livesheet/store/groups.js";
import { PageGroups } from "../../../src/livesheet/static/livesheet/windows/pagegroups.js";

/** A generator of numbers that begins anew with each seed. */
function dice(seed) {
  let state = seed;
  return (sides) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * sides);
  };
}

const BY = ["outer", "inner"].map((column) => ({ column, descending: false }));

function hostOf(rows) {
  const cell = (pk, name) => rows.get(pk)[name];
  const column = (name) => ({ name, type: "text" });
  const isCounted = () => true;
  return { valueOf: cell, savedOf: cell, sortKey: cell, column, isCounted, subtotal: () => null };
}

/** The outline that the server would tell, and nothing that was asked. */
function outlineOf(whole, pks) {
  const list = [...new Set(pks.flatMap((pk) => chain(whole, whole.places.get(pk))))];
  const places = new Map(list.map((key, at) => [key, at]));
  const sums = new Map(list.map((key) => [key, whole.heading(key)]));
  const prepare = (_isNeeded, run) => run();
  return { list, places, sums, outer: [], count: null, isWhole: true, prepare };
}

const chain = (groups, key) => {
  const { values } = groups.heading(key);
  return values.map((_, at) => keyOf(values.slice(0, at + 1)));
};

/** The entries of all pages, one after the other. */
function paged(groups, pks, values, width) {
  const found = [];
  for (let from = 0; from === 0 || from < pks.length; from += width) {
    const rows = pks.slice(from, from + width);
    const isOther = (at) => at === 0 || String(values(rows[at])) !== String(values(rows[at - 1]));
    const starts = rows.flatMap((pk, at) => (isOther(at) ? [[at, values(pk)]] : []));
    const former = from > 0 ? values(pks[from - 1]) : [];
    const differs = values(rows[0] ?? pks[0])?.findIndex((one, at) => one !== former[at]);
    const within = differs < 0 ? former.length : differs;
    const page = { from, to: from + rows.length, rows: rows.length, groups: starts, within };
    const isLast = page.to >= pks.length;
    const heads = groups.headings(page, isLast);
    const above = new Map();
    for (const [at, keys] of heads) above.set(at, [...(above.get(at) ?? []), ...keys]);
    rows.forEach((pk, at) => {
      found.push(...(above.get(at) ?? []), pk);
    });
    found.push(...(above.get(rows.length) ?? []));
  }
  return found;
}

test("the pages of a large sheet have the headings of a small one, one after the other", () => {
  let closedOnes = 0;
  for (let seed = 1; seed <= 300; seed += 1) {
    const roll = dice(seed);
    const row = () => ({ outer: "abcd"[roll(4)], inner: "xyz"[roll(3)] });
    const rows = new Map(Array.from({ length: roll(25) }, (_, at) => [String(at + 50), row()]));
    const by = BY.slice(0, 1 + roll(2));
    const whole = new Groups(hostOf(rows), new Folded());
    whole.set(by);
    const pks = whole.arrange([...rows.keys()]);
    const outline = outlineOf(whole, pks);
    for (const key of outline.list) if (roll(3) === 0) whole.closed.toggle(key);
    closedOnes += whole.closed.size;
    const entries = whole.entries(pks);

    const groups = new PageGroups(whole, outline, { zone: () => "UTC", onLeftOut() {} });
    groups.set(by);
    for (const key of outline.list)
      if (whole.closed.has(key) !== groups.closed.has(key)) groups.closed.toggle(key);
    groups.prepare(() => {});
    const isOpen = new Set(entries);
    const open = pks.filter((pk) => isOpen.has(pk));
    const values = (pk) => by.map(({ column }) => rows.get(pk)?.[column]);
    assert.deepEqual(paged(groups, open, values, 1 + roll(6)), entries, `seed ${seed}`);
  }
  assert.ok(closedOnes > 100, "many were closed");
});
