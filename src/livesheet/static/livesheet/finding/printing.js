/**
 * Printing: the title, a description of the view, and a plain table of all shown rows, sorted and
 * filtered as on screen. It is made when the browser is about to print, and removed afterwards.
 */

import { element } from "../elements.js";
import { headingLook, headingTotal } from "../grid/headings.js";
import { columnWidth } from "../grid/settings.js";
import { isHeading } from "../protocol.js";
import { count, fill } from "../texts.js";
import { isNumber } from "../values/kinds.js";
import { describe } from "./chips.js";
import { Pieces } from "./pieces.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Column, Pk} from "../protocol.js" */
/** @import {Fetched} from "./pieces.js" */

/** A browser lays out this many rows in a few seconds, and nobody reads two hundred pages. */
const MOST_ROWS = 5_000;

/** The width in pixels of a page in portrait and in landscape. */
const UPRIGHT = 720;
const ACROSS = 1_000;
/**
 * The width of a column on paper, relative to the screen; and the width that is enough for any
 * column, because texts are wrapped.
 */
const NARROWER = 0.65;
const LEAST = 90;

/**
 * @param {Pick<SheetSurface, "stage" | "store" | "texts" | "language">} sheet
 * @param {boolean} [isAlone]  whether only the sheet is printed, on pages that may be in landscape
 * @returns {HTMLElement}
 */
export function paper({ stage, store, texts, language }, isAlone = false) {
  const pks = store.order.settle();
  const columns = stage.grid?.columns ?? store.columns;
  const made = element("div", "ls-paper");
  made.append(element("h1", "ls-paper-title", store.hello?.title ?? ""));
  const n = pks.length.toLocaleString(language);
  const { all: every } = store.order.counted(store.rows.size);
  const all = every.toLocaleString(language);
  const key = pks.length === every ? "rows" : "rowsFound";
  const rows = count(texts, key, every, { n, all });
  const when = fill(texts.printedAt, { when: new Date().toLocaleString(language) });
  made.append(element("p", "ls-paper-facts", [rows, when].join(" · ")));
  made.append(...shownAs({ store, texts }).map((words) => element("p", "ls-paper-facts", words)));
  const keys = store.groups.entries(pks).slice(0, MOST_ROWS);
  const textOf = (/** @type {string} */ key, /** @type {Column} */ column) => {
    const said = text(store, texts, key, column);
    if (!isHeading(key) || column !== columns[0]) return said;
    const { label, count: size } = headingLook(store, texts, key);
    return [size === null ? label : `${label} (${size})`, said].filter(Boolean).join(" · ");
  };
  const isWide = isAlone && widthOf(columns) > UPRIGHT;
  made.classList.toggle("ls-across", isWide);
  const parts = partsOf(columns, isWide ? ACROSS : UPRIGHT);
  made.append(...parts.map((some) => table(some, keys, textOf)));
  if (pks.length > MOST_ROWS) made.append(part(MOST_ROWS, pks.length, texts, language));
  return made;
}

/**
 * @param {number} n
 * @param {number} all
 * @param {Record<string, string>} texts
 * @param {string | undefined} language
 */
function part(n, all, texts, language) {
  const words = { n: n.toLocaleString(language), all: all.toLocaleString(language) };
  return element("p", "ls-paper-facts", fill(texts.printedPart, words));
}

/**
 * Describes in words which rows are shown, and in which order.
 * @param {Pick<SheetSurface, "store" | "texts">} sheet
 */
function shownAs({ store, texts }) {
  const words = {
    texts,
    column: (/** @type {string} */ name) => store.column(name),
    write: (/** @type {Column} */ column, /** @type {any} */ value) => store.text(column, value),
  };
  const { query, sorts } = store.order;
  const groups = store.groups.by.flatMap(({ column }) => store.column(column)?.title ?? []);
  const conditions = [
    ...store.view.filters.map((entry) => describe(entry, words)),
    query ? fill(texts.printedFound, { query }) : "",
  ].filter(Boolean);
  const order = sorts.flatMap(({ column, descending }) => {
    const title = store.column(column)?.title;
    return title ? [`${title} ${descending ? "↓" : "↑"}`] : [];
  });
  return [
    conditions.length ? fill(texts.printedFilter, { conditions: conditions.join(" · ") }) : "",
    groups.length ? `${texts.groupBy}: ${groups.join(", ")}` : "",
    order.length ? fill(texts.printedOrder, { columns: order.join(", ") }) : "",
  ].filter(Boolean);
}

/**
 * @param {SheetSurface["store"]} store
 * @param {Record<string, string>} texts
 * @param {string} pk  key of a row, or of a group's heading
 * @param {Column} column
 */
function text(store, texts, pk, column) {
  if (isHeading(pk)) {
    const total = headingTotal(store, texts, pk, column);
    return total.text && `${total.name} ${total.text}`;
  }
  const value = store.shown(pk, column.name);
  if (column.type === "boolean") return value === true ? "✓" : value === false ? "–" : "";
  return store.text(column, value);
}

/** @param {Column[]} columns */
const widthOf = (columns) =>
  columns.reduce((sum, one) => sum + Math.min(NARROWER * columnWidth(one), LEAST), 0);

/**
 * Divides the columns into parts that are as wide as a page. Each part begins with the first
 * column, which identifies the row.
 * @param {Column[]} columns
 * @param {number} room
 */
export function partsOf([first, ...others], room) {
  const parts = [[first]];
  for (const column of others) {
    const last = parts[parts.length - 1];
    if (last.length === 1 || widthOf([...last, column]) <= room) last.push(column);
    else parts.push([first, column]);
  }
  return parts;
}

/**
 * @param {Column[]} columns
 * @param {Pk[]} pks
 * @param {(pk: Pk, column: Column) => string} textOf
 */
function table(columns, pks, textOf) {
  const made = element("table", "ls-paper-table");
  const all = widthOf(columns);
  made.append(...columns.map((column) => share(widthOf([column]) / all)));
  const head = made.createTHead().insertRow();
  for (const column of columns) head.append(element("th", kind(column), column.title));
  const body = made.createTBody();
  for (const pk of pks) {
    const row = body.insertRow();
    if (isHeading(pk)) row.className = "ls-paper-heading";
    for (const column of columns) row.append(element("td", kind(column), textOf(pk, column)));
  }
  return made;
}

/** @param {number} part  the share of the table's width */
function share(part) {
  const made = element("col", "");
  made.style.width = `${100 * part}%`;
  return made;
}

/** @param {Column} column */
const kind = (column) => (isNumber(column) ? "ls-number" : "");

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function printing(sheet) {
  const { root } = sheet.stage;
  const listeners = new AbortController();
  const { signal } = listeners;
  /** @type {HTMLElement | null} */
  let sheetOfPaper = null;
  const page = document.documentElement;
  const pieces = new Pieces(sheet);
  /** @type {Fetched | null} the first rows of a large sheet */
  let fetched = null;
  const put = () => {
    const { stage, texts, language, store: own } = sheet;
    const { store } = fetched ?? sheet;
    sheetOfPaper?.remove();
    const isAlone = root.classList.contains("ls-printed");
    sheetOfPaper = own.hello && paper({ stage, store, texts, language }, isAlone);
    if (!sheetOfPaper) return;
    const { all } = own.order.counted(own.rows.size);
    if (fetched && !fetched.isWhole)
      sheetOfPaper.append(part(fetched.pks.length, all, texts, language));
    // If only the sheet is printed, the paper replaces the whole page; otherwise, it replaces the
    // sheet.
    if (isAlone) document.body.append(sheetOfPaper);
    else root.append(sheetOfPaper);
  };
  const takeAway = () => {
    sheetOfPaper?.remove();
    sheetOfPaper = null;
    fetched = null;
    root.classList.remove("ls-printed");
    page.classList.remove("ls-printing");
  };
  window.addEventListener("beforeprint", put, { signal });
  window.addEventListener("afterprint", takeAway, { signal });
  return {
    runs: {
      async print() {
        const { order, rows } = sheet.store;
        const { all } = order.counted(rows.size);
        if (order.isPaged && order.settle().length < all) {
          fetched = await pieces.fetch({ most: MOST_ROWS, n: all });
          if (!fetched) return;
          // Headings are made of the values in the sheet.
          if (sheet.store.groups.isOn) pieces.keep(fetched);
        }
        root.classList.add("ls-printed");
        page.classList.add("ls-printing");
        window.print();
      },
    },
    close() {
      listeners.abort();
      pieces.stop();
      takeAway();
    },
  };
}
