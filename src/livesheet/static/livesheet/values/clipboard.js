/**
 * The text format that spreadsheets exchange: tabs between cells, line breaks between rows, and
 * quotes around a cell that contains either.
 */

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
