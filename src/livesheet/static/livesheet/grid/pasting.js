/**
 * Blocks of cells that are copied and pasted: the text of a copied block, and the value of a pasted
 * block for each cell. Spreadsheets exchange texts with tabs between cells, line breaks between
 * rows, and quotes around a cell that contains either.
 */

import { PK } from "../protocol.js";
import {
  habitsOf,
  kindOf,
  parseMarked,
  plainMoment,
  understand,
  writeMarked,
} from "../values/foreign.js";
import { isNumber, isReadonly } from "../values/kinds.js";
import { exactNumber } from "../values/numbers.js";
import { isRow } from "./headings.js";

/** @import {Column, Pk, Value} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {ForeignCell, Habits} from "../values/foreign.js" */
/** @import {Area} from "./place.js" */
/** @import {GridSurface} from "./surface.js" */

/** @typedef {{pk: Pk, column: Column, value: Value}} PastedCell */
/** @typedef {Pick<GridSurface, "columns" | "records" | "places" | "numberOf">} Rows  rows of the grid,
 * or others */

/**
 * Writes the displayed texts to the clipboard: labels instead of keys, and no formulas. For other
 * sheets of ours, the values are added.
 * @param {GridSurface} grid
 * @param {Store} store
 * @param {Area} area
 * @param {DataTransfer} data
 */
export function writeCopied(grid, store, { row, col, endRow, endCol }, data) {
  const columns = grid.columns.slice(col, endCol + 1);
  const records = grid.records.slice(row, endRow + 1).filter(isRow);
  const pks = records.map((record) => record[PK]);
  writeRows(columns, store, pks, data);
}

/**
 * @param {Column[]} columns
 * @param {Store} store
 * @param {Pk[]} pks
 * @param {DataTransfer} data
 */
export function writeRows(columns, store, pks, data) {
  const rows = pks.map((pk) =>
    columns.map((column) => {
      const value = store.shown(pk, column.name);
      const exact = textOf(store, column, value);
      return { column, value, exact, text: store.hello?.exact_copies ? exact : guarded(exact) };
    }),
  );
  data.setData("text/plain", writeTable(rows.map((cells) => cells.map(({ text }) => text))));
  data.setData("text/html", writeMarked(rows));
}

/**
 * Returns the text for other programs.
 * @param {Store} store
 * @param {Column} column
 * @param {Value} value
 */
const textOf = (store, column, value) => store.copyText(column, value);

/**
 * @param {DataTransfer | null} data
 * @returns {ForeignCell[][]}
 */
export function readCopied(data) {
  const marked = parseMarked(data?.getData("text/html") ?? "");
  const texts = () => parseTable(data?.getData("text/plain") ?? "");
  const table = marked ?? texts().map((row) => row.map((text) => ({ text })));
  return table.map((row) => row.map(meant));
}

/** @param {ForeignCell} cell @returns {ForeignCell} */
const meant = (cell) => ({ ...cell, text: cell.own?.exact ?? unguarded(cell.text) });

/**
 * @param {Rows} grid
 * @param {Store} store
 * @param {ForeignCell[][]} table
 * @param {Area} area  the selected area
 * @returns {{cells: PastedCell[], below: Record<string, Value>[], endRow: number, endCol: number}}
 *   below: rows below the last one
 */
export function readPasted(grid, store, table, { row, col, endRow, endCol }) {
  const records = grid.records.slice(row).filter(isRow);
  const selected = grid.records.slice(row, endRow + 1).filter(isRow).length;
  const block = spread(table, Math.max(1, selected), endCol - col + 1, { text: "" });
  const columns = grid.columns.slice(col);
  const pairs = block.map((cells) => pairsOf(cells, columns));
  const read = reader(store, habitsOf(pairs.flat(), store.habits));
  const inside = pairs.slice(0, records.length);
  const last = records[inside.length - 1];
  const width = Math.max(...block.map((cells) => cells.length));
  return {
    cells: inside.flatMap((cells, index) => {
      const record = records[index];
      return cells
        .filter(([column, cell]) => !says(cell, textOf(store, column, record[column.name])))
        .map(([column, cell]) => ({ pk: record[PK], column, value: read(column, cell) }));
    }),
    below: pairs
      .slice(inside.length)
      .map((cells) => Object.fromEntries(cells.map(([one, cell]) => [one.name, read(one, cell)]))),
    endRow: last ? grid.records.indexOf(last, row) : row - 1,
    endCol: Math.min(col + width, grid.columns.length) - 1,
  };
}

/**
 * @param {ForeignCell[]} cells  the cells of a row
 * @param {Column[]} columns  the columns, beginning with the first one that is pasted into
 * @returns {[Column, ForeignCell][]}
 */
function pairsOf(cells, columns) {
  return cells.flatMap((cell, index) => {
    const column = columns[index];
    return column && !isReadonly(column) ? [[column, cell]] : [];
  });
}

/**
 * Whether the cell already shows this text. It is not changed then, because its value may contain
 * more than the text.
 * @param {ForeignCell} cell
 * @param {string} shown
 */
function says({ text, own }, shown) {
  return !own && text === shown.replace(/\r\n?/g, "\n");
}

/**
 * Caches results, because thousands of cells often contain only a few different texts, and finding
 * one among thousands of labels takes a while.
 * @param {Store} store
 * @param {Habits} habits
 * @returns {(column: Column, cell: ForeignCell) => Value}
 */
function reader(store, habits) {
  /** @type {Map<string, Value>} */
  const known = new Map();
  return (column, cell) => {
    if (cell.own?.type === kindOf(column)) return fitted(column, cell.own.value);
    const key = `${column.name}\u0000${cell.number ?? ""}\u0000${cell.text}`;
    if (!known.has(key)) known.set(key, readCell(store, habits, column, cell));
    return known.get(key);
  };
}

/**
 * In a column with two decimal places, `2.0000` is 2 as well.
 * @param {Column} column
 * @param {Value} value
 */
const fitted = (column, value) =>
  column.type === "decimal" && typeof value === "string" && column.decimal_places !== undefined
    ? exactNumber(value, column.decimal_places)
    : value;

/**
 * @param {Store} store
 * @param {Habits} habits
 * @param {Column} column
 * @param {ForeignCell} cell
 */
function readCell(store, habits, column, cell) {
  if (column.type === "datetime")
    return store.parse(column, plainMoment(cell, habits) ?? cell.text);
  const plain = understand(column, cell, habits);
  // In the form that the user would type, so that it is parsed like any typed text.
  const hasComma = isNumber(column) && plain !== undefined && store.habits.decimalComma;
  return store.parse(column, hasComma ? plain.replace(".", ",") : (plain ?? cell.text));
}

/**
 * @param {string[][]} rows
 * @returns {string}
 */
export function writeTable(rows) {
  const quote = (/** @type {string} */ text) =>
    /[\t\n\r]|^"/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = rows.map((row) => row.map(quote).join("\t"));
  // Without its line break, an empty last line would look like the end of the line before it.
  return lines.join("\n") + (lines.at(-1) === "" ? "\n" : "");
}

/**
 * @param {string} text
 * @returns {string[][]}
 */
export function parseTable(text) {
  const source = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  /** @type {string[][]} */
  const table = [[]];
  let at = 0;
  while (at <= source.length) {
    const { cell, end } = source[at] === '"' ? quoted(source, at) : bare(source, at);
    table[table.length - 1].push(cell);
    if (source[end] === "\n") table.push([]);
    at = end + 1;
  }
  return table;
}

/**
 * @param {string} source
 * @param {number} start
 */
function bare(source, start) {
  let end = start;
  while (end < source.length && source[end] !== "\t" && source[end] !== "\n") end += 1;
  return { cell: source.slice(start, end), end };
}

/**
 * A quote that is not closed, or is closed in the middle of a cell, is an ordinary character.
 * @param {string} source
 * @param {number} start
 */
function quoted(source, start) {
  let cell = "";
  let at = start + 1;
  while (at < source.length) {
    if (source[at] !== '"') {
      cell += source[at];
      at += 1;
    } else if (source[at + 1] === '"') {
      cell += '"';
      at += 2;
    } else {
      const next = source[at + 1];
      return next === undefined || next === "\t" || next === "\n"
        ? { cell, end: at + 1 }
        : bare(source, start);
    }
  }
  return bare(source, start);
}

/**
 * Fills the selection with a block, which is repeated if the selection is a multiple of it.
 * @template T
 * @param {T[][]} table
 * @param {number} height  the number of selected rows
 * @param {number} width
 * @param {T} empty
 * @returns {T[][]}
 */
export function spread(table, height, width, empty) {
  const columns = Math.max(...table.map((row) => row.length));
  const down = height % table.length === 0 ? height : table.length;
  const across = width % columns === 0 ? width : columns;
  return Array.from({ length: down }, (_, row) =>
    Array.from(
      { length: across },
      (_, column) => table[row % table.length][column % columns] ?? empty,
    ),
  );
}

/*
 * Protects texts that another program would calculate. A text that begins with `=` is only a text
 * in our cells, but in the spreadsheet into which it is pasted, it would be a formula that can
 * access other files and addresses. As in every spreadsheet, an apostrophe before it marks it as a
 * text.
 */

/** A sign at the beginning, or a character that ends a cell in programs that ignore quotes. */
const BEGINS = /^(?:\s*[=+@\-＝＋＠－]|[\t\r\n])/;
/** Digits and their signs are not formulas: -5, +43 1 234, -1.5e-7, a single dash. */
const NUMBER = /^ ?[-+]?[\d .,:%'’\u00a0\u202f]*(?:e[-+]?\d+)?$/i;

/** @param {string} text  apostrophes before it are ignored */
function isFormula(text) {
  const bare = text.replace(/^'+/, "");
  return BEGINS.test(bare) && !NUMBER.test(bare);
}

/**
 * Puts an apostrophe before a formula. If there are apostrophes already, one more is added, so that
 * none is lost when the text is pasted back.
 * @param {string} text
 * @returns {string}
 */
export const guarded = (text) => (isFormula(text) ? `'${text}` : text);

/**
 * @param {string} text
 * @returns {string}
 */
export const unguarded = (text) => (text.startsWith("'") && isFormula(text) ? text.slice(1) : text);
