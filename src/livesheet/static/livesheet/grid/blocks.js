/**
 * Changes a block of cells at once, from the clipboard or by the fill handle: directly in our
 * records, without the grid.
 */

import { isHeading, PK, sameValue } from "../protocol.js";
import { count } from "../texts.js";
import { emptyValue, isReadonly } from "../values/kinds.js";
import { filledCells } from "./filling.js";
import { isRow } from "./headings.js";
import { consume } from "./keys.js";
import { readCopied, readPasted, writeCopied, writeRows } from "./pasting.js";
import { absentIn, beyondPage, isPageOf, isTypingElsewhere, selectedArea } from "./place.js";
import { Records } from "./records.js";

/** @import {Cut, Store} from "../store/store.js" */
/** @import {Area} from "./place.js" */
/** @import {Column, GridRow, Pk, Value} from "../protocol.js" */
/** @import {Beyond, Commit} from "../surfaces.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */
/** @import {Rows} from "./pasting.js" */

export class Blocks {
  /**
   * @param {GridSurface} grid
   * @param {GridHost} host
   */
  constructor(grid, host) {
    this.grid = grid;
    this.host = host;
    /** Whether this is the sheet where the user was last. */
    this.isHere = false;
    /** The text that was put on the clipboard when the cells were cut. */
    this.cutText = "";
  }

  /**
   * Handles events before the grid does: 6.2.2 would run scripts in pasted HTML.
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
   * Fills the cells over which the handle was dragged.
   * @param {Area} area  the area that was selected
   * @param {{row: number, col: number}[]} targets
   */
  fill(area, targets) {
    const { grid, host } = this;
    const rows = [area.row, area.endRow, targets[0]?.row, targets.at(-1)?.row];
    const known = rows.filter((row) => row !== undefined);
    const absent = absentIn(grid, Math.min(...known), Math.max(...known) + 1);
    const cols = [...new Set(targets.map(({ col }) => col))];
    /** @param {Rows} rows */
    const run = (rows, from = area, to = targets) =>
      this.write(filledCells(rows, host.store, from, to), rows);
    beyondPage(host, isPageOf(grid, area), {
      columns: cols.length,
      onPage: () => host.store.order.whenLoaded(absent, () => run(grid)),
      onRows: (pks) => {
        const to = pks.flatMap((_, row) => cols.map((col) => ({ row, col })));
        run(this.#rowsOf(pks), { ...area, endRow: pks.length - 1 }, to);
      },
    });
  }

  /** @param {Pk[]} pks  rows that need not be in the grid @returns {Rows} */
  #rowsOf(pks) {
    const { columns } = this.grid;
    const rows = new Records(this.host.store, columns);
    rows.set(pks);
    return { columns, records: rows.list, places: rows.places, numberOf: (row) => row };
  }

  /** Cancels cutting. */
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

  /**
   * @param {{pk: Pk, column: Column, value: Value}[]} cells
   * @param {Rows} [rows]
   */
  write(cells, rows = this.grid) {
    const edits = this.#commits(cells, rows);
    if (edits.length) this.host.outgoing.edit(edits);
  }

  /**
   * Returns edits for cells that change and may be written.
   * @param {{pk: Pk, column: Column, value: Value}[]} cells
   * @param {Rows} rows
   */
  #commits(cells, rows) {
    const { host } = this;
    const mayWrite = (/** @type {Pk} */ pk) =>
      host.store.can.change || host.looks.rowLook(pk).state === "draft";
    /** @type {Commit[]} */
    const edits = [];
    for (const { pk, column, value } of cells) {
      const record = rows.records[rows.places.get(pk) ?? -1];
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
   * @returns {Area | null} null if the event is not meant for the grid
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
   * Cut cells keep their values until they are pasted. Otherwise, the values would be lost if
   * nobody pastes them.
   * @param {ClipboardEvent} event
   */
  #cut(event) {
    if (this.#isGuarded(event)) return;
    const area = this.#copy(event);
    if (!area) return;
    const { grid } = this;
    const records = grid.records.slice(area.row, area.endRow + 1).filter(isRow);
    const pks = records.map((record) => record[PK]);
    this.#cutRows(pks, grid.columns.slice(area.col, area.endCol + 1), event);
  }

  /**
   * @param {Pk[]} pks
   * @param {Column[]} all
   * @param {ClipboardEvent} event
   */
  #cutRows(pks, all, { clipboardData }) {
    const columns = all.filter((one) => !isReadonly(one));
    const { store } = this.host;
    const cells = pks.flatMap((pk) =>
      columns.map(({ name }) => ({ pk, column: name, value: store.shown(pk, name) })),
    );
    this.#cutOut(cells, plainText(clipboardData));
  }

  /**
   * Returns edits that empty the cut cells, except those that are pasted over. They come first, so
   * that a unique value can be used again.
   * @param {Area} area  the area into which they are pasted
   * @param {Rows} rows
   * @returns {Commit[]}
   */
  #emptied({ row, col, endRow, endCol }, { records }) {
    const { store } = this.host;
    const pks = new Set(records.slice(row, endRow + 1).map((record) => record[PK]));
    const names = new Set(this.grid.columns.slice(col, endCol + 1).map(({ name }) => name));
    const isTaken = (/** @type {Cut} */ { pk, column }) => pks.has(pk) && names.has(column);
    return store.cut.flatMap((cell) => {
      const { pk, column: name, value } = cell;
      const column = store.column(name);
      const isCut = sameValue(value, store.shown(pk, name)); // else somebody has changed it since
      if (!column || isTaken(cell) || !isCut) return [];
      const record = this.grid.records[this.grid.places.get(pk) ?? -1];
      const empty = emptyValue(column);
      if (sameValue(value, empty)) return [];
      if (record) record[name] = empty;
      return [{ pk, column: name, value: empty, base: store.base(pk, name), before: value }];
    });
  }

  /**
   * Copies or cuts for a command of a menu, by making the browser dispatch its event.
   * @param {"copy" | "cut"} what
   */
  toClipboard(what) {
    this.grid.hot.listen();
    document.execCommand(what);
  }

  /**
   * @param {Pk[]} pks  keys of rows that need not be in the grid
   * @param {Store} store  the store with these rows
   * @param {Column[]} columns
   * @param {boolean} isCut  they are cut; the sheet's own store has them
   */
  copyRows(pks, store = this.host.store, columns = this.grid.columns, isCut = false) {
    const put = (/** @type {ClipboardEvent} */ event) => {
      consume(event);
      if (event.clipboardData) writeRows(columns, store, pks, event.clipboardData);
      if (isCut) this.#cutRows(pks, columns, event);
    };
    // On the window, to be called before the document's listener, which would copy the selection.
    window.addEventListener("copy", put, { capture: true, once: true });
    document.execCommand("copy");
    window.removeEventListener("copy", put, { capture: true });
  }

  /** @returns {Promise<boolean>} whether the browser allows reading it */
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
      return false; // not possible over http, or not allowed by the user
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
   * An empty sheet has no cell that can be selected, so a paste is for this sheet if the user was
   * here last.
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
    const { order } = host.store;
    const table = readCopied(data);
    const end = Math.max(area.endRow + 1, endOf(grid.records, area.row, table.length));
    const absent = absentIn(grid, area.row, end);
    const isCut = plainText(data) === this.cutText;
    beyondPage(host, isPageOf(grid, area), {
      columns: area.endCol - area.col + 1,
      onPage: () => {
        if (absent.length) order.whenLoaded(absent, () => this.#write(table, area, isCut));
        else this.#write(table, area, isCut);
      },
      onRows: (pks, isWhole) => {
        const all = { ...area, endRow: pks.length - 1 };
        this.#write(table, all, isCut, { rows: this.#rowsOf(pks), isWhole });
      },
    });
  }

  /**
   * @param {ReturnType<typeof readCopied>} table
   * @param {Area} area
   * @param {boolean} isCut  it is what was cut here
   * @param {{rows: Rows, isWhole: boolean}} [into]  isWhole: there are no rows below
   */
  #write(table, area, isCut, into) {
    const { grid, host } = this;
    const { rows, isWhole } = into ?? { rows: grid, isWhole: host.store.order.isAtEnd };
    const { cells, below, endRow, endCol } = readPasted(rows, host.store, table, area);
    if (!into && below.length && !isWhole) {
      this.#writeOn(table, area, isCut, below.length);
      return;
    }
    const isMoved = host.store.cut.length > 0 && isCut;
    const left = isMoved ? this.#emptied({ ...area, endRow, endCol }, rows) : [];
    const edits = [...left, ...this.#commits(cells, rows)];
    const fresh = host.store.can.add && isWhole ? below : [];
    if (!isWhole && below.length) host.say(count(host.texts, "pastePart", below.length));
    if (edits.length || fresh.length) host.outgoing.paste(edits, fresh);
    if (host.store.cut.length) this.endCut();
    if (!into && endRow >= area.row) grid.hot.selectCell(area.row, area.col, endRow, endCol, false);
  }

  /**
   * Pastes over rows of the next pages as well.
   * @param {ReturnType<typeof readCopied>} table
   * @param {Area} area
   * @param {boolean} isCut
   * @param {number} n  the number of lines that are beyond the page
   */
  #writeOn(table, area, isCut, n) {
    const { grid, host } = this;
    const pks = grid.records
      .slice(area.row)
      .filter(isRow)
      .map((record) => record[PK]);
    /** @type {Beyond} */
    const detail = {
      ...{ after: pks, n },
      onRows: (all, isWhole) => {
        const to = { ...area, row: 0, endRow: area.endRow - area.row };
        this.#write(table, to, isCut, { rows: this.#rowsOf(all), isWhole });
      },
    };
    host.root.dispatchEvent(new CustomEvent("ls-beyond", { detail }));
  }
}

/**
 * @param {GridRow[]} records
 * @param {number} from
 * @param {number} n
 * @returns {number} the index after so many rows, without headings
 */
function endOf(records, from, n) {
  let end = from;
  for (let left = n; left > 0 && end < records.length; end += 1)
    if (!isHeading(records[end][PK])) left -= 1;
  return end;
}

/**
 * Returns the text with `\n` as line ends, because the clipboard of some systems has others.
 * @param {DataTransfer | null} data
 */
const plainText = (data) => (data?.getData("text/plain") ?? "").replace(/\r\n?/g, "\n");
