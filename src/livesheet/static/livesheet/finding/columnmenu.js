/**
 * The menu of a column, at its header: sort, filter, move, freeze, hide.
 */

import { element } from "../elements.js";
import { visible, withMoved, withShown } from "../store/view.js";

/** @import {Column, Pk} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {View} from "../store/view.js" */
/** @import {CurrentView} from "./current.js" */
/** @import {FilterForm} from "./filterform.js" */

const GAP = 4;

export class ColumnMenu {
  /**
   * @param {HTMLElement} root
   * @param {Store} store
   * @param {CurrentView} current
   * @param {Record<string, string>} texts
   * @param {(column: Column, pks: () => Pk[]) => FilterForm} makeForm
   */
  constructor(root, store, current, texts, makeForm) {
    this.makeForm = makeForm;
    this.store = store;
    this.current = current;
    this.texts = texts;
    /** @type {FilterForm | null} */
    this.form = null;
    /** @type {() => void} */
    this.closed = () => {};
    this.box = element("div", "ls-menu ls-column-menu");
    this.box.popover = "auto";
    this.box.setAttribute("role", "dialog");
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("toggle", (event) => this.#toggled(event));
    root.append(this.box);
  }

  /**
   * @param {string} name
   * @param {HTMLElement} anchor
   * @param {() => void} [closed]  called when the menu is closed
   */
  open(name, anchor, closed = () => {}) {
    const column = this.store.column(name);
    if (!column) return;
    const { left, bottom } = anchor.getBoundingClientRect();
    this.box.hidePopover();
    this.closed = closed;
    this.box.setAttribute("aria-label", column.title);
    this.form = this.makeForm(column, () => this.#otherwise(name));
    this.box.replaceChildren(
      element("p", "ls-menu-title", column.title),
      ...(column.help ? [element("p", "ls-menu-help", column.help)] : []),
      ...this.#sorting(column),
      rule(),
      this.form.element,
      rule(),
      ...this.#columns(column),
    );
    this.box.showPopover();
    this.#place(left, bottom);
    this.#focusable()[0]?.focus();
  }

  close() {
    this.form?.close();
    this.form = null;
    this.box.remove();
  }

  /**
   * The rows that would be shown without this column's filter.
   * @param {string} name
   * @returns {Pk[]}
   */
  #otherwise(name) {
    const { store, current } = this;
    const own = current.filterOf(name);
    const passes = current.passing(current.filters.filter((entry) => entry !== own));
    const all = [...store.rows.pks()];
    return passes ? all.filter(passes) : all;
  }

  /** @param {Column} column */
  #sorting({ name }) {
    const { texts, current } = this;
    const sort = current.view.sorts.find((one) => one.column === name);
    const up = this.#item("sortUp", texts.sortUp, () => current.sort(name, false));
    const down = this.#item("sortDown", texts.sortDown, () => current.sort(name, true));
    up.classList.toggle("ls-on", sort?.descending === false);
    down.classList.toggle("ls-on", sort?.descending === true);
    if (!sort) return [up, down];
    return [up, down, this.#item("sortNone", texts.sortNone, () => this.#unsort(name))];
  }

  /** @param {string} name */
  #unsort(name) {
    const { current } = this;
    current.change({ sorts: current.view.sorts.filter(({ column }) => column !== name) });
  }

  /** @param {Column} column */
  #columns({ name }) {
    const { texts, current, store } = this;
    const { columns, view } = store;
    const shown = visible(columns, view);
    const at = shown.findIndex((column) => column.name === name);
    const isFrozen = at >= 0 && view.frozen === at + 1;
    const step = (/** @type {1 | -1} */ by) =>
      current.set(withStep(current.view, columns, name, by));
    const left = this.#item("moveLeft", texts.moveLeft, () => step(-1));
    const right = this.#item("moveRight", texts.moveRight, () => step(1));
    const freeze = this.#item("freeze", isFrozen ? texts.unfreeze : texts.freeze, () =>
      current.change({ frozen: isFrozen ? 0 : at + 1 }),
    );
    const hide = this.#item("hide", texts.hideColumn, () =>
      current.set(withShown(current.view, columns, name, false)),
    );
    left.disabled = at <= 0;
    right.disabled = at < 0 || at === shown.length - 1;
    hide.disabled = at < 0 || shown.length === 1;
    freeze.disabled = at < 0;
    return [left, right, freeze, hide];
  }

  /**
   * @param {string} action
   * @param {string} text
   * @param {() => void} run
   */
  #item(action, text, run) {
    const item = element("button", "ls-menu-item", text);
    item.type = "button";
    item.dataset.action = action;
    item.addEventListener("click", () => {
      this.box.hidePopover();
      run();
    });
    return item;
  }

  /**
   * Places the menu as near to the header as the window allows.
   * @param {number} left
   * @param {number} bottom
   */
  #place(left, bottom) {
    const { clientWidth, clientHeight } = document.documentElement;
    const { width, height } = this.box.getBoundingClientRect();
    const x = Math.max(GAP, Math.min(left, clientWidth - width - GAP));
    const y = Math.max(GAP, Math.min(bottom + 2, clientHeight - height - GAP));
    this.box.style.left = `${x}px`;
    this.box.style.top = `${y}px`;
  }

  /** @param {Event} event */
  #toggled(event) {
    if (/** @type {ToggleEvent} */ (event).newState !== "closed" || !this.form) return;
    if (this.box.matches(":popover-open")) return;
    this.form.close();
    this.form = null;
    this.closed();
    this.closed = () => {};
  }

  #focusable() {
    const all = /** @type {NodeListOf<HTMLButtonElement | HTMLInputElement>} */ (
      this.box.querySelectorAll("button, input, select")
    );
    return [...all].filter((one) => !one.disabled && one.offsetParent !== null);
  }

  /** The grid must not receive keys that are pressed in here. @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation();
    const target = /** @type {HTMLElement} */ (event.target);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isOwn = target.matches("select, input:not([type=checkbox], [type=search])");
    if (!step || isOwn || event.altKey) return;
    event.preventDefault();
    const all = this.#focusable();
    const at = all.indexOf(/** @type {HTMLButtonElement} */ (target));
    all.at((at + step) % all.length)?.focus();
  }
}

function rule() {
  const made = element("hr", "ls-menu-rule");
  made.setAttribute("role", "separator");
  return made;
}

/**
 * Moves a column by one step among the visible ones.
 * @param {View} view
 * @param {Column[]} columns
 * @param {string} name
 * @param {1 | -1} step
 * @returns {View}
 */
export function withStep(view, columns, name, step) {
  const names = visible(columns, view).map((column) => column.name);
  const at = names.indexOf(name);
  if (at < 0 || at + step < 0 || at + step >= names.length) return view;
  if (step < 0) return withMoved(view, columns, name, names[at - 1]);
  return withMoved(view, columns, names[at + 1], name);
}
