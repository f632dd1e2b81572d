/**
 * The earlier values of a cell or a row, if the model records them. Restoring a value is an edit
 * like any other: it has a base, and can be undone.
 */

import { element } from "../elements.js";
import { sameValue } from "../protocol.js";
import { button, face } from "../stage/note.js";
import { fill } from "../texts.js";
import { isReadonly } from "../values/kinds.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk, Status, Value} from "../protocol.js" */
/** @import {Target} from "../surfaces.js" */

/** @typedef {{pk: Pk, column: string | null}} Subject */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export const history = (sheet) => new History(sheet);

/** @implements {Feature} */
class History {
  /** @param {SheetSurface} sheet */
  constructor(sheet) {
    this.sheet = sheet;
    this.store = sheet.store;
    this.stage = sheet.stage;
    this.texts = sheet.texts;
    /** @type {Timeline | null} */
    this.shown = null;
    /** @type {Subject | null} */
    this.subject = null;
    /** @type {Pk | null} where the user was before */
    this.from = null;
    /** @type {HTMLElement | null} the card that contains the history, if it was opened from
     * there */
    this.within = null;
    this.fromColumn = "";
    this.skip = 0;
    /** @type {Feature["runs"]} */
    this.runs = {
      "history-cell": (target) => target && this.#open(target, true),
      "history-row": (target) => target && this.#open(target, false),
    };
  }

  gridMade() {
    if (!this.within) this.shown?.attach(this.stage.table);
  }

  hello() {
    if (this.shown && !this.#isOffered()) this.#leave();
  }

  /** @param {Status} status */
  status(status) {
    if (status === "forbidden") this.close();
  }

  close() {
    this.shown?.close();
  }

  #isOffered() {
    return this.store.can.history === true;
  }

  /** Returns the focus to where the user was before. */
  #leave() {
    this.shown?.close();
    this.shown = null;
    this.subject = null;
    if (this.within) this.within.querySelector("button")?.focus();
    if (this.within || this.from === null) return;
    this.stage.grid?.keys.listen();
    this.stage.select(this.from, this.fromColumn || undefined);
  }

  /** @param {Target} target @param {boolean} isCell */
  #open({ pk, column, within }, isCell) {
    if (pk === null || column === null) return;
    this.shown?.close();
    this.within = within ?? null;
    this.from = pk;
    this.fromColumn = column;
    this.subject = { pk, column: isCell ? column : null };
    this.skip = 0;
    this.shown = this.#timeline(pk);
    // 6.2.2 takes the focus shortly after a cell is selected, and would then receive Esc.
    this.stage.grid?.keys.unlisten();
    this.shown.begin(this.#title(pk, isCell ? column : null));
    this.#ask(this.subject, 0);
  }

  /**
   * @param {Pk} pk
   * @param {string | null} column  null for the whole row
   */
  #title(pk, column) {
    const { store, texts } = this;
    const row = store.rowName(pk) || pk;
    if (column === null) return fill(texts.historyOfRow, { row });
    return fill(texts.historyOfCell, { column: store.column(column)?.title ?? column, row });
  }

  /** @param {Pk} pk */
  #timeline(pk) {
    const { store, texts } = this;
    return new Timeline(this.within ?? this.stage.table, {
      texts,
      language: this.sheet.language,
      zone: store.hello?.zone ?? "",
      title: (name) => store.column(name)?.title ?? name,
      text: (name, value) => {
        const known = store.column(name);
        return known ? store.inWords(known, value) : String(value ?? "");
      },
      canRestore: (name, value) => this.#canRestore(pk, name, value),
      onRestore: (name, value) => this.#putBack(pk, name, value),
      onMore: () => this.#ask(this.subject, this.skip),
      onClose: () => this.#leave(),
    });
  }

  /**
   * @param {Subject | null} about
   * @param {number} from
   */
  async #ask(about, from) {
    try {
      const answer = await this.sheet.ask("history", { ...about, skip: from });
      if (about !== this.subject || !this.shown) return;
      for (const [column, labels] of Object.entries(answer.labels))
        this.store.rows.addLabels(column, labels);
      this.skip = answer.next ?? 0;
      this.shown.add(/** @type {PastEntry[]} */ (answer.entries), answer.next !== null);
    } catch (error) {
      if (about !== this.subject) return;
      const { code, message } = /** @type {Error & {code?: string}} */ (error);
      this.shown?.say(code === "offline" ? this.texts.historyOffline : message);
    }
  }

  /**
   * @param {Pk} pk
   * @param {string} name
   * @param {Value} value
   */
  #canRestore(pk, name, value) {
    const { store } = this;
    const column = store.column(name);
    if (!column || isReadonly(column) || !store.can.change || !store.rows.has(pk)) return false;
    return !sameValue(value, store.shown(pk, name));
  }

  /**
   * @param {Pk} pk
   * @param {string} name
   * @param {Value} value
   */
  #putBack(pk, name, value) {
    const { store } = this;
    const base = store.base(pk, name);
    const before = store.shown(pk, name);
    this.sheet.outgoing.edit([{ pk, column: name, value, base, before }]);
    this.fromColumn = name;
    this.#leave();
  }
}

/*
 * The panel that tells what a cell or a row held before: who changed what when, newest first, and a
 * way back to each value.
 */

/**
 * @typedef {[string, Value, Value]} PastCell  column, before, value
 *
 * @typedef {object} PastEntry
 * @property {string} at
 * @property {{id: string, name: string, colour: string} | null} by
 * @property {string} reason
 * @property {"created" | "changed"} kind
 * @property {PastCell[]} cells
 *
 * @typedef {object} TimelineWorld
 * @property {Record<string, string>} texts
 * @property {string | undefined} language
 * @property {string} zone
 * @property {(column: string) => string} title
 * @property {(column: string, value: Value) => string} text
 * @property {(column: string, value: Value) => boolean} canRestore
 * @property {(column: string, value: Value) => void} onRestore
 * @property {() => void} onMore
 * @property {() => void} onClose
 */

const UNITS = /** @type {[Intl.RelativeTimeFormatUnit, number][]} */ ([
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
]);
/** For changes before this, the date is shown instead of how long ago it was. */
const RECENT_SECONDS = 7 * 86_400;

export class Timeline {
  /**
   * @param {HTMLElement} root
   * @param {TimelineWorld} world
   */
  constructor(root, world) {
    this.world = world;
    const { texts } = world;
    this.language = world.language;
    this.box = element("aside", "ls-history");
    this.box.setAttribute("role", "dialog");
    this.heading = element("h3", "ls-history-title");
    this.list = element("ol", "ls-history-list");
    this.note = element("p", "ls-history-note");
    this.more = button(texts.olderEntries, "ls-button", () => world.onMore());
    const head = element("header", "ls-history-head");
    this.closing = button("✕", "ls-button ls-icon", () => world.onClose());
    this.closing.setAttribute("aria-label", texts.close);
    this.closing.title = texts.close;
    head.append(this.heading, this.closing);
    this.box.append(head, this.list, this.note);
    // The grid must not receive keys that are pressed in here.
    this.box.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") world.onClose();
    });
    this.attach(root);
  }

  /** @param {HTMLElement} root */
  attach(root) {
    root.append(this.box);
  }

  /** @param {string} title  what the history is about */
  begin(title) {
    this.heading.textContent = title;
    this.box.setAttribute("aria-label", title);
    this.list.replaceChildren();
    this.more.remove();
    this.say(this.world.texts.loading);
    this.closing.focus();
  }

  /** @param {string} text */
  say(text) {
    this.note.textContent = text;
    this.note.hidden = !text;
  }

  /**
   * @param {PastEntry[]} entries  entries older than those shown
   * @param {boolean} hasMore
   */
  add(entries, hasMore) {
    this.list.append(...entries.map((entry) => this.#entry(entry)));
    this.say(this.list.childElementCount ? "" : this.world.texts.noHistory);
    this.more.remove();
    if (hasMore) this.box.append(this.more);
  }

  close() {
    this.box.remove();
  }

  /** @param {PastEntry} entry */
  #entry({ at, by, reason, kind, cells }) {
    const { texts } = this.world;
    const item = element("li", "ls-history-entry");
    const name = by?.name || reason || texts.somebody;
    const who = element("div", "ls-history-who");
    const said = kind === "created" ? fill(texts.createdBy, { who: name }) : name;
    who.append(element("span", "", said), this.#when(at));
    const changes = element("div", "ls-history-cells");
    changes.append(...cells.map((cell) => this.#cell(cell, kind === "created")));
    item.append(face({ name, colour: by?.colour ?? "" }), who, changes);
    if (by && reason) who.title = reason;
    return item;
  }

  /**
   * @param {PastCell} cell
   * @param {boolean} isFirst
   */
  #cell([column, before, value], isFirst) {
    const { texts, text, title, canRestore, onRestore } = this.world;
    const line = element("div", "ls-history-cell");
    line.append(element("span", "ls-history-column", title(column)));
    if (!isFirst) {
      line.append(element("del", "", text(column, before) || texts.none));
      const arrow = element("span", "", "→");
      arrow.setAttribute("aria-hidden", "true");
      line.append(arrow);
    }
    line.append(element("ins", "", text(column, value) || texts.none));
    if (canRestore(column, value)) {
      const restore = button(texts.restore, "ls-button", () => onRestore(column, value));
      const told = { column: title(column), text: text(column, value) || texts.none };
      restore.setAttribute("aria-label", fill(texts.restoreTo, told));
      line.append(restore);
    }
    return line;
  }

  /** @param {string} at */
  #when(at) {
    const { zone } = this.world;
    const made = element("time", "ls-history-when");
    const moment = new Date(at);
    const seconds = (moment.getTime() - Date.now()) / 1000;
    const exact = new Intl.DateTimeFormat(this.language, {
      dateStyle: "medium",
      timeStyle: "short",
      ...(zone ? { timeZone: zone } : {}),
    }).format(moment);
    made.dateTime = at;
    made.title = exact;
    made.textContent = -seconds > RECENT_SECONDS ? exact : ago(seconds, this.language);
    return made;
  }
}

/**
 * @param {number} seconds  negative
 * @param {string | undefined} language
 */
function ago(seconds, language) {
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, size] of UNITS) {
    if (-seconds >= size) return words.format(Math.round(seconds / size), unit);
  }
  return words.format(Math.min(0, Math.round(seconds)), "second");
}
