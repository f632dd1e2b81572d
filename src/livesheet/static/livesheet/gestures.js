/**
 * What the user does in the grid, told to the sheet in the sheet's own words: which pk, which
 * column, which value, and which value was seen before. A row number never leaves this file.
 */

import { isBoolean, isReadonly } from "./cells.js";
import { parseTable, spread } from "./clipboard.js";
import { PK, sameValue } from "./protocol.js";

/** @import {Column, Commit, GridHost, GridSurface, Pk, Value} from "./protocol.js" */

/**
 * @typedef {object} Session  one opening of an editor
 * @property {Pk} pk
 * @property {string} column
 * @property {Value} base  the server's value when it opened
 * @property {Value} shown  what stood in the cell
 * @property {string} text  the same, as the user saw it
 * @property {{value: Value} | null} picked  from a list
 *
 * @typedef {{row: number, col: number, endRow: number, endCol: number}} Area
 * @typedef {[number, string, Value, Value]} GridChange  visual row, prop, old, new
 */

/** Not the user's doing. @param {string | null} source */
const isForeign = (source) =>
  source === null || source === "loadData" || source === "updateData" || source.startsWith("ls.");

export class Gestures {
  /**
   * @param {GridSurface} grid
   * @param {GridHost} host
   */
  constructor(grid, host) {
    this.grid = grid;
    this.host = host;
    /** @type {Session | null} */
    this.session = null;
    this.listeners = new AbortController();
  }

  hooks() {
    return {
      contextMenu: { items: this.#menu() },
      afterChange: (/** @type {GridChange[]} */ changes, /** @type {string} */ source) =>
        this.#changed(changes, source),
      afterBeginEditing: (/** @type {number} */ row, /** @type {number} */ col) =>
        this.#began(row, col),
      afterSelectionEnd: (/** @type {number} */ row, /** @type {number} */ col) =>
        this.#selected(row, col, false),
      afterDeselect: () => this.host.onSelect(null, null, false),
      beforeKeyDown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      beforeCopy: (/** @type {Value[][]} */ data, /** @type {any[]} */ ranges) =>
        this.#copied(data, ranges),
      beforeCut: (/** @type {Value[][]} */ data, /** @type {any[]} */ ranges) =>
        this.#copied(data, ranges),
    };
  }

  attach() {
    const { signal } = this.listeners;
    document.addEventListener("paste", (event) => this.#paste(event), { signal, capture: true });
    document.addEventListener("focusin", () => this.#focusMoved(), { signal });
    this.grid.element.addEventListener("click", (event) => this.#click(event), { signal });
  }

  detach() {
    this.listeners.abort();
  }

  /**
   * @param {Pk} draft
   * @param {Pk} pk
   */
  rename(draft, pk) {
    if (this.session?.pk === draft) this.session.pk = pk;
  }

  /** The list editor chose a key; its label alone might name two. @param {Value} value */
  picked(value) {
    if (this.session) this.session.picked = { value };
  }

  /** @returns {Area | null} the selection, headers left out */
  area() {
    const last = this.grid.hot.getSelectedLast();
    if (!last) return null;
    const [row, col, endRow, endCol] = last.map((/** @type {number} */ index) =>
      Math.max(0, index),
    );
    return {
      row: Math.min(row, endRow),
      col: Math.min(col, endCol),
      endRow: Math.min(Math.max(row, endRow), this.grid.records.length - 1),
      endCol: Math.max(col, endCol),
    };
  }

  /** @returns {Pk[]} the rows that the selection touches */
  selectedPks() {
    const area = this.area();
    if (!area) return [];
    return this.grid.records.slice(area.row, area.endRow + 1).map((record) => record[PK]);
  }

  /**
   * @param {number} row
   * @param {number} col
   */
  #began(row, col) {
    const record = this.grid.records[row];
    const column = this.grid.columns[col];
    if (!record || !column) return;
    const shown = record[column.name];
    this.session = {
      pk: record[PK],
      column: column.name,
      base: this.host.base(record[PK], column.name),
      shown,
      text: this.host.format(column, shown),
      picked: null,
    };
    this.#selected(row, col, true);
  }

  /**
   * @param {number} row
   * @param {number} col
   * @param {boolean} editing
   */
  #selected(row, col, editing) {
    const pk = this.grid.records[row]?.[PK] ?? null;
    this.host.onSelect(pk, pk === null ? null : (this.grid.columns[col]?.name ?? null), editing);
  }

  /**
   * @param {GridChange[] | null} changes
   * @param {string} source
   */
  #changed(changes, source) {
    if (!changes || isForeign(source)) return;
    const session = this.session;
    this.session = null;
    const isFill = source === "Autofill.fill";
    const edits = changes.flatMap(
      ([row, prop, old, typed]) => this.#commit(row, prop, old, typed, { isFill, session }) ?? [],
    );
    if (edits.length) this.host.onEdits(edits);
    // What was not taken as an edit stands in the cells all the same: it is painted over.
    this.grid.refresh(changes.flatMap(([row]) => this.grid.records[row]?.[PK] ?? []));
    if (session) queueMicrotask(() => this.#closed());
  }

  #closed() {
    this.grid.settle();
    const area = this.area();
    if (area && !this.grid.isEditing) this.#selected(area.row, area.col, false);
  }

  /**
   * @param {number} row
   * @param {string} prop
   * @param {Value} old
   * @param {Value} typed
   * @param {{isFill: boolean, session: Session | null}} how
   * @returns {Commit | null}
   */
  #commit(row, prop, old, typed, { isFill, session }) {
    const record = this.grid.records[row];
    if (!record) return null;
    const pk = record[PK];
    const column = this.grid.columnOf(prop);
    const isEdited = session?.pk === pk && session.column === column.name;
    const current = isEdited ? this.host.shown(pk, column.name) : old;
    // The grid has written the raw text into our record.
    record[column.name] = current;
    if (isEdited && typed === session.text && !session.picked) return null;
    const picked = isEdited ? session.picked : null;
    const value = picked ? picked.value : isFill ? typed : this.host.parse(column, typed);
    const before = isEdited ? session.shown : old;
    if (sameValue(value, before)) return null;
    record[column.name] = value;
    const base = isEdited ? session.base : this.host.base(pk, column.name);
    return { pk, column: column.name, value, base, before };
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.grid.isEditing || event.isComposing) return;
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
    const key = event.key.toLowerCase();
    if (isCommand && key === "z") this.#instead(event, event.shiftKey ? "onRedo" : "onUndo");
    else if (isCommand && key === "y") this.#instead(event, "onRedo");
    else if (!isCommand && (key === " " || key === "enter") && this.#toggle()) consume(event);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {"onUndo" | "onRedo"} what
   */
  #instead(event, what) {
    consume(event);
    this.host[what]();
  }

  /** A key meant for another field must not reach the cells that are still selected. */
  #focusMoved() {
    const { hot, element } = this.grid;
    if (!isTypingElsewhere(element) || !hot.getSelected()) return;
    hot.deselectCell();
    hot.unlisten();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = /** @type {Element} */ (event.target);
    const title = target.closest("th.ls-head .colHeader");
    if (title) this.#sort(/** @type {HTMLElement} */ (title.closest("th")));
    else if (target.closest(".ls-check")) this.#toggle();
  }

  /** @param {HTMLElement} th */
  #sort(th) {
    const { col } = this.grid.hot.getCoords(th) ?? {};
    const column = this.grid.columns[col];
    if (!column) return;
    // The press has selected the column; the next key would go to all of it.
    this.grid.hot.deselectCell();
    this.host.onSort(column.name);
  }

  /** Every selected tick box takes the opposite of the first. @returns {boolean} whether any */
  #toggle() {
    const area = this.area();
    const column = area && this.grid.columns[area.col];
    if (!area || !column || !isBoolean(column) || area.col !== area.endCol) return false;
    if (isReadonly(column) || !this.host.can.change) return true;
    const records = this.grid.records.slice(area.row, area.endRow + 1);
    const value = opposite(records[0]?.[column.name], column);
    this.#write(records.map((record) => ({ pk: record[PK], column, value })));
    return true;
  }

  /**
   * Straight into our records, past the grid.
   * @param {{pk: Pk, column: Column, value: Value}[]} cells
   */
  #write(cells) {
    /** @type {Commit[]} */
    const edits = [];
    for (const { pk, column, value } of cells) {
      const record = this.grid.records[this.grid.places.get(pk) ?? -1];
      const before = record?.[column.name];
      if (!record || sameValue(before, value)) continue;
      record[column.name] = value;
      const base = this.host.base(pk, column.name);
      edits.push({ pk, column: column.name, value, base, before });
    }
    if (edits.length) this.host.onEdits(edits);
  }

  /**
   * Copied is what is seen: labels, not keys.
   * @param {Value[][]} data
   * @param {{startRow: number, endRow: number, startCol: number, endCol: number}[]} ranges
   */
  #copied(data, ranges) {
    const cols = new Set();
    for (const range of ranges)
      for (let col = range.startCol; col <= range.endCol; col += 1) cols.add(col);
    const columns = [...cols].map((col) => this.grid.columns[col]);
    for (const row of data) {
      columns.forEach((column, index) => {
        if (column) row[index] = this.host.format(column, row[index]);
      });
    }
  }

  /**
   * Before the grid sees it: 6.2.2 would run scripts in pasted HTML.
   * @param {ClipboardEvent} event
   */
  #paste(event) {
    const area = this.area();
    if (!area || this.grid.isEditing || !this.grid.hot.isListening()) return;
    consume(event);
    if (!this.host.can.change && !this.host.can.add) return;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    const { row, col, endRow, endCol } = area;
    const block = spread(parseTable(text), endRow - row + 1, endCol - col + 1);
    const inside = block.slice(0, this.grid.records.length - row);
    this.#write(inside.flatMap((texts, index) => this.#pastedCells(texts, row + index, col)));
    const below = block.slice(inside.length);
    if (below.length && this.host.can.add) {
      this.host.onRowsPasted(below.map((texts) => this.#pastedRow(texts, col)));
    }
    const width = Math.max(...block.map((texts) => texts.length));
    const lastCol = Math.min(col + width, this.grid.columns.length) - 1;
    this.grid.hot.selectCell(row, col, row + inside.length - 1, lastCol, false);
  }

  /**
   * @param {string[]} texts
   * @param {number} row
   * @param {number} col
   */
  #pastedCells(texts, row, col) {
    const pk = this.grid.records[row][PK];
    const values = Object.entries(this.#pastedRow(texts, col));
    return values.map(([name, value]) => ({ pk, column: this.grid.columnOf(name), value }));
  }

  /**
   * @param {string[]} texts
   * @param {number} col
   * @returns {Record<string, Value>}
   */
  #pastedRow(texts, col) {
    /** @type {Record<string, Value>} */
    const values = {};
    texts.forEach((text, index) => {
      const column = this.grid.columns[col + index];
      if (column && !isReadonly(column)) values[column.name] = this.host.parse(column, text);
    });
    return values;
  }

  /**
   * Where the user is, in words that outlive a move of rows.
   */
  place() {
    const { hot, records, element } = this.grid;
    const holder = element.querySelector(".ht_master .wtHolder");
    const last = hot.getSelectedLast();
    const [row, col, endRow, endCol] = last ?? [-1, 0, -1, 0];
    const top = hot.getFirstFullyVisibleRow?.() ?? hot.rowOffset?.() ?? 0;
    return {
      last,
      cols: [col, endCol],
      pks: [records[row]?.[PK], records[endRow]?.[PK]],
      holder,
      topPk: records[top]?.[PK],
      top,
    };
  }

  /**
   * The same cells are selected and the same rows are seen, wherever they are now.
   * @param {ReturnType<Gestures["place"]>} place
   */
  putBack({ last, cols, pks, holder, topPk, top }) {
    const { hot, places, isEditing, element } = this.grid;
    const shift = (places.get(topPk) ?? top) - top;
    if (shift && holder)
      holder.scrollTop += shift * (holder.querySelector("tbody tr")?.clientHeight ?? 0);
    if (!last || isEditing) return;
    // Selecting takes the focus: not from someone who is typing elsewhere on the page.
    if (isTypingElsewhere(element)) return hot.deselectCell();
    const [from, to] = pks.map((pk) => places.get(pk));
    const isSame = from === last[0] && to === last[2];
    if (isSame || from === undefined || to === undefined) return;
    hot.selectCell(from, cols[0], to, cols[1], false, false);
  }

  #menu() {
    const { texts, can } = this.host;
    const count = () => this.selectedPks().length;
    /** @type {Record<string, any>} */
    const items = {
      ls_undo: { name: texts.undo, callback: () => this.host.onUndo() },
      ls_redo: { name: texts.redo, callback: () => this.host.onRedo() },
    };
    if (can.add || can.delete) items.ls_rule = "---------";
    if (can.add) items.ls_add = { name: texts.addRow, callback: () => this.host.onAdd() };
    if (can.delete || can.add) {
      items.ls_delete = {
        name: () =>
          count() > 1 ? texts.deleteRows.replace("{n}", String(count())) : texts.deleteRow,
        callback: () => this.host.onDelete(this.selectedPks()),
      };
    }
    return items;
  }
}

/**
 * @param {Value} value
 * @param {Column} column
 */
function opposite(value, column) {
  if (value === true) return false;
  if (value === false && column.null) return null;
  return true;
}

/** @param {HTMLElement} grid */
function isTypingElsewhere(grid) {
  const active = document.activeElement;
  const isField = active?.matches("input, textarea, select, [contenteditable]") ?? false;
  return isField && !grid.contains(active) && active?.id !== "HandsontableCopyPaste";
}

/**
 * Handsontable looks at a mark of its own on the event.
 * @param {Event & {isImmediatePropagationEnabled?: boolean}} event
 */
function consume(event) {
  event.isImmediatePropagationEnabled = false;
  event.stopImmediatePropagation();
  event.preventDefault();
}
