/**
 * Everything on the screen: the bar, the grid as soon as it is loaded, and the note beside a
 * refused cell. It shows what the store contains, and passes what the user does to the handlers.
 */

import { BESIDE_PX, element } from "../elements.js";
import { Bar, More } from "./bar.js";
import { Remarks } from "./note.js";
import { Notices } from "./notices.js";
import { Tools } from "./tools.js";

/** @import {Face, Hello, Mark, Pk, Status, Value} from "../protocol.js" */
/** @import {SheetGrid} from "../grid/surface.js" */
/** @import {Commands} from "../commands.js" */
/** @import {Store} from "../store/store.js" */

/**
 * @typedef {object} StageHandlers
 * @property {() => void} onAdd
 * @property {() => void} onUndo
 * @property {() => void} onRedo
 * @property {(pk: Pk, column: string, mark: Mark) => void} onInsist
 * @property {(pk: Pk, column: string) => void} onDismiss
 * @property {(query: string) => void} onSearch
 * @property {(face: Face) => void} onGo  goes to a colleague's cell
 * @property {() => void} onArranged
 * @property {(draft: Pk, pk: Pk) => void} onRenamed
 * @property {() => void} onGrid  a grid has been made, possibly another one
 */

export class Stage {
  /**
   * @param {HTMLElement} host
   * @param {Store} store
   * @param {Record<string, string>} texts
   * @param {Commands} commands
   * @param {StageHandlers} handlers
   * @param {string} [language]  the language of the interface, which may differ from that of the
   *   page
   */
  constructor(host, store, texts, commands, handlers, language = undefined) {
    this.host = host;
    this.store = store;
    this.texts = texts;
    this.commands = commands;
    this.handlers = handlers;
    /** @type {SheetGrid | null} */
    this.grid = null;
    /** @type {(table: HTMLElement) => SheetGrid | null} returns null until the grid's script is
     * loaded */
    this.newGrid = () => null;
    this.isRebuildDue = false;
    /** @type {ResizeObserver | null} waits until there is room for a grid */
    this.showing = null;
    this.failure = "";
    this.destroyed = false;
    const { onAdd, onUndo, onRedo, onSearch, onGo } = handlers;
    const onReload = () => location.reload();
    this.bar = new Bar(texts, { onAdd, onUndo, onRedo, onSearch, onGo, onReload }, language);
    this.table = element("div", "ls-table");
    /** Shown in place of rows if there are none. */
    this.veil = element("div", "ls-veil");
    this.root = element("div", "livesheet");
    if (language) this.root.lang = language;
    this.table.append(this.veil);
    this.root.append(this.bar.element, this.table);
    this.tools = new Tools(this.root, this.bar.tools);
    this.more = new More(this.root, this.bar.more, commands);
    this.remarks = new Remarks(this.root, store, texts, {
      cell: (pk, column) => this.#visibleCell(pk, column),
      onEdit: (pk, column, text) => this.grid?.edit(pk, column, text),
      onInsist: handlers.onInsist,
      onDismiss: handlers.onDismiss,
      onLeave: (pk, column) => this.select(pk, column),
    });
    this.notices = new Notices(this.root, texts);
    host.append(this.root);
  }

  get isNarrow() {
    return this.root.clientWidth < BESIDE_PX;
  }

  /** @param {(table: HTMLElement) => SheetGrid} newGrid */
  gridLoaded(newGrid) {
    this.newGrid = newGrid;
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
    this.tell("status", { status, message });
  }

  /** Shows that there will be no grid. @param {string} message */
  fail(message) {
    this.failure = message;
    this.handlers.onArranged();
  }

  /** Removes the rows when the user may no longer see them. */
  close() {
    this.remarks.select(null, null);
    this.notices.clear();
    this.grid?.destroy();
    this.grid = null;
    this.isRebuildDue = false;
    this.bar.describe("", { add: false, change: false });
    this.arrange();
  }

  /** @param {Iterable<Pk>} pks */
  refresh(pks) {
    this.grid?.refresh([...pks, ...this.store.groups.news()]);
  }

  /** @param {boolean} isOpen */
  foldAll(isOpen) {
    this.store.groups.openAll(isOpen);
    this.arrange();
    this.repaint();
  }

  /** Opens or closes a group. @param {string} heading */
  fold(heading) {
    this.store.groups.toggle(heading);
    this.arrange();
    this.grid?.refresh([heading]);
    this.grid?.settle();
  }

  repaint() {
    this.grid?.repaint();
  }

  /** @param {boolean} isAsked  whether the user asked for it by sorting or searching */
  arrange(isAsked = false) {
    const { order, rows } = this.store;
    this.grid?.show(order.entries(), isAsked);
    this.bar.setCount(order.counted(rows.size));
    this.#showUndo();
    this.handlers.onArranged();
  }

  /** Makes another grid for other columns, after the user has finished typing. */
  rebuild() {
    if (this.grid && this.isRebuildDue) return;
    this.isRebuildDue = Boolean(this.grid);
    if (this.grid) this.grid.whenIdle(() => this.#makeGrid());
    else this.#makeGrid();
  }

  /**
   * Selects a cell at once if nobody is typing, because the next key may follow immediately. If its
   * row is on another page, that page is requested.
   * @param {Pk} pk
   * @param {string} [column]
   */
  select(pk, column) {
    const { order } = this.store;
    if (order.isElsewhere(pk)) {
      order.reach(pk).then((isThere) => isThere && this.select(pk, column));
      return;
    }
    if (this.store.groups.reveal(pk)) this.arrange();
    this.grid?.settle();
    if (this.grid && !this.grid.isEditing && this.grid.select(pk, column)) return;
    this.grid?.whenIdle(() => this.grid?.select(pk, column));
  }

  /**
   * @param {Pk} draft
   * @param {Pk} pk
   */
  rename(draft, pk) {
    this.grid?.rename(draft, pk);
    this.remarks.rename(draft, pk);
    this.handlers.onRenamed(draft, pk);
  }

  /**
   * @param {Pk} pk
   * @param {Record<string, Value>} left
   */
  added(pk, left) {
    this.grid?.added(pk, left);
  }

  /** @param {string} message */
  say(message) {
    this.bar.say(message);
  }

  /** @param {number} unsettled  the number of open requests */
  count(unsettled) {
    this.bar.setUnsettled(unsettled);
    this.#showUndo();
  }

  #showUndo() {
    const { past, future } = this.store.undo;
    this.bar.setUndo(past.length > 0, future.length > 0);
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  tell(name, detail) {
    this.host.dispatchEvent(new CustomEvent(`livesheet:${name}`, { bubbles: true, detail }));
  }

  destroy() {
    this.destroyed = true;
    this.showing?.disconnect();
    this.remarks.close();
    this.notices.close();
    this.tools.close();
    this.bar.close();
    this.grid?.destroy();
    this.grid = null;
    this.root.remove();
    delete this.host.dataset.status;
  }

  /** In a hidden tab the size is 0. The grid is made when there is a size. */
  #hasRoom() {
    if (this.table.clientWidth && this.table.clientHeight) return true;
    this.showing ??= new ResizeObserver(() => {
      if (!this.table.clientWidth || !this.table.clientHeight) return;
      this.showing?.disconnect();
      this.showing = null;
      this.#makeGrid();
    });
    this.showing.observe(this.table);
    return false;
  }

  #makeGrid() {
    if (this.destroyed || !this.store.hello || !this.#hasRoom()) return;
    this.isRebuildDue = false;
    const place = this.grid?.place;
    this.grid?.destroy();
    const table = element("div", "ls-grid");
    table.dataset.height = this.store.view.height;
    this.table.replaceChildren(table, this.veil);
    this.grid = this.newGrid(table);
    this.arrange();
    this.grid?.settle();
    if (place) this.grid?.backTo(place);
    this.handlers.onGrid();
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @returns {HTMLElement | null} null if somebody is typing or the cell is out of sight
   */
  #visibleCell(pk, column) {
    const cell = this.grid?.isEditing ? null : this.grid?.cell(pk, column);
    if (!cell) return null;
    const { top, bottom } = cell.getBoundingClientRect();
    const box = this.table.getBoundingClientRect();
    return top >= box.top && bottom <= box.bottom + 1 ? cell : null;
  }
}
