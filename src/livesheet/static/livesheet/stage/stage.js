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
 * @property {(face: Face) => void} onGo  to where a colleague is
 * @property {() => void} onArranged
 * @property {(draft: Pk, pk: Pk) => void} onRenamed
 * @property {() => void} onGrid  there is a grid, or another one
 */

export class Stage {
  /**
   * @param {HTMLElement} host
   * @param {Store} store
   * @param {Record<string, string>} texts
   * @param {Commands} commands
   * @param {StageHandlers} handlers
   * @param {string} [language]  of the interface, which need not be the page's
   */
  constructor(host, store, texts, commands, handlers, language = undefined) {
    this.host = host;
    this.store = store;
    this.texts = texts;
    this.commands = commands;
    this.handlers = handlers;
    /** @type {SheetGrid | null} */
    this.grid = null;
    /** @type {(table: HTMLElement) => SheetGrid | null} as soon as the grid's script is there */
    this.newGrid = () => null;
    this.isRebuildDue = false;
    /** @type {ResizeObserver | null} while there is no room for a grid */
    this.showing = null;
    this.failure = "";
    this.destroyed = false;
    const { onAdd, onUndo, onRedo, onSearch, onGo } = handlers;
    const onReload = () => location.reload();
    this.bar = new Bar(texts, { onAdd, onUndo, onRedo, onSearch, onGo, onReload }, language);
    this.table = element("div", "ls-table");
    /** What stands where no rows are. */
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

  /** There will be no grid. @param {string} message */
  fail(message) {
    this.failure = message;
    this.handlers.onArranged();
  }

  /** Who may not see the rows any more does not go on seeing them. */
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

  /** The rows of a group come or go. @param {string} heading */
  fold(heading) {
    this.store.groups.toggle(heading);
    this.arrange();
    this.grid?.refresh([heading]);
    this.grid?.settle();
  }

  repaint() {
    this.grid?.repaint();
  }

  /** @param {boolean} isAsked  by the user, who sorts or searches */
  arrange(isAsked = false) {
    const { order, rows } = this.store;
    this.grid?.show(order.entries(), isAsked);
    this.bar.setCount(order.counted(rows.size));
    this.#showUndo();
    this.handlers.onArranged();
  }

  /** Other columns need another grid; what is being typed is finished first. */
  rebuild() {
    if (this.grid && this.isRebuildDue) return;
    this.isRebuildDue = Boolean(this.grid);
    if (this.grid) this.grid.whenIdle(() => this.#makeGrid());
    else this.#makeGrid();
  }

  /**
   * At once, where nobody is typing: the next key may follow in no time. A row of another page is
   * gone to.
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

  /** @param {number} unsettled  requests that are under way */
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

  /** In a tab that is not shown there is no size to draw for: the grid is made when there is. */
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
   * @returns {HTMLElement | null} where nobody is typing and the cell can be seen
   */
  #visibleCell(pk, column) {
    const cell = this.grid?.isEditing ? null : this.grid?.cell(pk, column);
    if (!cell) return null;
    const { top, bottom } = cell.getBoundingClientRect();
    const box = this.table.getBoundingClientRect();
    return top >= box.top && bottom <= box.bottom + 1 ? cell : null;
  }
}
