/**
 * Changes a block of cells at once, from the clipboard or by the handle of the selection: directly
 * in our records, without the grid.
 */

import { PK, sameValue } from "../protocol.js";
import { emptyValue, isReadonly } from "../values/kinds.js";
import { filledCells } from "./filling.js";
import { isRow } from "./headings.js";
import { consume } from "./keys.js";
import { readCopied, readPasted, writeCopied, writeRows } from "./pasting.js";
import { isTypingElsewhere, selectedArea } from "./place.js";

/** @import {Cut, Store} from "../store/store.js" */
/** @import {Area} from "./place.js" */
/** @import {Column, Pk, Value} from "../protocol.js" */
/** @import {Commit} from "../surfaces.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

export class Blocks {
  /**
   * @param {GridSurface} grid
   * @param {GridHost} host
   */
  constructor(grid, host) {
    this.grid = grid;
    this.host = host;
    /** The user was at this sheet last. */
    this.isHere = false;
    /** The text that was put on the clipboard with what is cut out. */
    this.cutText = "";
  }

  /**
   * Before the grid sees any of it: 6.2.2 would run scripts in pasted HTML.
   * @param {AbortSignal} signal
   */
  attach(signal) {
    const options = { signal, capture: true };
    const here = (/** @type {Event} */ { target }) => {
      this.isHere = target instanceof Node && this.host.root.contains(target);
    };
    document.addEventListener("pointerdown", here, options);
    document.addEventListener("focusin", here, options);
    document.addEventListener("copy", (event) => this.#copy(event), options);
    document.addEventListener("cut", (event) => this.#cut(event), options);
    document.addEventListener("paste", (event) => this.#paste(event), options);
  }

  /**
   * The selection's handle was drawn.
   * @param {Area} area  that was selected
   * @param {{row: number, col: number}[]} targets
   */
  fill(area, targets) {
    this.write(filledCells(this.grid, this.host.store, area, targets));
  }

  /** Nothing is cut out any more. */
  endCut() {
    this.#cutOut([], "");
  }

  /**
   * @param {Cut[]} cells
   * @param {string} text
   */
  #cutOut(cells, text) {
    const { store } = this.host;
    const pks = new Set([...store.cut, ...cells].map(({ pk }) => pk));
    store.cutOut(cells);
    this.cutText = text;
    this.grid.refresh([...pks].filter((pk) => this.grid.places.has(pk)));
  }

  /** @param {{pk: Pk, column: Column, value: Value}[]} cells */
  write(cells) {
    const edits = this.#commits(cells);
    if (edits.length) this.host.outgoing.edit(edits);
  }

  /**
   * Those that change something and may.
   * @param {{pk: Pk, column: Column, value: Value}[]} cells
   */
  #commits(cells) {
    const { grid, host } = this;
    const mayWrite = (/** @type {Pk} */ pk) =>
      host.store.can.change || host.looks.rowLook(pk).state === "draft";
    /** @type {Commit[]} */
    const edits = [];
    for (const { pk, column, value } of cells) {
      const record = grid.records[grid.places.get(pk) ?? -1];
      const before = record?.[column.name];
      if (!record || sameValue(before, value) || !mayWrite(pk)) continue;
      record[column.name] = value;
      edits.push({
        pk,
        column: column.name,
        value,
        base: host.store.base(pk, column.name),
        before,
      });
    }
    return edits;
  }

  /**
   * @param {ClipboardEvent} event
   * @returns {Area | null} where the event is meant for the grid
   */
  #areaOf(event) {
    const { grid } = this;
    const area = grid.isEditing || !grid.hot.isListening() ? null : selectedArea(grid);
    if (area) consume(event);
    return area;
  }

  /** @param {ClipboardEvent} event */
  #copy(event) {
    const area = this.#areaOf(event);
    if (!area || !event.clipboardData) return area;
    if (this.grid.hot.getSelected().length > 1) {
      this.host.say(this.host.texts.copyOneBlock);
      return null;
    }
    writeCopied(this.grid, this.host.store, area, event.clipboardData);
    if (this.host.store.order.isPaged)
      this.host.root.dispatchEvent(new CustomEvent("ls-copied", { detail: area }));
    if (this.host.store.cut.length) this.endCut();
    return area;
  }

  /** @param {ClipboardEvent} event */
  #isGuarded(event) {
    const { grid } = this;
    return !grid.isEditing && grid.hot.isListening() && grid.guard.stop(event);
  }

  /**
   * What is cut stays where it is until it is pasted: else it would be nowhere if that never comes.
   * @param {ClipboardEvent} event
   */
  #cut(event) {
    if (this.#isGuarded(event)) return;
    const area = this.#copy(event);
    if (!area) return;
    const { grid, host } = this;
    const columns = grid.columns.slice(area.col, area.endCol + 1).filter((one) => !isReadonly(one));
    const records = grid.records.slice(area.row, area.endRow + 1).filter(isRow);
    const cells = records.flatMap((record) =>
      columns.map(({ name }) => ({
        ...{ pk: record[PK], column: name },
        value: host.store.shown(record[PK], name),
      })),
    );
    this.#cutOut(cells, plainText(event.clipboardData));
  }

  /**
   * Those that were cut out and are pasted somewhere else now. They are emptied first: what must not
   * stand twice in a column has room then.
   * @param {Area} area  where they are pasted
   * @returns {Commit[]}
   */
  #emptied({ row, col, endRow, endCol }) {
    const { store } = this.host;
    const pks = new Set(this.grid.records.slice(row, endRow + 1).map((record) => record[PK]));
    const names = new Set(this.grid.columns.slice(col, endCol + 1).map(({ name }) => name));
    const isTaken = (/** @type {Cut} */ { pk, column }) => pks.has(pk) && names.has(column);
    return store.cut.flatMap((cell) => {
      const { pk, column: name, value } = cell;
      const column = store.column(name);
      if (!column || isTaken(cell) || !store.isCut(pk, name)) return [];
      const record = this.grid.records[this.grid.places.get(pk) ?? -1];
      const empty = emptyValue(column);
      if (sameValue(value, empty)) return [];
      if (record) record[name] = empty;
      return [{ pk, column: name, value: empty, base: store.base(pk, name), before: value }];
    });
  }

  /**
   * As a menu's command: the browser then says that it is about to copy.
   * @param {"copy" | "cut"} what
   */
  toClipboard(what) {
    this.grid.hot.listen();
    document.execCommand(what);
  }

  /**
   * @param {Pk[]} pks  of rows that need not stand here
   * @param {Store} store  where they are
   * @param {Column[]} columns
   */
  copyRows(pks, store = this.host.store, columns = this.grid.columns) {
    const put = (/** @type {ClipboardEvent} */ event) => {
      consume(event);
      if (event.clipboardData) writeRows(columns, store, pks, event.clipboardData);
    };
    // Before the document, where the selection would be copied.
    window.addEventListener("copy", put, { capture: true, once: true });
    document.execCommand("copy");
    window.removeEventListener("copy", put, { capture: true });
  }

  /** @returns {Promise<boolean>} whether the browser lets us read it */
  async fromClipboard() {
    const data = new DataTransfer();
    try {
      for (const item of await navigator.clipboard.read()) {
        for (const type of ["text/plain", "text/html"]) {
          if (item.types.includes(type))
            data.setData(type, await (await item.getType(type)).text());
        }
      }
    } catch {
      return false; // not over http, or not allowed by the user
    }
    const area = selectedArea(this.grid);
    if (area) this.#put(data, area);
    return true;
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    if (this.#isGuarded(event)) return;
    const area = this.#areaOf(event) ?? this.#emptyArea(event);
    if (!area) return;
    const types = event.clipboardData?.types ?? [];
    const isText = types.includes("text/plain") || types.includes("text/html");
    if (isText) this.#put(event.clipboardData, area);
    else this.host.say(this.host.texts.nothingToPaste);
  }

  /**
   * Where there are no rows, there is no cell to select: then it is enough that the user has been
   * at this sheet last.
   * @param {ClipboardEvent} event
   * @returns {Area | null}
   */
  #emptyArea(event) {
    const { grid, host } = this;
    const isMeant = this.isHere && !isTypingElsewhere(grid.element);
    if (grid.records.length || !grid.columns.length || !host.store.can.add || !isMeant) return null;
    consume(event);
    return { row: 0, col: 0, endRow: 0, endCol: 0 };
  }

  /**
   * @param {DataTransfer | null} data
   * @param {Area} area
   */
  #put(data, area) {
    const { grid, host } = this;
    const table = readCopied(data);
    const { cells, below, endRow, endCol } = readPasted(grid, host.store, table, area);
    const isMoved = host.store.cut.length > 0 && plainText(data) === this.cutText;
    const left = isMoved ? this.#emptied({ ...area, endRow, endCol }) : [];
    const edits = [...left, ...this.#commits(cells)];
    const fresh = host.store.can.add ? below : [];
    if (edits.length || fresh.length) host.outgoing.paste(edits, fresh);
    if (host.store.cut.length) this.endCut();
    if (endRow >= area.row) grid.hot.selectCell(area.row, area.col, endRow, endCol, false);
  }
}

/** As programs write it: the clipboard of some systems has other line ends. @param {DataTransfer | null} data */
const plainText = (data) => (data?.getData("text/plain") ?? "").replace(/\r\n?/g, "\n");
