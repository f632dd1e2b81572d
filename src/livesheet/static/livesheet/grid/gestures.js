/**
 * Reports the user's actions in the grid in terms of the sheet: which pk, which column, which
 * value, and which value was shown before. No row number leaves this file.
 */

import { PK, sameValue } from "../protocol.js";
import { isBoolean, isReadonly } from "../values/kinds.js";
import { Entering } from "./entering.js";
import { targetsOf } from "./filling.js";
import { isRow } from "./headings.js";
import { Heads, RowHeads } from "./heads.js";
import { consume } from "./keys.js";
import { keepInDialog, keepInWindow, menuItems } from "./menu.js";
import { isTypingElsewhere, runOn, selectedArea, targetOf } from "./place.js";
import { menuRole } from "./roles.js";
import { Touch } from "./touch.js";

/** @import {Blocks} from "./blocks.js" */
/** @import {Keys} from "./keys.js" */
/** @import {Column, Pk, Value} from "../protocol.js" */
/** @import {Commit} from "../surfaces.js" */
/** @import {GridHost, GridSurface} from "./surface.js" */

/**
 * @typedef {object} Session  one opening of an editor
 * @property {Pk} pk
 * @property {string} column
 * @property {Value} base  the server's value when the editor was opened
 * @property {Value} shown  the value of the cell
 * @property {string} text  the value as a text
 * @property {{value: Value} | null} picked  chosen from a list
 *
 * @typedef {[number, string, Value, Value]} GridChange  visual row, prop, old, new
 */

/** Whether a change was not made by the user. @param {string | null} source */
const isForeign = (source) =>
  source === null || source === "loadData" || source === "updateData" || source.startsWith("ls.");

export class Gestures {
  /**
   * @param {GridSurface} grid
   * @param {GridHost} host
   * @param {Blocks} blocks
   * @param {Keys} keys
   */
  constructor(grid, host, blocks, keys) {
    this.grid = grid;
    this.host = host;
    /** @type {Session | null} */
    this.session = null;
    this.blocks = blocks;
    this.keys = keys;
    this.heads = new Heads(grid, host);
    this.rowHeads = new RowHeads(grid, host);
    this.touch = new Touch(grid);
    this.entering = new Entering(grid, host);
    /** The grid's menu is about the selected cells, so no row may be removed while it is open. */
    this.isMenuOpen = false;
    this.listeners = new AbortController();
  }

  hooks() {
    return {
      ...this.heads.hooks(),
      ...this.rowHeads.hooks(),
      ...this.entering.hooks(),
      ...this.#menuHooks(),
      afterChange: (/** @type {GridChange[]} */ changes, /** @type {string} */ source) =>
        this.#changed(changes, source),
      beforeAutofill: (/** @type {any[]} */ ...drawn) => this.#fill(targetsOf(drawn)),
      afterBeginEditing: (/** @type {number} */ row, /** @type {number} */ col) =>
        this.#began(row, col),
      afterSelectionEnd: (/** @type {number} */ row, /** @type {number} */ col) =>
        this.#selected(row, col, false),
      afterDeselect: () => {
        if (!this.grid.destroyed) this.host.onSelect(null, null, false);
      },
      beforeKeyDown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
    };
  }

  #menuHooks() {
    const { grid, host } = this;
    return {
      contextMenu: menuItems(
        host.commands,
        () => targetOf(grid),
        (command) => {
          this.isMenuOpen = false; // although it is still visible
          runOn(grid, host, command);
        },
      ),
      // The menu is placed only after this hook.
      afterContextMenuShow: (/** @type {any} */ { menu }) => {
        this.isMenuOpen = true;
        if (menu?.container) this.#dressMenu(menu.container);
        queueMicrotask(() => {
          keepInDialog(menu?.container, host.root);
          keepInWindow(menu?.container);
        });
      },
      afterContextMenuHide: () => {
        this.isMenuOpen = false;
        queueMicrotask(() => grid.settle());
      },
    };
  }

  /** @param {HTMLElement} box */
  #dressMenu(box) {
    this.host.onMenu(box);
    menuRole(box);
  }

  attach() {
    const { signal } = this.listeners;
    this.touch.attach(signal);
    this.entering.attach(signal);
    this.blocks.attach(signal);
    this.grid.guard.attach(signal);
    this.heads.attach(signal);
    this.rowHeads.attach(signal);
    this.keys.attach(signal);
    document.addEventListener("focusin", () => this.#focusMoved(), { signal });
    this.grid.element.addEventListener("click", (event) => this.#click(event), { signal });
    this.grid.element.addEventListener("mouseover", sayWhole, { signal });
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

  /**
   * A new row of the user has been saved. An editor in it was opened before the server filled in
   * defaults. They are not another user's changes, so the edit is based on them.
   * @param {Pk} pk
   * @param {Record<string, Value>} left  the values that the server has saved, before anybody else
   *   changed them
   */
  added(pk, left) {
    const { session } = this;
    if (session?.pk !== pk) return;
    const isTold = session.column in left;
    session.base = isTold ? left[session.column] : this.host.store.base(pk, session.column);
    session.shown = session.base;
  }

  /**
   * Remembers the key that was chosen in the list editor, because two options may have the same
   * label.
   * @param {Value} value
   */
  picked(value) {
    if (this.session) this.session.picked = { value };
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
      base: this.host.store.base(record[PK], column.name),
      shown,
      // In the form of a text field, which has only one kind of line break.
      text: this.host.store.editText(column, shown).replace(/\r\n?/g, "\n"),
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
    const session = source === "edit" ? this.session : null;
    this.session = null;
    if (source === "Autofill.fill") this.#takeBack(changes);
    else this.#typed(changes, session);
    // The grid has written typed texts into its cells. Those that did not become an edit are
    // repainted.
    this.grid.refresh(changes.flatMap(([row]) => this.grid.records[row]?.[PK] ?? []));
    if (session) queueMicrotask(() => this.#closed());
  }

  /**
   * @param {GridChange[]} changes
   * @param {Session | null} session
   */
  #typed(changes, session) {
    const edits = changes.flatMap(
      ([row, prop, old, typed]) => this.#commit(row, prop, old, typed, session) ?? [],
    );
    if (edits.length) this.host.outgoing.edit(edits);
  }

  /**
   * The grid cannot continue series, or fill lists and objects. Therefore, what it writes is
   * reverted, and the cells are filled afterwards.
   * @param {{row: number, col: number}[]} targets
   */
  #fill(targets) {
    const area = selectedArea(this.grid);
    if (area) queueMicrotask(() => this.blocks.fill(area, targets));
  }

  /** @param {GridChange[]} changes */
  #takeBack(changes) {
    const { records } = this.grid;
    for (const [row, prop, old] of changes) if (records[row]) records[row][prop] = old;
  }

  #closed() {
    if (this.listeners.signal.aborted) return; // the grid is destroyed
    this.grid.settle();
    const area = selectedArea(this.grid);
    if (area && !this.grid.isEditing) this.#selected(area.row, area.col, false);
  }

  /**
   * @param {number} row
   * @param {string} prop
   * @param {Value} old
   * @param {Value} typed
   * @param {Session | null} session
   * @returns {Commit | null}
   */
  #commit(row, prop, old, typed, session) {
    const record = this.grid.records[row];
    if (!record) return null;
    const pk = record[PK];
    const column = this.grid.columnOf(prop);
    const isEdited = session?.pk === pk && session.column === column.name;
    const current = isEdited ? this.host.store.shown(pk, column.name) : old;
    // The grid has written the typed text into our record.
    record[column.name] = current;
    if (isEdited && typed === session.text && !session.picked) return null;
    const picked = isEdited ? session.picked : null;
    const value = picked ? picked.value : this.host.store.parse(column, typed);
    const before = isEdited ? session.shown : old;
    if (sameValue(value, before)) return null;
    record[column.name] = value;
    const base = isEdited ? session.base : this.host.store.base(pk, column.name);
    return { pk, column: column.name, value, base, before };
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.grid.isEditing && event.key === "Escape") queueMicrotask(() => this.#closed());
    if (event.isComposing) return;
    if (this.grid.isEditing) {
      this.entering.key(event);
      return;
    }
    this.session = null;
    if (this.grid.guard.key(event)) return;
    if (this.entering.key(event)) {
      consume(event);
      return;
    }
    const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
    const isPress = !isCommand && (event.key === " " || event.key === "Enter");
    const target = targetOf(this.grid);
    if (isPress && target.heading) {
      consume(event);
      this.host.onFold(target.heading);
      return;
    }
    const command = this.host.commands.of(event, target);
    if (!command && !(isPress && this.#toggle())) return;
    consume(event);
    if (command) runOn(this.grid, this.host, command);
  }

  /** Keys for another field must not reach the cells that are still selected. */
  #focusMoved() {
    const { hot, element } = this.grid;
    if (!isTypingElsewhere(element) || !hot.getSelected()) return;
    if (!document.activeElement?.closest(".ls-keeps-selection")) hot.deselectCell();
    hot.unlisten();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = /** @type {Element} */ (event.target);
    if (target.closest(".ls-tick")) this.#leaveField();
    if (this.heads.click(event) || this.rowHeads.click(event)) return;
    if (target.closest(".ls-fold")) this.#fold(target);
    else if (target.closest(".ls-check")) this.#toggle();
    else if (event.ctrlKey || event.metaKey) follow(target);
  }

  /** The grid receives keys now. A field that kept the focus would seem to receive them. */
  #leaveField() {
    const active = document.activeElement;
    if (active instanceof HTMLElement && isTypingElsewhere(this.grid.element)) active.blur();
  }

  /** @param {Element} part  an element in a heading */
  #fold(part) {
    const { row = -1 } = this.grid.hot.getCoords(part.closest("td")) ?? {};
    const record = this.grid.records[row];
    if (record) this.host.onFold(record[PK]);
  }

  /**
   * Sets all selected tick boxes to the opposite of the first one.
   * @returns {boolean} whether there are any
   */
  #toggle() {
    const area = selectedArea(this.grid);
    const column = area && this.grid.columns[area.col];
    if (!area || !column || !isBoolean(column) || area.col !== area.endCol) return false;
    if (isReadonly(column)) return true;
    const records = this.grid.records.slice(area.row, area.endRow + 1).filter(isRow);
    const value = opposite(records[0]?.[column.name], column);
    this.blocks.write(records.map((record) => ({ pk: record[PK], column, value })));
    return true;
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

/** Shows the whole text of a cell in a tooltip if it is cut off. @param {MouseEvent} event */
function sayWhole({ target }) {
  const td = target instanceof Element ? target.closest("td.ls-cell") : null;
  if (!(td instanceof HTMLElement) || td.title) return;
  const text = document.createRange(); // a cell's scrollWidth is no help
  text.selectNodeContents(td);
  const { paddingLeft, paddingRight } = getComputedStyle(td);
  const room = td.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
  if (text.getBoundingClientRect().width > room + 1) td.title = td.textContent.trim();
}

/** With Ctrl or Cmd, a click anywhere in the cell opens its link. @param {Element} target */
function follow(target) {
  const link = target.closest("a.ls-link")
    ? null
    : target.closest("td")?.querySelector("a.ls-link");
  if (link instanceof HTMLElement) link.click();
}
