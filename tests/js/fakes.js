/** What the tests put in place of the world: a clock that is wound by hand, a line, the frames. */

import { readdirSync, readFileSync } from "node:fs";

const FRAMES = new URL("../frames/", import.meta.url);
export const STATIC = new URL("../../src/livesheet/static/livesheet/", import.meta.url);

/** The path of each module of ours, from `STATIC`. */
export const modules = readdirSync(STATIC, { recursive: true })
  .map((path) => path.replaceAll("\\", "/"))
  .filter((path) => path.endsWith(".js") && !path.startsWith("handsontable/"))
  .filter((path) => path !== "livesheet.js"); // made of them by the build

/** One example of each frame, the same files that pytest reads. */
export const frame = (name) => JSON.parse(readFileSync(new URL(`${name}.json`, FRAMES), "utf8"));
export const frameNames = () =>
  readdirSync(FRAMES)
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.replace(".json", ""));

export class FakeClock {
  time = 1_000_000;
  timers = new Map();
  count = 0;

  now = () => this.time;

  setTimeout = (run, ms) => {
    this.count += 1;
    this.timers.set(this.count, { run, at: this.time + ms });
    return this.count;
  };

  clearTimeout = (timer) => {
    this.timers.delete(timer);
  };

  advance(ms) {
    const end = this.time + ms;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= end);
      if (!due.length) break;
      const [id, { run, at }] = due.sort((a, b) => a[1].at - b[1].at)[0];
      this.timers.delete(id);
      this.time = at;
      run();
    }
    this.time = end;
  }
}

export class FakeLine {
  static made = [];
  sent = [];
  readyState = 0;
  closed = false;

  constructor(url, protocols) {
    this.url = url;
    this.protocols = protocols;
    FakeLine.made.push(this);
  }

  open() {
    this.readyState = 1;
    this.onopen?.();
  }

  receive(frame) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  drop() {
    this.readyState = 3;
    this.onclose?.({ code: 1006 });
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
    this.closed = true;
  }
}

export const limits = {
  frame_bytes: 65_536,
  cells: 500,
  rows: 200,
  have: 10_000,
  resend_days: 7,
};

/** As a browser's: texts by key. */
export class FakeStorage {
  constructor() {
    Object.defineProperty(this, "items", { value: new Map() });
  }

  setItem(key, text) {
    if (this.isFull) throw new Error("full");
    this.items.set(key, text);
    this[key] = text;
  }

  getItem(key) {
    return this.items.get(key) ?? null;
  }

  removeItem(key) {
    this.items.delete(key);
    delete this[key];
  }
}

/** A column as `hello` describes it. */
export const column = (name, type, more = {}) => ({
  name,
  title: name,
  type,
  readonly: false,
  required: false,
  null: false,
  blank: false,
  help: "",
  ...more,
});
