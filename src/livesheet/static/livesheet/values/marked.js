/**
 * The HTML that a spreadsheet puts on the clipboard beside the text, where it says more: from
 * LibreOffice the numbers behind what is shown, and line breaks; from a sheet of ours the values
 * themselves. It is read as a text, tag by tag; no document is ever made of it, so nothing in it
 * can run.
 */

/** @import {Column, Value} from "../protocol.js" */
/** @import {ForeignCell} from "./foreign.js" */

const CALC = /<meta name="generator" content="(LibreOffice|OpenOffice)/i;
const OWN = "data-livesheet";
/** How the markup is laid out, which word processors do; a line break that is seen is a `<br>`. */
const LAID_OUT = /[ \t]*[\r\n][ \t\r\n]*/g;
const LAYOUT = "\r";
const BLOCK = /^(p|div|li)$/;
/** @type {Record<string, string>} */
const SIGNS = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" };

/**
 * @param {string} html
 * @returns {ForeignCell[][] | null} null where the text alone says as much
 */
export function parseMarked(html) {
  if (!CALC.test(html) && !html.includes(`<table ${OWN}`)) return null;
  const rows = readRows(html);
  return rows?.length && rows.every((row) => row.length) ? rows : null;
}

/**
 * @param {string} html
 * @returns {ForeignCell[][] | null}
 */
function readRows(html) {
  /** @type {ForeignCell[][]} */
  const rows = [];
  /** @type {ForeignCell | null} */
  let cell = null;
  for (const piece of html.split("<")) {
    const end = piece.indexOf(">");
    const tag = piece.slice(0, end);
    const name = /^\/?\w+/.exec(tag)?.[0].toLowerCase();
    if (name === "td" && /\b(row|col)span=/.test(tag)) return null;
    if (name === "tr") rows.push([]);
    if (name === "td") cell = newCell(tag);
    if (name === "td" && cell) rows.at(-1)?.push(cell);
    if (name === "/td" && cell) finish(cell);
    if (name === "/td") cell = null;
    if (cell && (name === "br" || (BLOCK.test(name ?? "") && cell.text.trim()))) {
      cell.text += "\n";
    }
    if (cell) cell.text += decode(piece.slice(end + 1).replace(LAID_OUT, LAYOUT));
  }
  return rows;
}

/**
 * What is seen is what is meant: indentation in the markup is not, and a value of ours counts as
 * long as nobody has changed the text before it.
 * @param {ForeignCell} cell
 */
function finish(cell) {
  const text = cell.text
    .replace(/\r*\n\r*/g, "\n")
    .replace(/^\r+|\r+$/g, "")
    .replace(/\r+/g, " ");
  // A line break that ends a cell is not seen; in ours it is part of the text.
  cell.text = cell.own && text !== "\n" ? text : text.replace(/\n$/, "");
  if (cell.own && bare(cell.own.text) !== bare(cell.text)) delete cell.own;
}

/** Programs break lines and double spaces as they like. @param {string} text */
const bare = (text) => text.replace(/\s+/g, " ").trim();

/**
 * @param {string} tag
 * @returns {ForeignCell}
 */
function newCell(tag) {
  const number = /\bsdval="([^"]*)"/.exec(tag)?.[1];
  const own = /\bdata-value="([^"]*)"/.exec(tag)?.[1];
  return {
    text: "",
    ...(number === undefined ? {} : { number: Number(number) }),
    ...(own === undefined ? {} : { own: readOwn(decode(own)) }),
  };
}

/** @param {string} text */
function readOwn(text) {
  try {
    const [type, value, shown, exact = shown] = JSON.parse(text);
    return { type, value, text: String(shown), exact: String(exact) };
  } catch {
    return undefined;
  }
}

/** @param {string} text */
function decode(text) {
  return text.replace(/&(?:#(\d+)|#x([\da-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (name) return SIGNS[name] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

/** @param {string} text */
function encode(text) {
  const names = { "&": "amp", "<": "lt", ">": "gt", '"': "quot" };
  return text.replace(/[&<>"]/g, (sign) => `&${names[/** @type {"&"} */ (sign)]};`);
}

/**
 * Excel would begin a new cell after a line break, and read that as it reads any other.
 */
const LINE_BREAK = '<br style="mso-data-placement:same-cell">';

/** @typedef {{text: string, exact?: string, value: Value, column: Column}} CopiedCell */

/**
 * @param {CopiedCell[][]} rows  exact: what stands in the cell, where that is not what is shown
 * @returns {string}
 */
export function writeMarked(rows) {
  const cell = (/** @type {CopiedCell} */ { text, exact = text, value, column }) => {
    const known = [kindOf(column), value, text, ...(exact === text ? [] : [exact])];
    const own = encode(JSON.stringify(known));
    return `<td data-value="${own}">${encode(text).replace(/\r\n?|\n/g, LINE_BREAK)}</td>`;
  };
  const lines = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`);
  return `<table ${OWN}>${lines.join("")}</table>`;
}

/**
 * Between which columns a value may travel as it is. Keys mean something to their own relation only.
 * @param {Column} column
 * @returns {string}
 */
export function kindOf({ name, related, choices, ...rest }) {
  const { type, big, items } = /** @type {Record<string, any>} */ (rest);
  if (related) return `${type} ${related.model}`;
  if (choices) return `${type} ${name} ${choices.map(([value]) => value).join(" ")}`;
  return [type, big ? "big" : "", items?.type ?? ""].filter(Boolean).join(" ");
}
