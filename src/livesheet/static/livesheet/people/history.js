/**
 * What a cell or a row held before, where the model records it. A value from there is put back as
 * any other edit: with its base, and to be undone.
 */

import { sameValue } from "../protocol.js";
import { fill } from "../texts.js";
import { isReadonly } from "../values/kinds.js";
import { Timeline } from "./timeline.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk, Status, Value} from "../protocol.js" */
/** @import {Command, Target} from "../surfaces.js" */
/** @import {PastEntry} from "./timeline.js" */

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
    /** @type {Pk | null} where the user came from */
    this.from = null;
    this.fromColumn = "";
    this.skip = 0;
    this.commands = this.#commands();
  }

  gridMade() {
    this.shown?.attach(this.stage.table);
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

  /** Back to where the user came from. */
  #leave() {
    this.shown?.close();
    this.shown = null;
    this.subject = null;
    if (this.from === null) return;
    this.stage.grid?.keys.listen();
    this.stage.select(this.from, this.fromColumn || undefined);
  }

  /** @param {Target} target @param {boolean} isCell */
  #open({ pk, column }, isCell) {
    if (pk === null || column === null) return;
    this.shown?.close();
    this.from = pk;
    this.fromColumn = column;
    this.subject = { pk, column: isCell ? column : null };
    this.skip = 0;
    this.shown = this.#timeline(pk);
    // 6.2.2 would take the focus a moment after the cell was selected, and Esc with it.
    this.stage.grid?.keys.unlisten();
    this.shown.begin(this.#title(pk, isCell ? column : null));
    this.#ask(this.subject, 0);
  }

  /**
   * @param {Pk} pk
   * @param {string | null} column  null: of the whole row
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
    return new Timeline(this.stage.table, {
      texts,
      language: this.sheet.language,
      zone: store.hello?.zone ?? "",
      title: (name) => store.column(name)?.title ?? name,
      text: (name, value) => {
        const known = store.column(name);
        return known ? store.text(known, value) : String(value ?? "");
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

  /** @returns {Command[]} */
  #commands() {
    const { texts, store } = this;
    const isOffered = () => this.#isOffered();
    const isEnabled = (/** @type {Target} */ { pk, pks }) =>
      pk !== null && pks.length === 1 && store.rows.has(pk);
    return [
      {
        name: "history-cell",
        text: () => texts.historyCell,
        where: "context",
        group: "cell",
        keys: ["mod+shift+h"],
        isOffered,
        isEnabled,
        run: (target) => this.#open(target, true),
      },
      {
        name: "history-row",
        text: () => texts.historyRow,
        where: "context",
        group: "cell",
        isOffered,
        isEnabled,
        run: (target) => this.#open(target, false),
      },
    ];
  }
}
