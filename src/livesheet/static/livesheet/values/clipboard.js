/**
 * The text that spreadsheets exchange: tabs between cells, line breaks between rows, quotes around
 * a cell that holds either.
 */

/**
 * @param {string[][]} rows
 * @returns {string}
 */
export function writeTable(rows) {
  const quote = (/** @type {string} */ text) =>
    /[\t\n\r]|^"/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const lines = rows.map((row) => row.map(quote).join("\t"));
  // A last line that is empty would look like the end of the one before.
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
 * A quote that is never closed, or is closed in mid-cell, was only a quote.
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
 * The block as it fills the selection: repeated where the selection is a multiple of it.
 * @template T
 * @param {T[][]} table
 * @param {number} height  of the selection, in rows
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
 * Texts that another program would calculate: what begins with `=` in a cell of ours is somebody's
 * text, and in the spreadsheet it is pasted into it would be a formula that reaches other files and
 * addresses. An apostrophe before it says that it is a text, as in every spreadsheet.
 */

/** A sign at the beginning; or what ends a cell where a program knows no quotes. */
const BEGINS = /^(?:\s*[=+@\-＝＋＠－]|[\t\r\n])/;
/** Digits and the signs in them calculate nothing: -5, +43 1 234, -1.5e-7, a lone dash. */
const NUMBER = /^ ?[-+]?[\d .,:%'’\u00a0\u202f]*(?:e[-+]?\d+)?$/i;

/** @param {string} text  apostrophes before it count for nothing */
function isFormula(text) {
  const bare = text.replace(/^'+/, "");
  return BEGINS.test(bare) && !NUMBER.test(bare);
}

/**
 * One that has apostrophes before its sign gets one more, so that none is lost on the way back.
 * @param {string} text
 * @returns {string}
 */
export const guarded = (text) => (isFormula(text) ? `'${text}` : text);

/**
 * @param {string} text
 * @returns {string}
 */
export const unguarded = (text) => (text.startsWith("'") && isFormula(text) ? text.slice(1) : text);
