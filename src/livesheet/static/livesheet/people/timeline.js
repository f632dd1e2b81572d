/**
 * The panel that tells what a cell or a row held before: who changed what when, newest first, and a
 * way back to each value.
 */

import { element } from "../elements.js";
import { button, face } from "../stage/note.js";
import { fill } from "../texts.js";

/** @import {Value} from "../protocol.js" */

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
/** Longer ago than this, the date says more. */
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
    // Its keys are not the grid's.
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

  /** @param {string} title  of what */
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
   * @param {PastEntry[]} entries  older than those that are shown
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
 * @param {number} seconds  below zero
 * @param {string | undefined} language
 */
function ago(seconds, language) {
  const words = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  for (const [unit, size] of UNITS) {
    if (-seconds >= size) return words.format(Math.round(seconds / size), unit);
  }
  return words.format(Math.min(0, Math.round(seconds)), "second");
}
