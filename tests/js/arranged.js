/**
 * What the widget itself makes of views: reads `{columns, labels, rows, views, zone, me}` from
 * standard input, writes for each view the keys of the rows that it shows, in their order. The
 * server's answers are held against these.
 */

import { stdin, stdout } from "node:process";
import { text } from "node:stream/consumers";

const WIDGET = new URL("../../src/livesheet/static/livesheet/", import.meta.url);
/** @param {string} path @returns {Promise<any>} */
const module = (path) => import(new URL(path, WIDGET).href);

const { passing } = await module("finding/filters.js");
const { Folded } = await module("store/folded.js");
const { Groups } = await module("store/groups.js");
const { Haystack } = await module("store/haystack.js");
const { sorted } = await module("store/sorting.js");
const { Store } = await module("store/store.js");
const { subtotal } = await module("store/subtotals.js");
const { readView } = await module("store/view.js");
const { format, sortKey } = await module("values/cells.js");

const given = JSON.parse(await text(stdin));
const columns = new Map(given.columns.map((/** @type {any} */ column) => [column.name, column]));
const rows = new Map(given.rows.map((/** @type {any[]} */ [pk, ...cells]) => [pk, cells]));
const places = new Map([...columns.keys()].map((name, place) => [name, place]));
const labels = new Map(Object.entries(given.labels).map(([name, of]) => [name, entriesOf(of)]));
const context = {
  zone: given.zone,
  decimalComma: false,
  labels: (/** @type {string} */ name) => labels.get(name) ?? new Map(),
};
const collator = new Intl.Collator("en", { numeric: true });

/** @param {any} of */
function entriesOf(of) {
  return new Map(Object.entries(of));
}

/** @param {string} pk @param {string} name */
const shown = (pk, name) => rows.get(pk)[places.get(name)];
const cells = {
  shown,
  text: (/** @type {any} */ column, /** @type {any} */ value) => format(column, value, context),
  isRecent: () => false,
  pks: () => rows.keys(),
  me: given.me,
};
/** @param {string} pk @param {string} name */
const keyOf = (pk, name) => sortKey(columns.get(name), shown(pk, name), context);
const haystack = new Haystack((/** @type {string} */ pk) =>
  given.columns.map((/** @type {any} */ column) => cells.text(column, shown(pk, column.name))),
);

/** @param {any} asked */
function arranged(asked) {
  const view = readView(asked);
  const passes = passing(view.filters, given.columns, cells) ?? (() => true);
  const search = (asked.search ?? "").trim();
  const found = [...rows.keys()].filter(
    (pk) => passes(pk) && (search === "" || haystack.has(pk, search)),
  );
  const pks = sorted(found, view.sorts, keyOf, collator);
  return view.groups.length ? entries(pks, view) : pks;
}

/** The groups, each a list of its values and its number of rows, before their rows. */
function entries(/** @type {string[]} */ pks, /** @type {any} */ view) {
  const column = (/** @type {string} */ name) => columns.get(name);
  const store = { column, base: shown, context };
  const host = {
    valueOf: (/** @type {string} */ pk, /** @type {string} */ name) =>
      Store.prototype.groupValue.call(store, pk, name),
    savedOf: shown,
    sortKey: keyOf,
    column,
    isCounted: () => true,
    subtotal,
  };
  const groups = new Groups(/** @type {any} */ (host), new Folded(), collator);
  groups.set(view.groups);
  return groups.entries(groups.arrange(pks)).map((key) => {
    if (rows.has(key)) return key;
    const { values, count } = groups.heading(key);
    return [values, count];
  });
}

stdout.write(JSON.stringify(given.views.map(arranged)));
