/**
 * Finding things: sorting, filters and their chips, the menu at a column's head, the search.
 */

import { realClock, sameValue } from "../protocol.js";
import { plainLayout, withMoved, withShown } from "../store/layout.js";
import { Arrangement } from "./arrangement.js";
import { Chips } from "./chips.js";
import { ColumnMenu } from "./columnmenu.js";
import { openColumns } from "./columnspanel.js";
import { FilterForm } from "./filterform.js";
import { Foot } from "./foot.js";
import { Keeping } from "./keeping.js";
import { copyLink } from "./link.js";
import { Recent } from "./recent.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Finder} from "../grid/surface.js" */
/** @import {Filter} from "../store/layout.js" */
/** @import {Column, ServerFrame} from "../protocol.js" */
/** @import {Command, Target} from "../surfaces.js" */

const AN_HOUR = 3_600;
/** Typing into the search field: not a search for each letter. */
const SEARCH_MS = 120;
const BRIEFLY_MS = 6_000;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function finding(sheet) {
  const { store, stage, texts } = sheet;
  const recent = new Recent((about, query) => sheet.ask(about, query), realClock);
  const arrangement = new Arrangement(store, stage, recent.has);
  const menu = new ColumnMenu(stage.root, store, arrangement, texts, (column, pks) => {
    const onChange = (/** @type {Filter | null} */ filter) =>
      arrangement.filter(column.name, filter);
    const filter = arrangement.filterOf(column.name);
    return new FilterForm(column, filter, { store, texts, pks, onChange });
  });
  const chips = new Chips(store, arrangement, texts, (column, chip) => menu.open(column, chip));
  const foot = new Foot(store, texts, () => stage.grid, stage.bar.count);
  const listeners = new AbortController();
  stage.table.before(chips.element);
  stage.root.append(foot.element);
  /** @type {any} */
  let searching = null;
  /** @type {Finder} */
  const finder = {
    onSearch: (query) => {
      clearTimeout(searching);
      store.haystack.warm([], realClock);
      searching = setTimeout(() => arrangement.search(query), SEARCH_MS);
    },
    onSort: (column, isAdded) => arrangement.toggleSort(column, isAdded),
    onResize: (column, width) => arrangement.resized(column, width),
    onMove: (column, before) =>
      arrangement.set(withMoved(arrangement.layout, store.columns, column, before)),
    onColumnMenu: (column, head) => menu.open(column, head),
  };
  arrangement.listeners.push(() => {
    chips.show();
    if (isRecentAsked() && !recent.isAsked) loadRecent();
  });
  const keeping = new Keeping(sheet, arrangement, (isVisit) => {
    const choices = { onKeep: () => keeping.keep(), onLeave: () => keeping.leave() };
    chips.showVisit(isVisit ? choices : null);
  });

  const isRecentAsked = () => arrangement.filterOf("")?.kind === "recent";
  const loadRecent = () =>
    recent.load(arrangement.filterOf("")?.seconds ?? AN_HOUR).then(
      () => arrangement.refresh(),
      () => stage.say(texts.recentUnknown),
    );

  const toggleRecent = () => {
    const isOn = isRecentAsked();
    arrangement.filter("", isOn ? null : { column: "", kind: "recent", seconds: AN_HOUR });
  };

  const sayBriefly = (/** @type {string} */ words) => {
    stage.say(words);
    setTimeout(() => {
      if (stage.bar.message.textContent === words) stage.say("");
    }, BRIEFLY_MS);
  };

  /** @param {Target} target */
  const openMenu = ({ pk, column }) => {
    const cell = pk !== null && column ? stage.grid?.cell(pk, column) : null;
    if (pk === null || !column || !cell) return;
    menu.open(column, cell, () => stage.select(pk, column));
  };

  const { search } = stage.bar;
  const searchKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    event.preventDefault();
    if (event.key === "Escape" && search.value) {
      search.value = "";
      stage.bar.handlers.onSearch("");
    } else if (store.view.pks.length) stage.select(store.view.pks[0]);
  };
  const warm = () => store.haystack.warm([...store.rows.pks()], realClock);
  search.addEventListener("keydown", searchKey, { signal: listeners.signal });
  search.addEventListener("focus", warm, { signal: listeners.signal });

  /** @type {Column[]} of the last hello: with the same ones, no row changes its place */
  let known = [];

  /** @param {ServerFrame} frame */
  const heard = (frame) => {
    if (frame.type !== "change" && frame.type !== "rows") return;
    if (frame.type === "change") {
      const pks = frame.rows.map(([pk]) => pk);
      recent.note(pks);
      if (isRecentAsked()) for (const pk of pks) store.view.touched(pk, []);
    }
    chips.show();
    foot.soon();
  };

  return {
    finder,
    commands: commands(),
    hello: ({ columns }) => {
      if (!sameValue(columns, known)) arrangement.set(arrangement.layout);
      known = columns;
      keeping.begin();
    },
    caughtUp: () => {
      keeping.resume();
      recent.isAsked = false;
      if (isRecentAsked()) loadRecent();
    },
    frame: heard,
    select: () => foot.soon(),
    arranged: () => {
      chips.show();
      foot.soon();
    },
    close: () => {
      listeners.abort();
      clearTimeout(searching);
      menu.close();
      keeping.close();
      foot.close();
    },
  };

  /** @returns {Command[]} */
  function commands() {
    return [
      {
        name: "columnMenu",
        text: () => texts.openColumnMenu,
        where: "context",
        group: "columns",
        keys: ["alt+arrowdown"],
        isEnabled: ({ column }) => column !== null,
        run: openMenu,
      },
      {
        name: "hideColumns",
        text: ({ columns }) => (columns.length > 1 ? texts.hideColumns : texts.hideColumn),
        where: "context",
        group: "columns",
        isEnabled: ({ columns }) =>
          columns.length > 0 && columns.length < store.shownColumns.length,
        run: ({ columns }) =>
          arrangement.set(
            columns.reduce(
              (layout, name) => withShown(layout, store.columns, name, false),
              arrangement.layout,
            ),
          ),
      },
      {
        name: "search",
        text: () => texts.search,
        where: "none",
        group: "find",
        keys: ["mod+shift+f"],
        run: () => {
          search.focus();
          search.select();
        },
      },
      {
        name: "recent",
        text: () => (isRecentAsked() ? texts.recentOff : texts.recent),
        where: "menu",
        group: "find",
        run: toggleRecent,
      },
      {
        name: "clearFilters",
        text: () => texts.clearFilters,
        where: "menu",
        group: "find",
        isEnabled: () => arrangement.filters.length > 0,
        run: () => arrangement.clearFilters(),
      },
      {
        name: "refresh",
        text: () => texts.sortAgain,
        where: "menu",
        group: "find",
        isEnabled: () => store.view.strays > 0,
        run: () => arrangement.refresh(),
      },
      {
        name: "columns",
        text: () => texts.openColumns,
        where: "menu",
        group: "columns",
        run: () => openColumns(stage.root, store, arrangement, texts),
      },
      {
        name: "copyLink",
        text: () => texts.copyLink,
        where: "menu",
        group: "view",
        run: () => copyLink(stage.root, keeping.link(), texts, sayBriefly),
      },
      {
        name: "resetView",
        text: () => texts.resetView,
        where: "menu",
        group: "view",
        isEnabled: () => !sameValue(arrangement.layout, plainLayout()),
        run: () => keeping.reset(),
      },
    ];
  }
}
