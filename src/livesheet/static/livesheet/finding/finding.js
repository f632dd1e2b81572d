/**
 * Sorting, filters and their chips, the menu of a column, the search.
 */

import { realClock, sameValue } from "../protocol.js";
import { AN_HOUR } from "../store/conditions.js";
import { plainView, withMoved, withShown } from "../store/view.js";
import { Chips } from "./chips.js";
import { CurrentView, viewTools } from "./current.js";
import { Recent } from "./filters.js";
import { Foot } from "./foot.js";
import { SavedViews } from "./savedviews.js";
import { ViewsButton } from "./viewsbutton.js";

/** @import {ColumnMenu} from "./columnmenu.js" */
/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Finder} from "../grid/surface.js" */
/** @import {Entry} from "../store/conditions.js" */
/** @import {View} from "../store/view.js" */
/** @import {Column, Hello, Pk, ServerFrame} from "../protocol.js" */
/** @import {Command, Target, Tool} from "../surfaces.js" */

/** While the user is typing, rows are not searched after each letter. */
const SEARCH_MS = 120;
const BRIEFLY_MS = 6_000;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export const finding = (sheet) => new Finding(sheet);

/** @implements {Feature} */
class Finding {
  /** @param {SheetSurface} sheet */
  constructor(sheet) {
    const { store, stage, texts, later } = sheet;
    this.later = later;
    this.store = store;
    this.stage = stage;
    this.texts = texts;
    const ask = sheet.ask.bind(sheet);
    this.recent = new Recent(ask, realClock);
    this.current = new CurrentView(store, stage, this.recent.has, ask);
    /** @type {ColumnMenu | null} null until it is first needed */
    this.menu = null;
    this.chips = new Chips(store, this.current, texts, (entry, chip) => this.#open(entry, chip));
    this.foot = new Foot(store, texts, () => stage.grid, stage.bar.count, ask, later);
    this.listeners = new AbortController();
    stage.table.before(this.chips.element);
    stage.root.append(this.foot.element);
    /** @type {any} */
    this.searching = null;
    /** @type {{view: View, query: string} | null} the latest view that the server has accepted */
    this.good = null;
    /** @type {Column[]} the columns of the latest `hello`. If they are the same, no row has to
     * move */
    this.known = [];
    this.finder = this.#finder();
    this.tools = viewTools(this.current, texts).map((tool) => this.#withPanel(tool));
    this.commands = [...this.#ofColumns(), ...this.#ofRows(), ...this.#ofViews()];
    this.current.listeners.push(() => this.#arranged());
    this.saved = new SavedViews(sheet, this.current, () => this.#viewChanged());
    this.views = new ViewsButton(sheet, this.saved, () => this.#copyLink());
    stage.bar.views.append(this.views.button);
    this.#listen();
  }

  // Events

  /** @param {Hello} hello */
  hello({ columns }) {
    if (!sameValue(columns, this.known)) this.current.set(this.current.view);
    this.known = columns;
    this.saved.begin();
  }

  caughtUp() {
    this.saved.resume();
    this.recent.forget();
    this.#learnRecent();
  }

  /** @param {ServerFrame} frame */
  frame(frame) {
    if (frame.type === "part") this.foot.soon();
    if (frame.type === "views") this.saved.views.loadSoon();
    if (frame.type === "order" && frame.ref)
      this.good = { view: this.current.view, query: this.store.order.query };
    if (frame.type === "error" && frame.code === "bad_view") this.#goBack(frame.ref);
    if (frame.type !== "change" && frame.type !== "rows") return;
    if (frame.type === "change") this.#noted(frame.rows.map(([pk]) => pk));
    this.arranged();
  }

  /**
   * If the server refuses a view, returns to the last accepted one, so that the sheet does not show
   * filters that are not in effect. Errors with other refs are about other requests.
   * @param {string} [ref]
   */
  #goBack(ref = "") {
    const { good, current } = this;
    const { search } = this.stage.bar;
    if (!ref.startsWith("w") || !this.store.order.isPaged) return;
    const { sorts, filters, groups } = good?.view ?? plainView();
    const { query = "" } = good ?? {};
    this.good = null;
    if (query !== this.store.order.query) {
      search.value = query;
      current.search(query);
    }
    const { view } = current;
    if (!sameValue([sorts, filters, groups], [view.sorts, view.filters, view.groups]))
      current.change({ sorts, filters, groups });
  }

  select() {
    this.foot.soon();
  }

  arranged() {
    this.chips.show();
    this.foot.changed();
  }

  close() {
    this.listeners.abort();
    clearTimeout(this.searching);
    this.menu?.close();
    this.saved.close();
    this.views.close();
    this.foot.close();
  }

  // Parts

  /**
   * @param {Omit<Tool, "fill" | "when">} tool
   * @returns {Tool}
   */
  #withPanel(tool) {
    const { later, current, texts } = this;
    return {
      ...tool,
      when: (run) => later.opening(run),
      fill: (box) => {
        const panel = later.parts?.panels[tool.name](box, current, texts);
        return () => panel?.close();
      },
    };
  }

  /**
   * Opens the menu of a column at its header.
   * @param {string} column
   * @param {HTMLElement} anchor
   * @param {() => void} [closed]
   */
  #openColumn(column, anchor, closed) {
    const { stage, current, texts } = this;
    this.later.opening(({ columnMenu }) => {
      this.menu ??= columnMenu(stage.root, current, texts);
      this.menu.open(column, anchor, closed);
    });
  }

  /** @returns {Finder} */
  #finder() {
    const { current, store } = this;
    return {
      onSearch: (query) => this.#search(query),
      onSort: (column, isAdded) => current.toggleSort(column, isAdded),
      onResize: (column, width) => current.resized(column, width),
      onFit: (...of) => this.later.with(({ fit }) => fit(...of)),
      onMove: (column, before) =>
        current.set(withMoved(current.view, store.columns, column, before)),
      colourOf: (pk, column) => current.colourOf(pk, column),
      onColumnMenu: (column, head) => this.#openColumn(column, head),
    };
  }

  #listen() {
    const { store, listeners } = this;
    const { search } = this.stage.bar;
    const { signal } = listeners;
    const warm = () => store.haystack.warm([...store.rows.pks()], realClock);
    search.addEventListener("keydown", (event) => this.#searchKey(event), { signal });
    search.addEventListener("focus", warm, { signal });
  }

  /** @param {string} query */
  #search(query) {
    clearTimeout(this.searching);
    this.store.haystack.warm([], realClock);
    this.searching = setTimeout(() => this.current.search(query), SEARCH_MS);
  }

  /** @param {KeyboardEvent} event */
  #searchKey(event) {
    const { store, stage } = this;
    const { search } = stage.bar;
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.preventDefault();
    event.stopPropagation(); // otherwise the grid gets the key next, and opens an editor
    if (event.key === "Escape" && search.value) {
      search.value = "";
      this.#search("");
    } else if (store.order.pks.length) stage.select(store.order.pks[0]);
  }

  #arranged() {
    this.chips.show();
    this.stage.tools.show();
    this.#learnRecent();
  }

  #viewChanged() {
    this.views.show();
    this.chips.showOffers(this.views.offers());
  }

  #copyLink() {
    const { stage, texts } = this;
    const say = (/** @type {string} */ words) => this.#sayBriefly(words);
    this.later.with(({ copyLink }) => copyLink(stage.root, this.saved.link(), texts, say));
  }

  /**
   * Opens the place where a condition is changed.
   * @param {Entry} entry
   * @param {HTMLElement} chip  the chip that describes it
   */
  #open(entry, chip) {
    const isOfHead = !("any" in entry) && entry.column !== "";
    if (isOfHead && entry === this.current.filterOf(entry.column))
      this.#openColumn(entry.column, chip);
    else this.stage.tools.open("filter", chip);
  }

  // Recent changes

  #isRecentAsked() {
    return this.current.filterOf("")?.kind === "recent";
  }

  #learnRecent() {
    const { current, stage, texts } = this;
    this.recent.learn(current.spans).then(
      (isNew) => isNew && current.refresh(),
      () => stage.say(texts.recentUnknown),
    );
  }

  #toggleRecent() {
    const isOn = this.#isRecentAsked();
    this.current.filter("", isOn ? null : { column: "", kind: "recent", seconds: AN_HOUR });
  }

  /** @param {Pk[]} pks  the changed rows */
  #noted(pks) {
    this.recent.note(pks);
    if (this.current.spans.length) for (const pk of pks) this.store.order.touched(pk, []);
  }

  // Commands

  /** @param {string} words */
  #sayBriefly(words) {
    const { stage } = this;
    stage.say(words);
    setTimeout(() => {
      if (stage.bar.message.textContent === words) stage.say("");
    }, BRIEFLY_MS);
  }

  /** @param {Target} target */
  #openMenu({ pk, column }) {
    const { stage } = this;
    const cell = pk !== null && column ? stage.grid?.cell(pk, column) : null;
    if (pk === null || !column || !cell) return;
    this.#openColumn(column, cell, () => stage.select(pk, column));
  }

  /** @param {string[]} names */
  #hide(names) {
    const { current, store } = this;
    current.set(
      names.reduce((view, name) => withShown(view, store.columns, name, false), current.view),
    );
  }

  /** @returns {Command[]} */
  #ofColumns() {
    const { store, texts } = this;
    return [
      {
        name: "columnMenu",
        text: () => texts.openColumnMenu,
        where: "context",
        group: "columns",
        keys: ["alt+arrowdown"],
        isEnabled: ({ column }) => column !== null,
        run: (target) => this.#openMenu(target),
      },
      {
        name: "hideColumns",
        text: ({ columns }) => (columns.length > 1 ? texts.hideColumns : texts.hideColumn),
        where: "context",
        group: "columns",
        isEnabled: ({ columns }) =>
          columns.length > 0 && columns.length < store.shownColumns.length,
        run: ({ columns }) => this.#hide(columns),
      },
    ];
  }

  /** @returns {Command[]} */
  #ofRows() {
    const { current, stage, store, texts } = this;
    return [
      {
        name: "search",
        text: () => texts.search,
        where: "none",
        group: "find",
        keys: ["mod+shift+f"],
        run: () => stage.bar.toSearch(),
      },
      {
        name: "recent",
        text: () => (this.#isRecentAsked() ? texts.recentOff : texts.recent),
        where: "menu",
        group: "find",
        run: () => this.#toggleRecent(),
      },
      {
        name: "openGroups",
        text: () => texts.openGroups,
        where: "both",
        group: "find",
        isOffered: () => store.groups.isOn,
        isEnabled: () => store.groups.closed.size > 0,
        run: () => stage.foldAll(true),
      },
      {
        name: "closeGroups",
        text: () => texts.closeGroups,
        where: "both",
        group: "find",
        isOffered: () => store.groups.isOn,
        run: () => stage.foldAll(false),
      },
      {
        name: "clearFilters",
        text: () => texts.clearFilters,
        where: "menu",
        group: "find",
        isEnabled: () => current.filters.length > 0,
        run: () => current.clearFilters(),
      },
      {
        name: "refresh",
        text: () => texts.sortAgain,
        where: "menu",
        group: "find",
        isEnabled: () => store.order.strays > 0 || store.order.fresh !== 0,
        run: () => current.refresh(),
      },
    ];
  }

  /** @returns {Command[]} */
  #ofViews() {
    const { current, texts } = this;
    return [
      {
        name: "copyLink",
        text: () => texts.copyLink,
        where: "menu",
        group: "view",
        run: () => this.#copyLink(),
      },
      {
        name: "resetView",
        text: () => texts.resetView,
        where: "menu",
        group: "view",
        isEnabled: () => !sameValue(current.view, plainView()),
        run: () => this.saved.reset(),
      },
    ];
  }
}
