/**
 * The panel of groups: by which columns rows are grouped, how the groups are sorted, and which
 * totals are shown for a group and for the whole sheet.
 */

import { element, iconButton, select } from "../elements.js";
import { whatOf, whatText } from "../grid/headings.js";
import { MOST_GROUPS } from "../store/view.js";
import { fill } from "../texts.js";
import { isMany, whatsOf } from "../values/kinds.js";
import { direction, reorderable } from "./listpanels.js";

/** @import {Column} from "../protocol.js" */
/** @import {Group} from "../store/groups.js" */
/** @import {What} from "../values/kinds.js" */
/** @import {CurrentView} from "./current.js" */

/** Types whose values nearly all differ, or are nothing that rows can have in common. */
const ALONE = new Set(["longtext", "json", "file", "binary", "other"]);

export class GroupPanel {
  /**
   * @param {HTMLElement} panel
   * @param {CurrentView} current
   * @param {Record<string, string>} texts
   */
  constructor(panel, current, texts) {
    this.current = current;
    this.texts = texts;
    this.store = current.store;
    this.none = element("p", "ls-tools-none", texts.notGrouped);
    this.list = element("ol", "ls-tools-list");
    this.add = element("button", "ls-plain", texts.addGroup);
    this.add.type = "button";
    this.add.addEventListener("click", () => this.#begin());
    this.totals = element("div", "ls-totals");
    reorderable(this.list, (from, to) => {
      const moved = this.groups;
      this.#set(moved.toSpliced(from, 1).toSpliced(to, 0, moved[from]));
    });
    panel.replaceChildren(
      this.none,
      this.list,
      this.add,
      element("h3", "ls-tools-title", texts.underColumns),
      this.totals,
    );
    this.#draw();
  }

  get groups() {
    return this.store.groups.by;
  }

  /** @param {Group[]} groups */
  #set(groups) {
    this.current.change({ groups });
    this.#draw();
  }

  #begin() {
    const [next] = this.#unused();
    if (next) this.#set([...this.groups, { column: next.name, descending: false }]);
    const made = [...this.list.querySelectorAll("select.ls-group-column")].at(-1);
    /** @type {HTMLElement | undefined} */ (made)?.focus();
  }

  /** Columns that are not used yet. Those with choices come first. */
  #unused() {
    const { isPaged } = this.store.order;
    const isFree = (/** @type {Column} */ column) =>
      !(ALONE.has(column.type) || column.key || (isPaged && isMany(column))) &&
      this.groups.every((group) => group.column !== column.name);
    const isListed = (/** @type {Column} */ { type }) => type === "choice" || type === "related";
    const free = this.store.columns.filter(isFree);
    return [...free.filter(isListed), ...free.filter((column) => !isListed(column))];
  }

  #draw() {
    this.#drawGroups();
    this.totals.replaceChildren(...this.store.shownColumns.map((column) => this.#total(column)));
    if (document.activeElement === document.body) this.list.querySelector("select")?.focus();
  }

  #drawGroups() {
    const { groups } = this;
    this.list.replaceChildren(...groups.map((group, at) => this.#item(group, at)));
    this.none.hidden = groups.length > 0;
    const isFull = groups.length >= MOST_GROUPS || !this.#unused().length;
    this.add.disabled = isFull;
  }

  /**
   * @param {Group} group
   * @param {number} at
   */
  #item(group, at) {
    const { texts, store } = this;
    const made = element("li", "ls-tools-item");
    const title = store.column(group.column)?.title ?? "";
    const change = (/** @type {Group} */ other) => {
      const { className } = /** @type {Element} */ (document.activeElement);
      this.#set(this.groups.toSpliced(at, 1, other));
      const again = this.list.children[at]?.getElementsByClassName(className)[0];
      /** @type {HTMLElement | undefined} */ (again)?.focus();
    };
    const own = store.columns.filter(({ name }) => name === group.column);
    const column = select(
      "ls-field ls-group-column",
      texts.groupBy,
      [...own, ...this.#unused()].map((one) => [one.name, one.title]),
      group.column,
      (name) => change({ column: name, descending: group.descending }),
    );
    const remove = iconButton("remove", fill(texts.removeGroup, { column: title }));
    remove.addEventListener("click", () => {
      this.#set(this.groups.toSpliced(at, 1));
      const next = this.list.querySelector(".ls-remove") ?? this.add;
      /** @type {HTMLElement} */ (next).focus();
    });
    made.append(
      iconButton("grip", fill(texts.moveByKeys, { column: title })),
      column,
      this.#order(group, title, change),
      direction(texts, title, group.descending, (descending) => change({ ...group, descending })),
      remove,
    );
    return made;
  }

  /**
   * @param {Group} group
   * @param {string} title
   * @param {(group: Group) => void} change
   */
  #order({ column, descending, by }, title, change) {
    const { texts, store } = this;
    const totals = store.columns.flatMap((one) => {
      const what = by?.column === one.name && by.what !== "count" ? by.what : whatOf(store, one);
      if (what === "none" || one.name === column) return [];
      const words = { total: whatText(one, what, texts), column: one.title };
      return [
        /** @type {[string, string]} */ ([`${what} ${one.name}`, fill(texts.byTotal, words)]),
      ];
    });
    /** @type {[string, string][]} */
    const choices = [["", texts.byValue], ["count ", texts.byCount], ...totals];
    const chosen = by ? `${by.what} ${by.column}` : "";
    return select(
      "ls-field ls-group-order",
      fill(texts.groupOrder, { column: title }),
      choices,
      chosen,
      (value) => {
        const [what, ...name] = value.split(" ");
        if (!value) change({ column, descending: false });
        else {
          const next = { column: name.join(" "), what: /** @type {What} */ (what) };
          change({ column, descending: by ? descending : true, by: next });
        }
      },
    );
  }

  /** @param {Column} column */
  #total(column) {
    const { texts, store, current } = this;
    const made = element("label", "ls-total-choice");
    const whats = [.../** @type {(What | "none")[]} */ (["none"]), ...whatsOf(column)];
    const field = select(
      "ls-field",
      fill(texts.totalOf, { column: column.title }),
      whats.map((what) => [what, what === "none" ? texts.sumNone : whatText(column, what, texts)]),
      whatOf(store, column),
      (what) => {
        const totals = { ...current.view.totals, [column.name]: /** @type {What} */ (what) };
        current.change({ totals });
        this.#drawGroups(); // they may be sorted by it
      },
    );
    made.append(element("span", "ls-total-column", column.title), field);
    return made;
  }
}
