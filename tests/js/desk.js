/**
 * A user at a sheet: the whole widget on a page without a browser, before a server that does what it
 * is told, or says what a test has it say.
 */

import assert from "node:assert/strict";
import { FakeLine, frame } from "./fakes.js";
import { until, window } from "./page.js";

// When there is a page: some modules look at it as soon as they are read.
const { mount } = await import("../../src/livesheet/static/livesheet/main.js");
const parts = await import("../../src/livesheet/static/livesheet/more.js");

export { mount, until };

export const ROWS = [
  ["1", "Bolt", "3", "1.50", "piece", null],
  ["2", "Nut", "9", "2.50", "kg", null],
  ["3", "Nail", "3", "0.10", "kg", "2026-11-22T08:15:00Z"],
];
const LABELS = { 3: "Nordwood AB", 9: "Lindqvist & Söhne" };

const ANSWERS = { views: () => ({ views: [], default: null, can_share: true }) };

/** Rows of the first page, and of each part that the pages after it are made of. */
const STRIDE = 200;
const BLOCKS = 4;

/** A line whose other end keeps rows. What is asked of it is answered by `answers`, by its name. */
class Server {
  constructor(line, { rows, hello, answers, refuse }) {
    this.line = line;
    this.hello = hello;
    this.answers = { ...ANSWERS, ...answers };
    this.refuse = refuse;
    this.rows = new Map(rows.map((row) => [row[0], [...row]]));
    this.seq = 0;
    this.added = 100;
    this.client = "";
    this.isHeld = false;
    this.later = [];
    line.send = (text) => {
      const sent = JSON.parse(text);
      line.sent.push(sent);
      if (this.isHeld) this.later.push(sent);
      else queueMicrotask(() => this.take(sent));
    };
  }

  /** Nothing is answered until it is let go. */
  hold() {
    this.isHeld = true;
  }

  letGo() {
    this.isHeld = false;
    for (const sent of this.later.splice(0)) this.take(sent);
  }

  say(told) {
    this.line.receive(told);
  }

  take(sent) {
    if (this.failing !== sent.type) return this[`_${sent.type}`]?.(sent);
    this.failing = "";
    return this.#error(sent.ref, "failed");
  }

  _open({ client }) {
    this.client = client;
    this.say(this.hello);
    this.say({ type: "labels", column: "supplier", labels: LABELS });
    this.say({
      type: "rows",
      rows: this.hello.windowed ? [] : [...this.rows.values()],
      reset: true,
      done: true,
      cursor: "c0",
    });
  }

  _ask({ ref, about, query }) {
    const answer = this.answers[about];
    const result = about === "headings" ? this.headings(query) : answer?.(query);
    if (result === undefined)
      this.say({ type: "error", ref, code: "unknown", message: `What is ${about}?` });
    else this.say({ type: "answer", ref, result });
  }

  _edit({ ref, cells }) {
    const at = (column) => this.hello.columns.findIndex(({ name }) => name === column) + 1;
    const errors = [];
    const left = {};
    const results = cells.map(([pk, column, value, base], index) => {
      const error = this.refuse({ pk, column, value, base });
      if (error) return { error: errors.push({ pk, column, ...error }) - 1 };
      this.rows.get(pk)[at(column)] = value;
      left[index] = value;
      return "saved";
    });
    this.#reply(ref, results, errors, left);
    const pks = new Set(cells.map(([pk]) => pk));
    this.change([...pks], [], [[this.client, ref]]);
  }

  _add({ ref, rows }) {
    const names = this.hello.columns.map(({ name }) => name);
    const refs = [];
    const left = {};
    const results = rows.map((values, index) => {
      this.added += 1;
      const pk = String(this.added);
      this.rows.set(pk, [pk, ...names.map((name) => values[name] ?? null)]);
      left[index] = values;
      refs.push([this.client, ref, pk, index]);
      return { pk };
    });
    this.#reply(ref, results, [], left);
    this.change(
      results.map(({ pk }) => pk),
      [],
      refs,
    );
  }

  _delete({ ref, pks }) {
    for (const [pk] of pks) this.rows.delete(pk);
    this.#reply(
      ref,
      pks.map(() => "saved"),
      [],
      {},
    );
    this.change(
      [],
      pks.map(([pk]) => pk),
      [[this.client, ref]],
    );
  }

  // Windows: an order is what `arranged` makes of the rows, a page is of whole two hundreds.

  _arrange({ ref, view, search, near, rows, place = 0 }) {
    if ((this.isPlain && view.sorts.length) || (search && search === this.unsearchable))
      return this.#error(ref, "bad_view");
    this.number = (this.number ?? 0) + 1;
    this.grouped = view.grouped ?? null;
    this.order = this.arranged([...this.rows.values()], view, search).map(([pk]) => pk);
    this.#order(ref);
    if (near === null && !place) return this.#page(ref, 0, STRIDE, 0, rows);
    return this._enter({ ref, order: this.number, place, near, rows });
  }

  #at(name) {
    return this.hello.columns.findIndex((column) => column.name === name) + 1;
  }

  /** Of a row, by the first columns of the view's groups. */
  groupOf(row, level = this.grouped.by.length) {
    return this.grouped.by.slice(0, level).map(({ column }) => row[this.#at(column)] || null);
  }

  /** Rows without those of closed groups, group by group; empty ones come last. */
  #gathered(all, { by, closed, first = [] }) {
    const placeOf = (values) => {
      const found = first.findIndex((keys) => JSON.stringify(keys) === JSON.stringify(values));
      return found < 0 ? first.length : found;
    };
    const isShut = (values) => closed.some((keys) => keys.every((key, at) => key === values[at]));
    const rank = (value) => (value === null ? "\uffff" : value);
    const compare = (one, other) => {
      const [a, b] = [this.groupOf(one), this.groupOf(other)];
      const at = a.findIndex((value, n) => value !== b[n]);
      if (at < 0) return 0;
      const [c, d] = [a, b].map((values) => placeOf(values.slice(0, at + 1)));
      if (c !== d) return c - d;
      return rank(a[at]) < rank(b[at]) === !by[at].descending ? -1 : 1;
    };
    return all.filter((row) => !isShut(this.groupOf(row))).sort(compare);
  }

  /** The groups of a view, with their counts and sums of one column. */
  headings({ view, level, columns, skip }) {
    const kept = this.grouped;
    this.grouped = view.grouped;
    const found = new Map();
    const byValue = { ...view.grouped, closed: [], first: [] };
    for (const row of this.#gathered([...this.rows.values()], byValue)) {
      const values = this.groupOf(row, level);
      const one = found.get(JSON.stringify(values)) ?? { values, count: 0, columns: {} };
      one.count += 1;
      for (const [name, [what]] of Object.entries(columns)) {
        const sum = Number(one.columns[name]?.[what] ?? 0) + Number(row[this.#at(name)]);
        one.columns[name] = { [what]: String(sum) };
      }
      found.set(JSON.stringify(values), one);
    }
    this.grouped = kept;
    const all = [...found.values()];
    return { headings: all.slice(skip, skip + 500), more: all.length > skip + 500, labels: {} };
  }

  /** By one column, if by any; a search keeps the rows that have the text. */
  arranged(all, { sorts: [sort], grouped }, search) {
    const at = this.hello.columns.findIndex(({ name }) => name === sort?.column) + 1;
    const sign = sort?.descending ? -1 : 1;
    const found = all.filter((row) => row.join(" ").includes(search));
    const rows = sort ? found.sort((a, b) => (a[at] < b[at] ? -sign : sign)) : found;
    return grouped ? this.#gathered(rows, grouped) : rows;
  }

  #order(ref) {
    const { number: order, order: keys, fresh = 0 } = this;
    const known = { count: keys.length, exact: true, building: false, new: fresh };
    this.say({ type: "order", ref, order, ...known });
  }

  /** Others have added so many rows. */
  tellNew(fresh) {
    this.fresh = fresh;
    this.#order(null);
  }

  #page(ref, from, to, place, rows) {
    this.page = this.order.slice(from, to);
    const end = from + this.page.length;
    const { number: order } = this;
    const about = { order, from, to: end, place, rows: this.page.length, ...this.#starts(from) };
    this.say({ type: "page", ref, ...about });
    const start = place - from;
    if (this.failing === "rows") {
      this.failing = "";
      return this.#error(ref, "failed");
    }
    if (rows && this.page.length)
      this._window({ ref, order, from: start, to: Math.min(end, start + rows) });
  }

  #starts(from) {
    if (!this.grouped) return {};
    const values = (pk) => this.groupOf(this.rows.get(pk));
    const isOther = (one, other) => JSON.stringify(one) !== JSON.stringify(other);
    const all = this.page.map(values);
    const groups = all.flatMap((one, at) => (!at || isOther(one, all[at - 1]) ? [[at, one]] : []));
    const before = from ? values(this.order[from - 1]) : null;
    const differs = (before && all[0]?.findIndex((value, at) => value !== before[at])) ?? 0;
    return { groups, within: differs < 0 ? all[0].length : differs };
  }

  _enter({ ref, order, place: wanted, near, rows }) {
    if (order !== this.number) return this.#error(ref, "no_order");
    const found = near === null ? -1 : this.order.indexOf(near);
    const place = Math.min(found < 0 ? wanted : found, this.order.length - 1);
    const blocks = Math.ceil(this.order.length / STRIDE);
    const block = Math.floor(place / STRIDE);
    const first = Math.max(0, Math.min(block - BLOCKS / 2, blocks - BLOCKS));
    return this.#page(ref, first * STRIDE, (first + BLOCKS) * STRIDE, place, rows);
  }

  _window({ ref, order, from, to }) {
    if (order !== this.number) return this.#error(ref, "no_order");
    const keys = this.page.slice(from, to);
    const rows = keys.flatMap((pk) => (this.rows.has(pk) ? [this.rows.get(pk)] : []));
    return this.say({ type: "part", ref, order, from, keys, rows });
  }

  #error(ref, code) {
    this.say({ type: "error", ref, code, message: code });
  }

  #reply(ref, results, errors, left) {
    const ok = !errors.length;
    this.say({ type: "reply", ref, ok, results, errors, settled: false, left });
  }

  /** What everybody hears; `by` names who it was. */
  change(pks, gone = [], refs = [], by = {}) {
    this.seq += 1;
    const rows = pks.map((pk) => this.rows.get(pk));
    this.say({ type: "change", cursor: `c${this.seq}`, rows, gone, by, refs });
  }

  /** A colleague, whom the presence frame of the examples names. */
  colleague(pk, column, value) {
    const at = this.hello.columns.findIndex(({ name }) => name === column) + 1;
    this.rows.get(pk)[at] = value;
    this.change([pk], [], [], { [pk]: "8" });
  }
}

export class Desk {
  /**
   * @param {object} [more]
   * @param {any[][]} [more.rows]
   * @param {object} [more.hello]  more of it, or other
   * @param {object} [more.config]
   * @param {Record<string, (query: any) => any>} [more.answers]
   * @param {(cell: any) => object | null} [more.refuse]
   */
  static async open(more = {}) {
    const desk = new Desk(more);
    await until(
      () => desk.grid?.records.length === desk.server.rows.size,
      "the grid with its rows",
    );
    return desk;
  }

  /** A large sheet: the grid has the first page, and what is in sight of it. */
  static async openLarge(more = {}) {
    const desk = new Desk({ ...more, hello: { ...more.hello, windowed: true } });
    await until(() => desk.grid?.records.length && desk.pks.length, "the first rows");
    return desk;
  }

  constructor({
    rows = ROWS,
    hello = {},
    config = {},
    answers = {},
    refuse = () => null,
    isWhole = true,
  } = {}) {
    this.host = document.createElement("div");
    document.body.append(this.host);
    this.sheet = mount(this.host, {
      ...{ sheet: "product", path: "/ws/sheet/product/", handsontable: {} },
      ...config,
    });
    // As if a look at the sheet had been taken already; what comes later is for tests of that alone.
    if (isWhole) this.sheet.later.take(parts);
    this.line = FakeLine.made.at(-1);
    const said = { ...frame("server.hello"), ...hello };
    this.server = new Server(this.line, { rows, hello: said, answers, refuse });
    this.line.open();
  }

  /** No timer, no listener and no element is to be left for the next one. */
  close() {
    this.sheet.destroy();
    this.host.remove();
  }

  get grid() {
    return this.sheet.stage.grid;
  }

  get store() {
    return this.sheet.store;
  }

  get sent() {
    return this.line.sent;
  }

  /** Of a kind, as they went out. */
  frames(type) {
    return this.sent.filter((one) => one.type === type);
  }

  get pks() {
    return this.store.order.pks;
  }

  find(selector) {
    const found = this.host.querySelector(selector);
    assert.ok(found, `there is no ${selector}`);
    return found;
  }

  all(selector) {
    return [...this.host.querySelectorAll(selector)];
  }

  texts(selector) {
    return this.all(selector).map((one) => one.textContent.trim());
  }

  /** A button by what stands on it or is said of it. */
  button(name, within = this.host) {
    const found = [...within.querySelectorAll("button, [role=menuitem]")].find(
      (one) => one.textContent.trim() === name || one.getAttribute("aria-label") === name,
    );
    assert.ok(found, `there is no button ${name}`);
    return found;
  }

  press(name, within) {
    this.button(name, within).click();
  }

  /** Into a field, as by hand. */
  fill(field, value) {
    if (field.type === "checkbox") field.checked = value;
    else field.value = value;
    field.dispatchEvent(new window.Event("input", { bubbles: true }));
    field.dispatchEvent(new window.Event("change", { bubbles: true }));
  }

  /** Where the focus is, or on an element. */
  key(key, { on = document.activeElement, ...more } = {}) {
    const event = new window.KeyboardEvent("keydown", {
      key,
      keyCode: { Enter: 13, Escape: 27, Tab: 9, F2: 113, Delete: 46, " ": 32 }[key] ?? 0,
      bubbles: true,
      cancelable: true,
      ...more,
    });
    on.dispatchEvent(event);
    return event;
  }

  async select(pk, column) {
    this.sheet.stage.select(pk, column);
    await until(() => this.grid.hasSelection, `${pk} ${column} is selected`);
  }

  /** By the name that a command has in the code, on a cell. */
  run(name, target = {}) {
    const command = this.sheet.commands.all.find((one) => one.name === name);
    assert.ok(command, `there is no command ${name}`);
    const none = { pks: [], pk: null, column: null, columns: [], blocks: [] };
    command.run({ ...none, ...target });
  }

  /** The column and the value of each cell. */
  get selected() {
    return [...this.grid.selectedCells()].map(({ column, value }) => [column.name, value]);
  }

  at(pk, column) {
    return { pk, column, pks: [pk], columns: [column] };
  }

  cell(pk, column) {
    return this.grid.cell(pk, column);
  }

  shown(pk, column) {
    return this.store.shown(pk, column);
  }

  /** As the sheet sends it on by itself. */
  edit(pk, column, value) {
    const base = this.store.base(pk, column);
    this.sheet.outgoing.edit([{ pk, column, value, base, before: this.shown(pk, column) }]);
  }

  get notices() {
    return this.texts(".ls-notice");
  }
}
