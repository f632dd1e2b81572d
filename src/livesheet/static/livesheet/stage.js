/**
 * What is on screen: the bar, the grid as soon as it has been loaded, and the note beside a refused
 * cell. Shows what the store knows; what the user wants goes to the handlers.
 */

import { Bar, element } from "./bar.js";
import { Grid } from "./grid.js";
import { Note } from "./note.js";

/**
 * @import {Commit, GridHost, Hello, Mark, Pk, Status, Value}
 *   from "./protocol.js"
 */
/** @import {Looks} from "./looks.js" */
/** @import {Store} from "./store.js" */

/** Typing into the search field: not a search for each letter. */
const SEARCH_MS = 120;

/**
 * @typedef {object} StageHandlers
 * @property {(edits: Commit[]) => void} onEdits
 * @property {(rows: Record<string, Value>[]) => void} onRowsPasted
 * @property {(pks: Pk[]) => void} onDelete
 * @property {() => void} onAdd
 * @property {() => void} onUndo
 * @property {() => void} onRedo
 * @property {(pk: Pk, column: string, mark: Mark) => void} onInsist
 * @property {(pk: Pk, column: string) => void} onDismiss
 * @property {(pk: Pk | null, column: string | null, editing: boolean) => void} onSelect
 */

export class Stage {
  /**
   * @param {HTMLElement} host
   * @param {Store} store
   * @param {Record<string, string>} texts
   * @param {StageHandlers} handlers
   */
  constructor(host, store, texts, handlers) {
    this.host = host;
    this.store = store;
    this.texts = texts;
    this.handlers = handlers;
    /** @type {Looks | null} */
    this.looks = null;
    /** @type {Grid | null} */
    this.grid = null;
    /** @type {(table: HTMLElement, host: GridHost) => Grid | null} */
    this.newGrid = () => null;
    /** @type {{pk: Pk, column: string} | null} */
    this.selected = null;
    /** @type {any} */
    this.searching = null;
    this.failure = "";
    this.destroyed = false;
    this.listeners = new AbortController();
    this.bar = new Bar(texts, {
      onAdd: handlers.onAdd,
      onUndo: handlers.onUndo,
      onRedo: handlers.onRedo,
      onSearch: (query) => this.#search(query),
      onReload: () => location.reload(),
    });
    this.table = element("div", "ls-table");
    this.veil = element("p", "ls-veil");
    this.root = element("div", "livesheet");
    this.table.append(this.veil);
    this.root.append(this.bar.element, this.table);
    this.note = new Note(this.root, texts);
    const { signal } = this.listeners;
    this.root.addEventListener("scroll", () => this.note.hide(), { signal, capture: true });
    host.append(this.root);
  }

  /**
   * @param {any} Handsontable
   * @param {{license_key?: string, options?: Record<string, any>}} config
   */
  gridLoaded(Handsontable, { license_key: licenseKey, options }) {
    this.newGrid = (table, host) => new Grid(Handsontable, table, host, { licenseKey, options });
    this.#makeGrid();
  }

  /** @param {Hello} hello */
  describe({ title, can }) {
    this.bar.describe(title, can);
  }

  /**
   * @param {Status} status
   * @param {string} message
   */
  setStatus(status, message) {
    this.host.dataset.status = status;
    this.bar.setStatus(status, message);
    this.#showVeil();
    this.tell("status", { status, message });
  }

  /** What stands where no rows are. */
  #showVeil() {
    const { status, reason } = this.bar;
    const isWaiting = status === "connecting" || status === "reconnecting";
    const words = status === "live" ? this.texts.empty : reason || this.texts[status];
    const isEmpty = !this.store.view.pks.length && !this.store.view.query;
    this.veil.textContent =
      this.failure || (!isEmpty ? "" : isWaiting && !reason ? this.texts.loading : words);
  }

  /** There will be no grid. @param {string} message */
  fail(message) {
    this.failure = message;
    this.#showVeil();
  }

  /** Who may not see the rows any more does not go on seeing them. */
  close() {
    this.note.hide();
    this.grid?.destroy();
    this.grid = null;
    this.bar.describe("", { add: false, change: false });
    this.arrange();
  }

  /** @param {Iterable<Pk>} pks */
  refresh(pks) {
    this.grid?.refresh(pks);
  }

  repaint() {
    this.grid?.repaint();
  }

  arrange() {
    const { view, rows } = this.store;
    const pks = view.settle();
    this.grid?.show(pks);
    this.bar.setCount(pks.length - view.drafts.size, rows.size);
    this.#showVeil();
  }

  /** Other columns need another grid; what is being typed is finished first. */
  rebuild() {
    if (this.grid) this.grid.whenIdle(() => this.#makeGrid());
    else this.#makeGrid();
  }

  /**
   * @param {Pk} pk
   * @param {string} [column]
   */
  select(pk, column) {
    this.grid?.whenIdle(() => this.grid?.select(pk, column));
  }

  /**
   * @param {Pk} draft
   * @param {Pk} pk
   */
  rename(draft, pk) {
    this.grid?.rename(draft, pk);
    if (this.selected?.pk === draft) this.selected.pk = pk;
  }

  /** @param {string} message */
  say(message) {
    this.bar.say(message);
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  tell(name, detail) {
    this.host.dispatchEvent(new CustomEvent(`livesheet:${name}`, { bubbles: true, detail }));
  }

  /** What there is to say about the selected cell, if it is more than its colour tells. */
  showNote() {
    const { pk = "", column: name = "" } = this.selected ?? {};
    const mark = this.store.marks.get(pk, name);
    const cell = this.grid?.cell(pk, name);
    const column = this.store.column(name);
    if (!mark || mark.kind === "changed" || !cell || !column || this.grid?.isEditing) {
      this.note.hide();
      return;
    }
    const typed = this.store.text(column, mark.typed);
    const theirs = this.store.text(column, this.store.base(pk, name));
    const onAgain = () => this.#again(pk, name, mark, typed);
    const onDismiss = () => this.#dismiss(pk, name);
    this.note.show(cell, mark, { typed, theirs }, { onAgain, onDismiss });
  }

  destroy() {
    this.destroyed = true;
    clearTimeout(this.searching);
    this.listeners.abort();
    this.grid?.destroy();
    this.grid = null;
    this.root.remove();
    delete this.host.dataset.status;
  }

  #makeGrid() {
    if (this.destroyed || !this.store.hello) return;
    this.grid?.destroy();
    const table = element("div", "ls-grid");
    this.table.replaceChildren(table, this.veil);
    this.grid = this.newGrid(table, this.#gridHost());
    this.arrange();
    this.grid?.settle();
  }

  /** @returns {GridHost} */
  #gridHost() {
    const { store, texts, handlers, root } = this;
    const looks = /** @type {Looks} */ (this.looks);
    return {
      root,
      texts,
      columns: store.columns,
      can: store.can,
      format: (column, value) => store.text(column, value),
      parse: (column, text) => store.parse(column, text),
      options: (column) => store.options(column),
      shown: (pk, column) => store.shown(pk, column),
      base: (pk, column) => store.base(pk, column),
      look: (pk, column, value) => looks.look(pk, column, value),
      rowLook: (pk) => looks.rowLook(pk),
      sortLook: (column) => looks.sortLook(column),
      onEdits: handlers.onEdits,
      onRowsPasted: handlers.onRowsPasted,
      onDelete: handlers.onDelete,
      onAdd: handlers.onAdd,
      onUndo: handlers.onUndo,
      onRedo: handlers.onRedo,
      onSort: (column) => this.#sort(column),
      onSelect: (pk, column, editing) => this.#selectedNow(pk, column, editing),
    };
  }

  /** @param {string} query */
  #search(query) {
    clearTimeout(this.searching);
    this.searching = setTimeout(() => {
      this.store.view.search(query);
      this.arrange();
    }, SEARCH_MS);
  }

  /** @param {string} column */
  #sort(column) {
    this.store.view.toggleSort(column);
    this.arrange();
    this.repaint();
  }

  /**
   * @param {Pk | null} pk
   * @param {string | null} column
   * @param {boolean} editing
   */
  #selectedNow(pk, column, editing) {
    this.selected = pk !== null && column !== null ? { pk, column } : null;
    this.handlers.onSelect(pk, column, editing);
    this.showNote();
  }

  /**
   * In a conflict the user's value goes out once more, now knowing theirs. A refused one would only
   * be refused again: it is put back into the editor.
   * @param {Pk} pk
   * @param {string} column
   * @param {Mark} mark
   * @param {string} typed
   */
  #again(pk, column, mark, typed) {
    this.note.hide();
    if (mark.kind === "conflict") this.handlers.onInsist(pk, column, mark);
    else this.grid?.edit(pk, column, typed);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   */
  #dismiss(pk, column) {
    this.note.hide();
    this.handlers.onDismiss(pk, column);
  }
}
