/**
 * A large sheet: the server does not send its rows, so they are requested as the user looks at
 * them.
 */

import { whatOf } from "../grid/headings.js";
import { fill } from "../texts.js";
import { askedAs } from "../values/kinds.js";
import { going } from "./going.js";
import { Outline } from "./outline.js";
import { MOST_CLOSED, MOST_SORTED, PageGroups } from "./pagegroups.js";
import { PageOrder } from "./pageorder.js";
import { Scrolling } from "./scrolling.js";
import { Windows } from "./windows.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Column, Hello, ServerFrame, Status} from "../protocol.js" */
/** @import {Question} from "./outline.js" */
/** @import {Glass} from "./turning.js" */

const SAID = { name: "fold", ms: 6_000 };
/** Shorter counts are not mentioned. */
const COUNTING_MS = 3_000;

/**
 * @typedef {object} Notices
 * @property {(text: string, options: object) => void} show
 * @property {(name: string) => void} hide
 */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export const windowing = (sheet) => new Windowing(sheet);

/** @implements {Feature} */
class Windowing {
  /** @param {SheetSurface} sheet */
  constructor(sheet) {
    this.sheet = sheet;
    /** @type {Windows | null} null if the sheet is not large */
    this.windows = null;
    /** @type {Counting | null} */
    this.counting = null;
    /** @type {Scrolling | null} */
    this.scrolling = null;
    /** @type {Loading | null} */
    this.loading = null;
    this.commands = going(sheet, () => this.windows);
    /** Whether `caughtUp()` has begun already for the frame that is being taken in. */
    this.isBegun = false;
    /** @type {Outline | null} what the server says of the groups */
    this.outline = null;
    /** @type {string | null} the position in the log of the latest beat */
    this.cursor = null;
    this.hold = new Hold(sheet.stage.table);
  }

  /** @param {Hello} hello */
  hello({ windowed = false }) {
    if (windowed && !this.windows) this.#open();
    if (!windowed && this.windows) this.#shut();
  }

  /** A feature that is loaded late has missed that frame. */
  caughtUp() {
    this.#begin();
    this.isBegun = true;
    queueMicrotask(() => {
      this.isBegun = false;
    });
  }

  /** @param {ServerFrame} frame */
  frame(frame) {
    if (frame.type === "rows" && frame.done) this.#begin();
    else this.windows?.take(frame);
    if (frame.type === "part" || frame.type === "page") this.loading?.look();
    if (frame.type === "change" || (frame.type === "order" && frame.ref === null))
      this.outline?.soon();
    if (frame.type === "beat" && frame.cursor !== this.cursor) {
      this.cursor = frame.cursor;
      this.outline?.soon(); // rows of other pages have been written, perhaps
    }
  }

  /** The server sends nothing until it is asked. */
  #begin() {
    if (!this.isBegun) this.windows?.begin();
  }

  /** @param {Status} status */
  status(status) {
    if (status !== "live") this.windows?.end();
  }

  sighted() {
    this.windows?.scrolled();
  }

  /** @type {NonNullable<Feature["select"]>} */
  select(_pk, _column, editing) {
    const { grid } = this.sheet.stage;
    if (this.windows && grid && !editing) this.windows.want(grid.sight.absent());
  }

  gridMade() {
    this.windows?.look();
    this.scrolling?.gridMade();
  }

  close() {
    this.hold.close();
    this.loading?.stop();
    this.counting?.close();
    this.scrolling?.close();
    this.outline?.close();
    this.windows?.close();
  }

  /** So few rows are left that all of them are sent. */
  #shut() {
    const { store } = this.sheet;
    this.loading?.stop();
    this.counting?.close();
    this.scrolling?.close();
    this.outline?.close();
    this.windows?.close();
    this.outline = null;
    this.scrolling = null;
    this.windows = null;
    store.orderBy(store.order.whole());
  }

  #open() {
    const { store } = this.sheet;
    const order = new PageOrder(store.order, this.#groups(), {
      onArrange: (isStale) => {
        this.windows?.rearrange(isStale);
        this.outline?.renew();
      },
      top: () => this.windows?.top() ?? null,
      reach: async (pk) => (await this.windows?.goToKey(pk)) ?? false,
      load: (keys, run) => this.loading?.begin(keys, run),
    });
    store.orderBy(order);
    this.windows = new Windows(store, order, (frame) => this.sheet.send(frame), this.#glass());
    this.counting = new Counting(this.sheet.stage.notices, this.sheet.texts, this.windows);
    this.scrolling = new Scrolling(this.sheet, this.windows);
    this.loading = new Loading(this.sheet, this.windows);
  }

  /** @returns {PageGroups} */
  #groups() {
    const { store, stage, texts } = this.sheet;
    this.outline = new Outline({
      ask: (...question) => this.sheet.ask(...question),
      question: () => this.#question(),
      onLabels: (column, labels) => store.rows.addLabels(column, labels),
      onKnown: () => this.#outlined(),
    });
    return new PageGroups(store.groups, this.outline, {
      zone: () => store.context.zone,
      onFold: (key) => this.windows?.fold(key),
      onUnknown: () => stage.notices.show(fill(texts.groupStays, { n: MOST_CLOSED }), SAID),
      onLeftOut: (columns, isByValue) => this.#ungrouped(columns, isByValue),
    });
  }

  /** @param {Column[]} columns @param {boolean} isByValue */
  #ungrouped(columns, isByValue) {
    const { stage, texts } = this.sheet;
    const names = columns.map(({ title }) => fill(texts.groupMany, { column: title }));
    const said = isByValue ? [...names, fill(texts.groupLarge, { n: MOST_SORTED })] : names;
    if (said.length) stage.notices.show(said.join(" "), { name: "ungrouped" });
    else stage.notices.hide("ungrouped");
  }

  /** @returns {Question | null} */
  #question() {
    const { store } = this.sheet;
    const { order, groups } = store;
    if (!(groups instanceof PageGroups) || !groups.isOn) return null;
    /** @type {Record<string, string[]>} */
    const columns = {};
    for (const column of store.shownColumns) {
      const what = whatOf(store, column);
      if (what !== "none") columns[column.name] = [askedAs(column, what)];
    }
    for (const { by } of groups.by) {
      const column = store.column(by?.column ?? "");
      if (!by || by.what === "count" || !column) continue;
      const asked = new Set(columns[column.name]).add(askedAs(column, by.what));
      columns[column.name] = [...asked];
    }
    const view = { grouped: groups.view, filters: store.view.filters };
    return { view, search: order.query, columns };
  }

  #outlined() {
    const { store, stage, texts } = this.sheet;
    if (!(store.groups instanceof PageGroups)) return;
    store.groups.counted();
    stage.arrange();
    stage.refresh([]);
    const n = store.groups.outline.list.length;
    if (store.groups.outline.isWhole) stage.notices.hide("groups");
    else stage.notices.show(fill(texts.manyGroups, { n }), { name: "groups" });
  }

  /** @returns {Glass} */
  #glass() {
    const { stage } = this.sheet;
    const whenIdle = (/** @type {() => void} */ run) =>
      stage.grid ? stage.grid.whenIdle(run) : run();
    return {
      sight: () => stage.grid?.sight.now() ?? null,
      turned: (top) => {
        if (top) stage.grid?.sight.turn(top);
        stage.arrange();
        stage.grid?.settle();
      },
      arrived: (keys) => stage.grid?.arrive(keys),
      arranged: () => stage.arrange(),
      whenFree: (run) => this.hold.whenFree(() => whenIdle(run)),
      isFree: () => !this.hold.isDown && !stage.grid?.isEditing,
      failed: (error) => {
        if (error) stage.notices.show(error.message, { name: "windows" });
        else stage.notices.hide("windows");
      },
    };
  }
}

/** Shorter waits are not mentioned. */
const PATIENCE_MS = 300;

/** Loads rows of the page on which the user wants to act. Meanwhile, it can be stopped. */
class Loading {
  /**
   * @param {SheetSurface} sheet
   * @param {Windows} windows
   */
  constructor(sheet, windows) {
    this.sheet = sheet;
    this.windows = windows;
    /** @type {{keys: string[], run: () => void, page: number} | null} */
    this.wanted = null;
    /** @type {any} */
    this.timer = null;
  }

  /**
   * @param {string[]} keys  of placeholders
   * @param {() => void} run
   */
  begin(keys, run) {
    this.stop();
    this.wanted = { keys, run, page: this.windows.order.pages };
    this.timer = setTimeout(() => this.#say(keys.length), PATIENCE_MS);
    this.windows.want(keys);
    this.look();
  }

  stop() {
    clearTimeout(this.timer);
    this.wanted = null;
    this.sheet.stage.notices.hide(NAME);
  }

  /** Rows have arrived. On another page, the rows to act on are not in the grid any more. */
  look() {
    if (!this.wanted) return;
    const { keys, run, page } = this.wanted;
    const { order } = this.windows;
    if (page !== order.pages) this.stop();
    const there = new Set(order.list);
    if (!this.wanted || keys.some((key) => there.has(key))) return;
    this.stop();
    run();
  }

  /** @param {number} n */
  #say(n) {
    const { stage, texts } = this.sheet;
    const stop = { text: texts.stop, run: () => this.stop() };
    const text = fill(texts.fetchingRows, { n });
    stage.notices.show(text, { name: NAME, actions: [stop] });
  }
}

const NAME = "loading";

/** Knows whether the user is dragging or touching something. Rows are not replaced meanwhile. */
class Hold {
  /** @param {HTMLElement} table */
  constructor(table) {
    this.isDown = false;
    /** @type {(() => void)[]} */
    this.waiting = [];
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    const down = (/** @type {Event} */ { target }) => {
      // Browsers do not report when the mouse is released on a scroll bar.
      this.isDown = target instanceof Element && target.closest("td, th") !== null;
    };
    const up = () => this.#up();
    table.addEventListener("pointerdown", down, { capture: true, signal });
    for (const name of ["pointerup", "pointercancel", "touchend", "touchcancel"])
      window.addEventListener(name, up, { capture: true, signal });
  }

  /** @param {() => void} run */
  whenFree(run) {
    if (this.isDown) this.waiting.push(run);
    else run();
  }

  close() {
    this.listeners.abort();
    this.waiting = [];
  }

  #up() {
    this.isDown = false;
    for (const run of this.waiting.splice(0)) run();
  }
}

/** Tells the user if counting the rows takes long, and offers to stop it. */
export class Counting {
  /**
   * @param {Notices} notices
   * @param {Record<string, string>} texts
   * @param {Windows} windows
   */
  constructor(notices, texts, windows) {
    this.notices = notices;
    this.texts = texts;
    this.windows = windows;
    /** @type {any} */
    this.timer = null;
    windows.listeners.push(() => this.#look());
  }

  close() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  #look() {
    if (this.windows.isBuilding) {
      this.timer ??= setTimeout(() => this.#say(), COUNTING_MS);
      return;
    }
    this.close();
    this.notices.hide("counting");
  }

  #say() {
    const { texts, windows } = this;
    const stop = { text: texts.stopCounting, run: () => windows.cancel() };
    this.notices.show(texts.countingRows, { name: "counting", actions: [stop] });
  }
}
