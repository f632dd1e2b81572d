/**
 * Drives Handsontable, which is passed in: every call here behaves the same from 6.2.2 to 18.x.
 * Rows are put into our own array, which the grid holds by reference, and cells are repainted
 * around whatever the user is typing. Rows are added and removed, and the grid is measured, only
 * while no editor and no menu is open.
 */

import { PK } from "../protocol.js";
import { Blocks } from "./blocks.js";
import { Brush } from "./brush.js";
import { lend, makeEditors } from "./editors.js";
import { Gestures } from "./gestures.js";
import { isRow } from "./headings.js";
import { Guard, Keys } from "./keys.js";
import { Offer } from "./offer.js";
import { backTo, fetchCell, placeOf, scrollBack, selectBack, selectedCells } from "./place.js";
import { carryOut, planOf, Records } from "./records.js";
import { Pace, Room } from "./redrawing.js";
import { Voice } from "./roles.js";
import { cellSettings, columnSettings, gridSettings, sizeHooks, withSizes } from "./settings.js";
import { Sight } from "./sight.js";

/** @import {Column, Pk, Value} from "../protocol.js" */
/** @import {GridOptions} from "../surfaces.js" */
/** @import {Place} from "./place.js" */
/** @import {GridHost, SheetGrid} from "./surface.js" */

/** If more rows than this have changed, the whole viewport is rendered instead. */
const MOST_SINGLE_ROWS = 300;
/** The minimum time between whole renders or moves of rows, so that other work gets a turn. */
const RENDER_MS = 120;

/** @implements {SheetGrid} */
export class Grid {
  /**
   * @param {any} Handsontable
   * @param {HTMLElement} element
   * @param {GridHost} host
   * @param {GridOptions} settings
   */
  constructor(Handsontable, element, host, settings) {
    this.host = host;
    this.element = element;
    this.columns = host.store.shownColumns;
    this.shown = new Records(host.store, this.columns);
    /** @type {string[]} */
    this.wanted = [];
    this.isStructureDue = false;
    this.isAsked = false;
    this.isRenderDue = false;
    /** @type {Set<Pk>} */
    this.dirty = new Set();
    this.lastRender = 0;
    /** @type {(() => void)[]} */
    this.idle = [];
    this.pace = new Pace(() => this.#work());
    this.destroyed = false;
    this.room = new Room(
      element,
      (run) => this.whenIdle(run),
      (size) => this.#fit(size),
    );
    this.brush = new Brush(this, host, Handsontable.renderers.BaseRenderer);
    this.voice = new Voice(this, host);
    this.keys = new Keys(this);
    this.sight = new Sight(this, host);
    this.guard = new Guard(this, host);
    this.gestures = new Gestures(this, host, new Blocks(this, host), this.keys);
    const { store, root, search, texts } = host;
    this.lease = lend(Handsontable, makeEditors, {
      ...{ store, root, search, texts },
      column: (prop) => this.columnOf(prop),
      onPick: (value) => this.gestures.picked(value),
      stop: (event) => this.guard.stop(event),
      instead: (row, prop) => host.onEdit(this.records[row]?.[PK] ?? "", prop),
      grid: () => this.element,
    });
    /** @type {any} */
    this.hot = new Handsontable(element, {
      ...withSizes(Handsontable, store, gridSettings(store, settings), this),
      data: this.records,
      columns: this.columns.map((column) =>
        columnSettings(column, store, this.lease.editors, this.brush),
      ),
      ...this.room.size,
      layoutDirection: getComputedStyle(host.root).direction,
      cells: (/** @type {number} */ row, /** @type {number} */ col) =>
        cellSettings(store, this.records[row], this.columns[col]),
      ...this.brush.hooks(),
      ...this.gestures.hooks(),
      ...this.voice.hooks(),
      ...sizeHooks(Handsontable, this, host),
    });
    this.gestures.attach();
  }

  /**
   * @param {string | number} prop
   * @returns {Column}
   */
  columnOf(prop) {
    return /** @type {Column} */ (this.columns.find((column) => column.name === prop));
  }

  /** Handsontable's own object, for pages that need more than our interface. */
  get own() {
    return this.hot;
  }

  /** @returns {HTMLElement | null} */
  get menu() {
    return this.hot.getPlugin("contextMenu")?.menu?.container ?? null;
  }

  get clipboard() {
    return this.gestures.blocks;
  }

  /** @returns {Pk | undefined} */
  get first() {
    return this.records.find(isRow)?.[PK];
  }

  get records() {
    return this.shown.list;
  }

  get places() {
    return this.shown.places;
  }

  get width() {
    return this.room.size.width;
  }

  get height() {
    return this.room.size.height;
  }

  /** @param {number} row */
  numberOf(row) {
    return this.shown.numbers?.[row] ?? this.host.store.order.placeAt(row) + 1;
  }

  get hasSelection() {
    return Boolean(this.hot.getSelected());
  }

  get place() {
    return placeOf(this);
  }

  /** @param {Pk} pk */
  rowOf(pk) {
    return this.places.get(pk);
  }

  selectedCells() {
    return selectedCells(this);
  }

  /** @param {Place} place */
  backTo(place) {
    backTo(this, place);
  }

  deselect() {
    this.guard.down();
    this.hot.deselectCell();
  }

  get isEditing() {
    return Boolean(this.hot.getActiveEditor()?.isOpened());
  }

  /** While the user is busy with a cell, neither its row nor the size of the grid changes. */
  get isHeld() {
    return this.isEditing || this.gestures.isMenuOpen;
  }

  /** @returns {string | null} the text in the open editor */
  get typed() {
    return this.isEditing ? String(this.hot.getActiveEditor().getValue() ?? "") : null;
  }

  /**
   * Shows these rows in this order, as soon as nobody is typing.
   * @param {string[]} keys
   * @param {boolean} isAsked  the user wants another order, so the same rows need not remain in
   *   sight
   */
  show(keys, isAsked = false) {
    this.wanted = keys;
    this.isAsked ||= isAsked;
    this.isStructureDue = true;
    this.pace.soon();
  }

  /**
   * Values have changed. They are updated at once, and painted in the next frame.
   * @param {Iterable<Pk>} pks
   */
  refresh(pks) {
    for (const pk of pks) {
      const record = this.shown.of(pk);
      if (!record) continue;
      this.shown.fillIn(record);
      this.dirty.add(pk);
    }
    if (this.dirty.size) this.pace.soon();
  }

  /** Paints everything on screen again: labels, column headers, row headers. */
  repaint() {
    this.isRenderDue = true;
    this.pace.soon();
  }

  /** @param {() => void} run  called when no editor and no menu is open */
  whenIdle(run) {
    this.idle.push(run);
    this.pace.soon();
  }

  /**
   * @param {Pk} pk
   * @param {string} [column]
   * @returns {boolean}
   */
  select(pk, column) {
    const row = this.places.get(pk);
    if (row === undefined) return false;
    this.guard.down();
    const col = Math.max(0, this.#colOf(column));
    this.hot.selectCell(row, col);
    if (!this.hot.getCell(row, col)) fetchCell(this.hot, row, col);
    this.keys.take();
    return true;
  }

  /** @type {SheetGrid["offer"]} */
  offer(column, root, how) {
    return new Offer({ ...this.host, root }, column, how);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @returns {HTMLTableCellElement | null}
   */
  cell(pk, column) {
    const at = [this.places.get(pk), this.#colOf(column)];
    if (at[0] === undefined) return null;
    // In a frozen column, the copy in front is the visible one.
    return this.hot.getCell(...at, true) ?? this.hot.getCell(...at) ?? null;
  }

  /** @param {string | undefined} name */
  #colOf(name) {
    return this.columns.findIndex((column) => column.name === name);
  }

  /**
   * Opens the editor on a cell, with the given text or else with its own.
   * @param {Pk} pk
   * @param {string} column
   * @param {string} [text]
   */
  edit(pk, column, text) {
    if (!this.select(pk, column)) return;
    const editor = this.hot.getActiveEditor();
    editor?.enableFullEditMode();
    editor?.beginEditing(text);
  }

  /**
   * The server has given a draft its pk. It remains the same row, even under an open editor.
   * @param {Pk} draft
   * @param {Pk} pk
   */
  rename(draft, pk) {
    if (this.shown.rename(new Map([[draft, pk]]), false).length) this.gestures.rename(draft, pk);
  }

  /**
   * Rows have been loaded. They appear in their places, even around an open editor. Now they can be
   * edited, which the newest grid learns only when everything is drawn.
   * @param {Map<string, Pk>} keys  by the placeholders that they replace
   */
  arrive(keys) {
    this.wanted = this.wanted.map((key) => keys.get(key) ?? key);
    const found = this.shown.rename(keys, true);
    this.isRenderDue ||= found.length > 0;
    if (this.sight.isNear(found)) this.pace.soon(); // else when the scroll is over
  }

  /**
   * A new row of the user has been saved, with the server's values.
   * @param {Pk} pk
   * @param {Record<string, Value>} left
   */
  added(pk, left) {
    this.gestures.added(pk, left);
  }

  /**
   * Adds and removes rows now, if possible: called when an editor or the menu has just been closed.
   */
  settle() {
    if (!this.destroyed && !this.isHeld) this.#settleNow();
  }

  /** Accepts what is being typed, like a click elsewhere. */
  finish() {
    if (this.isEditing) this.hot.getActiveEditor().finishEditing(false);
  }

  /** Whether the text in the editor differs from that of the cell. */
  get isChanged() {
    return this.isEditing && this.typed !== this.gestures.session?.text;
  }

  destroy() {
    this.destroyed = true;
    this.pace.stop();
    this.room.close();
    this.gestures.detach();
    // 6.2.2 leaves the empty box of its menu on the page.
    const { menu } = this;
    this.hot.destroy();
    this.lease.end();
    menu?.remove();
  }

  #work() {
    const isSoon = performance.now() - this.lastRender < RENDER_MS;
    const isWaiting = this.isStructureDue || this.idle.length > 0;
    if (isWaiting && !this.isHeld && !isSoon) this.#settleNow();
    else if (isWaiting) this.pace.later();
    if (this.destroyed) return; // replaced by another grid
    if (this.dirty.size > MOST_SINGLE_ROWS) this.isRenderDue = true;
    if (this.isRenderDue && isSoon) this.pace.later();
    else if (this.isRenderDue) this.#renderAll();
    if (this.isRenderDue) return;
    this.brush.paintRows(this.dirty);
    this.dirty.clear();
  }

  #settleNow() {
    if (this.isStructureDue) this.#restructure();
    for (const run of this.idle.splice(0)) run();
  }

  #renderAll() {
    this.isRenderDue = false;
    this.dirty.clear();
    this.lastRender = performance.now();
    this.hot.render();
  }

  #restructure() {
    this.isStructureDue = false;
    const plan = planOf(
      this.records.map((record) => record[PK]),
      this.wanted,
    );
    if (plan && !plan.removals.length && !plan.insertions.length) {
      if (this.sight.turned()) this.#renderAll();
      return;
    }
    const place = placeOf(this);
    if (plan) carryOut(this, plan, (pk) => this.shown.make(pk));
    else this.#showAnew();
    this.shown.index();
    const isTurned = this.sight.turned();
    if (!isTurned && !this.isAsked) scrollBack(this, place);
    this.isAsked = false;
    if (isTurned) this.sight.reselect(place);
    else if (!selectBack(this, place)) this.guard.up(place);
    this.#renderAll();
  }

  #showAnew() {
    // For a page of a large sheet, the list is changed in place: loading it takes three times as
    // long.
    if (this.host.store.order.isPaged && this.shown.exchange(this.wanted)) return;
    this.shown.set(this.wanted); // before loading, because painting needs the places
    this.hot.loadData(this.records);
  }

  /** @param {{width: number, height: number}} size */
  #fit(size) {
    if (this.destroyed) return;
    this.hot.updateSettings(size);
    this.host.onSight();
  }
}
