/**
 * A server in a few lines, for the property tests: rows, a log that is trimmed and begun anew, requests
 * that are carried out once. What it says goes into a line, which may be cut at any frame.
 */

export const COLUMNS = ["name", "price"];
const CELLS = { edit: "cells", add: "rows", delete: "pks" };

/** As a serializer does: what is stored is not quite what was typed. */
const stored = (value) => (typeof value === "string" ? value.trim() : value);
const isValid = (value) => typeof value === "string" && !value.startsWith("bad");

export class Server {
  /** pk → column → value */
  rows = new Map();
  /** Since the server began: `{pk, who, ref, at}`; `ref` is `[client, ref]`, and more for an add. */
  log = [];
  trimmed = 0;
  epoch = 1;
  records = new Map();
  /** Each value that was ever written, with what it took the place of, in order. */
  history = [];
  count = 0;
  isBusy = false;

  constructor(rows) {
    for (const name of rows) this.write("bea", null, { name, price: "1" });
  }

  // --- writing

  /** A colleague, or a request: a new row where `pk` is null. Returns the pk. */
  write(who, pk, values, ref = null) {
    const key = pk ?? String(++this.count);
    const row = this.rows.get(key) ?? {};
    for (const [column, value] of Object.entries(values)) {
      this.history.push({ who, pk: key, column, value, over: row[column] });
      row[column] = value;
    }
    this.rows.set(key, row);
    this.#note(key, who, ref && (pk === null ? [...ref.slice(0, 2), key, ref[2]] : ref));
    return key;
  }

  remove(who, pk, ref = null) {
    if (this.rows.delete(pk)) this.#note(pk, who, ref);
  }

  #note(pk, who, ref) {
    this.log.push({ pk, who, ref });
  }

  trim() {
    this.trimmed = this.log.length;
  }

  beginAnew() {
    this.epoch += 1;
  }

  get cursor() {
    return `${this.epoch}.${this.log.length}`;
  }

  // --- requests

  /** The reply; the same one to the same ref. `at` is how far the asking copy has been told. */
  submit(client, frame, at) {
    const key = `${frame.client ?? client} ${frame.ref}`;
    if (this.isBusy && !this.records.has(key)) return this.#refuseAll(frame, "retry");
    const known = this.records.get(key);
    if (known) return { ...known.reply, settled: known.end <= at };
    const reply = this.#carryOut(frame.client ?? client, frame);
    this.records.set(key, { reply, end: this.log.length });
    return reply;
  }

  #refuseAll(frame, code) {
    const results = frame[CELLS[frame.type]].map((_, error) => ({ error }));
    const errors = results.map(() => ({ pk: null, column: null, code, message: code }));
    return { type: "reply", ref: frame.ref, ok: false, results, errors, settled: false };
  }

  #carryOut(client, frame) {
    const errors = [];
    const refuse = (pk, column, code, more = {}) => {
      errors.push({ pk, column, code, message: code, ...more });
      return { error: errors.length - 1 };
    };
    this.left = {};
    const results = frame[CELLS[frame.type]].map((item, index) =>
      this[`_${frame.type}`](item, [client, frame.ref, index], refuse),
    );
    const ok = !errors.length;
    return { type: "reply", ref: frame.ref, ok, results, errors, settled: false, left: this.left };
  }

  _edit([pk, column, value, base], [client, ref, index], refuse) {
    const row = this.rows.get(pk);
    if (!row) return refuse(pk, column, "not_found");
    if (value === row[column]) {
      this.left[index] = value;
      return "unchanged";
    }
    if (base !== row[column]) return refuse(pk, column, "conflict", { value: row[column] });
    if (!isValid(value)) return refuse(pk, column, "invalid", { value });
    this.write("me", pk, { [column]: stored(value) }, [client, ref]);
    this.left[index] = stored(value);
    return "saved";
  }

  _add(values, ref, refuse) {
    if (!Object.values(values).every(isValid)) return refuse(null, null, "invalid");
    const clean = Object.entries(values).map(([column, value]) => [column, stored(value)]);
    const row = { price: "1", ...Object.fromEntries(clean) };
    this.left[ref[2]] = row;
    return { pk: this.write("me", null, row, ref) };
  }

  _delete([pk, cursor], [client, ref], refuse) {
    if (!this.rows.has(pk)) return refuse(pk, null, "not_found");
    const [epoch, seq] = (cursor ?? "0.0").split(".").map(Number);
    const isHidden = epoch !== this.epoch || seq < this.trimmed;
    const later = this.log.slice(seq).some((entry) => entry.pk === pk && entry.ref?.[0] !== client);
    if (cursor && (isHidden || later)) return refuse(pk, null, "changed");
    this.remove("me", pk, [client, ref]);
    return "saved";
  }

  // --- telling

  hello() {
    const column = { type: "text", readonly: false, required: false, null: false, blank: true };
    return {
      type: "hello",
      protocol: "livesheet.v1",
      digest: "d",
      me: { id: "me", name: "Me", colour: "#000000" },
      columns: COLUMNS.map((name) => ({ ...column, name, title: name, required: name === "name" })),
      can: { add: true, change: true, delete: true, history: false },
      limits: { frame_bytes: 65_536, cells: 3, rows: 2, have: 10_000, resend_days: 7 },
      atomic_pastes: false,
      exact_copies: false,
      zone: "UTC",
    };
  }

  #wire(pk) {
    return [pk, ...COLUMNS.map((name) => this.rows.get(pk)[name])];
  }

  snapshot() {
    const rows = [...this.rows.keys()].map((pk) => this.#wire(pk));
    const half = rows.length >> 1;
    return [
      { type: "rows", rows: rows.slice(0, half), reset: true, done: false, cursor: null },
      { type: "rows", rows: rows.slice(half), reset: false, done: true, cursor: this.cursor },
    ];
  }

  /** One change with all since that place, many writes of a row as one. */
  changeSince(seq, had = () => true) {
    const news = this.log.slice(seq);
    const pks = [...new Set(news.map(({ pk }) => pk))];
    const refs = new Map(news.flatMap(({ ref }) => (ref ? [[ref.join(" "), ref]] : [])));
    return {
      type: "change",
      cursor: this.cursor,
      rows: pks.filter((pk) => this.rows.has(pk)).map((pk) => this.#wire(pk)),
      gone: pks.filter((pk) => !this.rows.has(pk) && had(pk)),
      by: Object.fromEntries(news.map(({ pk, who }) => [pk, who])),
      refs: [...refs.values()],
    };
  }

  /** What answers an `open`. */
  open({ cursor, have }) {
    const [epoch, seq] = (cursor ?? "0.0").split(".").map(Number);
    if (!have || epoch !== this.epoch || seq < this.trimmed) return this.snapshot();
    return [this.changeSince(seq)];
  }
}
