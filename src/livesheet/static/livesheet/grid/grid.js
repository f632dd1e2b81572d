/**
 * The one place that knows Handsontable, which is passed in: every call here behaves the same from
 * 6.2.2 to 18.x. Rows are put into our own array, which the grid holds by reference, and cells are
 * repainted around whatever the user is typing. Rows are added and removed, and the grid is
 * measured, only while no editor and no menu is open.
 */

import { PK } from "../protocol.js";
import { Blocks } from "./blocks.js";
import { Brush } from "./brush.js";
import { sizeHooks, withSizes } from "./columnsizes.js";
import { lend, makeEditors } from "./editors.js";
import { Gestures } from "./gestures.js";
import { isRow } from "./headings.js";
import { Guard, Keys } from "./keys.js";
import { Offer } from "./offer.js";
import { Pace } from "./pace.js";
import { backTo, fetchCell, placeOf, scrollBack, selectBack, selectedCells } from "./place.js";
import { Records } from "./records.js";
import { Voice } from "./roles.js";
import { Room } from "./room.js";
import { cellSettings, columnSettings, gridSettings } from "./settings.js";
import { Sight } from "./sight.js";
import { carryOut, planOf } from "./structure.js";

/** @import {Column, Pk, Value} from "../protocol.js" */
/** @import {GridOptions} from "../surfaces.js" */
/** @import {Place} from "./place.js" */
/** @import {GridHost, SheetGrid} from "./surface.js" */

/** More cells than this are painted by one render of the whole viewport. */
const MOST_SINGLE_ROWS = 300;
/** Whole renders and moves of rows: not more often than this, or nothing else gets a turn. */
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

  /** Handsontable's own object, for pages that reach past us. */
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
    return this.shown.numbers?.[row] ?? this.host.store.order.from + row + 1;
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

  /** The user is busy with a cell: its row stays, and so does the size of the grid. */
  get isHeld() {
    return this.isEditing || this.gestures.isMenuOpen;
  }

  /** @returns {string | null} what stands in the open editor */
  get typed() {
    return this.isEditing ? String(this.hot.getActiveEditor().getValue() ?? "") : null;
  }

  /**
   * The rows that should stand here, in this order. They will, as soon as nobody is typing.
   * @param {string[]} keys
   * @param {boolean} isAsked  the user wants another order: then the same rows need not stay in view
   */
  show(keys, isAsked = false) {
    this.wanted = keys;
    this.isAsked ||= isAsked;
    this.isStructureDue = true;
    this.pace.soon();
  }

  /**
   * Values changed: taken over at once, painted in the next frame.
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

  /** Everything on screen is painted anew: labels, headers, row headers. */
  repaint() {
    this.isRenderDue = true;
    this.pace.soon();
  }

  /** @param {() => void} run  as soon as no editor and no menu is open */
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
    // The one in front, where a column is kept in sight.
    return this.hot.getCell(...at, true) ?? this.hot.getCell(...at) ?? null;
  }

  /** @param {string | undefined} name */
  #colOf(name) {
    return this.columns.findIndex((column) => column.name === name);
  }

  /**
   * Opens the editor on a cell, with this text in it, else with its own.
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
   * A draft has got its pk: the same row, also under the user's open editor.
   * @param {Pk} draft
   * @param {Pk} pk
   */
  rename(draft, pk) {
    if (this.shown.rename(new Map([[draft, pk]]), false).length) this.gestures.rename(draft, pk);
  }

  /**
   * Rows that were not there yet have come: in their places, also around the user's open editor. From
   * now on they can be written; the newest grid asks for that only when all is drawn.
   * @param {Map<string, Pk>} keys  by what stood in their places
   */
  arrive(keys) {
    this.wanted = this.wanted.map((key) => keys.get(key) ?? key);
    if (this.shown.rename(keys, true).length) this.repaint();
  }

  /**
   * A row of ours has come, with what the server made of it.
   * @param {Pk} pk
   * @param {Record<string, Value>} left
   */
  added(pk, left) {
    this.gestures.added(pk, left);
  }

  /** Rows come and go now, if they may: called when an editor or the menu has just closed. */
  settle() {
    if (!this.destroyed && !this.isHeld) this.#settleNow();
  }

  /** What is being typed is put in, as by a click elsewhere. */
  finish() {
    if (this.isEditing) this.hot.getActiveEditor().finishEditing(false);
  }

  /** Something is being typed that is not what stood there. */
  get isChanged() {
    return this.isEditing && this.typed !== this.gestures.session?.text;
  }

  destroy() {
    this.destroyed = true;
    this.pace.stop();
    this.room.close();
    this.gestures.detach();
    // 6.2.2 leaves its menu's empty box in the page.
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
    if (this.destroyed) return; // for another grid
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
    // A page of a large sheet takes the place of another: handing it over takes three times as long.
    if (this.host.store.order.isPaged && this.shown.exchange(this.wanted)) return;
    this.shown.set(this.wanted); // painting asks where a row is
    this.hot.loadData(this.records);
  }

  /** @param {{width: number, height: number}} size */
  #fit(size) {
    if (this.destroyed) return;
    this.hot.updateSettings(size);
    this.host.onSight();
  }
}
