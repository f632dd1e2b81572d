/**
 * What a cell or a row held before, where the model records it. A value from there is put back as
 * any other edit: with its base, and to be undone.
 */

import { sameValue } from "../protocol.js";
import { fill } from "../texts.js";
import { isReadonly } from "../values/kinds.js";
import { Timeline } from "./timeline.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk, Value} from "../protocol.js" */
/** @import {Target} from "../surfaces.js" */
/** @import {PastEntry} from "./timeline.js" */

/** @typedef {{pk: Pk, column: string | null}} Subject */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function history(sheet) {
  const { store, stage, outgoing, texts } = sheet;
  /** @type {Timeline | null} */
  let shown = null;
  /** @type {Subject | null} */
  let subject = null;
  /** @type {Pk | null} where the user came from */
  let from = null;
  let fromColumn = "";
  let skip = 0;

  const isOffered = () => store.can.history === true;
  const isPossible = (/** @type {Target} */ { pk, pks }) =>
    pk !== null && pks.length === 1 && store.rows.has(pk);

  function close() {
    shown?.close();
    shown = null;
    subject = null;
    if (from === null) return;
    stage.grid?.keys.listen();
    stage.select(from, fromColumn || undefined);
  }

  /** @param {Target} target @param {boolean} isCell */
  function open({ pk, column }, isCell) {
    if (pk === null || column === null) return;
    shown?.close();
    from = pk;
    fromColumn = column;
    subject = { pk, column: isCell ? column : null };
    skip = 0;
    const row = store.rowName(pk) || pk;
    const title = isCell
      ? fill(texts.historyOfCell, { column: store.column(column)?.title ?? column, row })
      : fill(texts.historyOfRow, { row });
    shown = new Timeline(stage.table, {
      texts,
      language: sheet.language,
      zone: store.hello?.zone ?? "",
      title: (name) => store.column(name)?.title ?? name,
      text: (name, value) => {
        const known = store.column(name);
        return known ? store.text(known, value) : String(value ?? "");
      },
      canRestore: (name, value) => canRestore(pk, name, value),
      onRestore: (name, value) => putBack(pk, name, value),
      onMore: () => ask(subject, skip),
      onClose: close,
    });
    // 6.2.2 would take the focus a moment after the cell was selected, and Esc with it.
    stage.grid?.keys.unlisten();
    shown.begin(title);
    ask(subject, 0);
  }

  /**
   * @param {Subject | null} about
   * @param {number} from
   */
  async function ask(about, from) {
    try {
      const answer = await sheet.ask("history", { ...about, skip: from });
      if (about !== subject || !shown) return;
      for (const [column, labels] of Object.entries(answer.labels))
        store.rows.addLabels(column, labels);
      skip = answer.next ?? 0;
      shown.add(/** @type {PastEntry[]} */ (answer.entries), answer.next !== null);
    } catch (error) {
      if (about !== subject) return;
      const { code, message } = /** @type {Error & {code?: string}} */ (error);
      shown?.say(code === "offline" ? texts.historyOffline : message);
    }
  }

  /**
   * @param {Pk} pk
   * @param {string} name
   * @param {Value} value
   */
  function canRestore(pk, name, value) {
    const column = store.column(name);
    if (!column || isReadonly(column) || !store.can.change || !store.rows.has(pk)) return false;
    return !sameValue(value, store.shown(pk, name));
  }

  /**
   * @param {Pk} pk
   * @param {string} name
   * @param {Value} value
   */
  function putBack(pk, name, value) {
    const base = store.base(pk, name);
    outgoing.edit([{ pk, column: name, value, base, before: store.shown(pk, name) }]);
    fromColumn = name;
    close();
  }

  return {
    commands: [
      {
        name: "history-cell",
        text: () => texts.historyCell,
        where: "context",
        group: "cell",
        keys: ["mod+shift+h"],
        isOffered,
        isEnabled: isPossible,
        run: (target) => open(target, true),
      },
      {
        name: "history-row",
        text: () => texts.historyRow,
        where: "context",
        group: "cell",
        isOffered,
        isEnabled: isPossible,
        run: (target) => open(target, false),
      },
    ],
    gridMade: () => shown?.attach(stage.table),
    hello: () => {
      if (shown && !isOffered()) close();
    },
    status(status) {
      if (status === "forbidden") shown?.close();
    },
    close: () => shown?.close(),
  };
}
