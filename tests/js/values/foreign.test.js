import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseTable } from "../../../src/livesheet/static/livesheet/grid/pasting.js";
import {
  habitsOf,
  kindOf,
  parseMarked,
  plainMoment,
  understand,
  writeMarked,
} from "../../../src/livesheet/static/livesheet/values/foreign.js";
import { dateOrder } from "../../../src/livesheet/static/livesheet/values/moments.js";
import { column } from "../fakes.js";

const GERMAN = { decimalComma: true, dateOrder: "dmy" };
const AMERICAN = { decimalComma: false, dateOrder: "mdy" };
const of = (type) => column(type, type);
const read = (type, text, habits, number) => understand(of(type), { text, number }, habits);

test("numbers as other spreadsheets show them, in their language", () => {
  for (const [text, german, american] of [
    ["1.234,50", "1234.50", "1234.50"],
    ["1,234.50", "1234.50", "1234.50"],
    ["1.234", "1234", "1.234"],
    ["1,5", "1.5", "1.5"],
    ["1.234,50 €", "1234.50", "1234.50"],
    ["€ 12", "12", "12"],
    ["EUR 12,00", "12.00", "12.00"],
    ["(12,00)", "-12.00", "-12.00"],
    ["−3", "-3", "-3"],
    ["12,5%", "0.125", "0.125"],
    ["100,00%", "1", "1"],
    ["1 234 567,89", "1234567.89", "1234567.89"],
    ["1'234.50", "1234.50", "1234.50"],
    ["0,00", "0.00", "0.00"],
  ]) {
    assert.equal(read("decimal", text, GERMAN), german, `German ${text}`);
    assert.equal(read("decimal", text, AMERICAN), american, `American ${text}`);
  }
});

test("no digit is lost", () => {
  assert.equal(read("integer", "1.234.567", GERMAN), "1234567");
  assert.equal(read("integer", "9.007.199.254.740.993", GERMAN), "9007199254740993");
  assert.equal(
    read("decimal", "12.345.678.901.234.567.890,1234", GERMAN),
    "12345678901234567890.1234",
  );
});

test("what is no number is left to the server", () => {
  for (const text of ["many", "1,2,3", "12 kg", "", "1.2.3"]) {
    assert.equal(read("decimal", text, GERMAN), undefined, text);
  }
});

test("a block tells its language, else the user's decides", () => {
  const block = (...texts) => texts.map((text) => [of("decimal"), { text }]);
  assert.ok(habitsOf(block("12,50", "1.000"), AMERICAN).decimalComma);
  assert.ok(!habitsOf(block("12.50", "1,000"), GERMAN).decimalComma);
  assert.ok(habitsOf(block("1.000"), GERMAN).decimalComma);
  assert.ok(!habitsOf(block("1.000"), AMERICAN).decimalComma);
  const dates = (...texts) => texts.map((text) => [of("date"), { text }]);
  assert.equal(habitsOf(dates("05/01/2026", "31/12/2026"), AMERICAN).dateOrder, "dmy");
  assert.equal(habitsOf(dates("05/01/2026", "12/31/2026"), GERMAN).dateOrder, "mdy");
  assert.equal(habitsOf(dates("05/01/2026"), AMERICAN).dateOrder, "mdy");
  assert.equal(dateOrder("en-US"), "mdy");
  assert.equal(dateOrder("de"), "dmy");
  assert.equal(dateOrder("sv"), "ymd");
});

test("dates, times and date-times", () => {
  assert.equal(read("date", "05/01/2026", AMERICAN), "2026-05-01");
  assert.equal(read("date", "05/01/2026", GERMAN), "2026-01-05");
  assert.equal(read("date", "1.5.26", AMERICAN), "2026-05-01");
  assert.equal(read("date", "1.5.31", GERMAN), "1931-05-01");
  assert.equal(read("date", "2026-5-1", AMERICAN), "2026-05-01");
  assert.equal(read("date", "2026/05/01", GERMAN), "2026-05-01");
  assert.equal(read("date", "13/13/2026", GERMAN), undefined);
  assert.equal(read("date", "soon", GERMAN), undefined);
  assert.equal(read("time", "9:30 PM", AMERICAN), "21:30:00");
  assert.equal(read("time", "12:05 a.m.", AMERICAN), "00:05:00");
  assert.equal(read("time", "09:30", GERMAN), "09:30:00");
  assert.equal(read("time", "09:30:15.123456", GERMAN), "09:30:15.123456");
  assert.equal(plainMoment({ text: "05/01/2026 9:30 PM" }, AMERICAN), "2026-05-01 21:30:00");
  assert.equal(plainMoment({ text: "01.05.26 12:00" }, GERMAN), "2026-05-01 12:00:00");
  assert.equal(plainMoment({ text: "2026-05-01T12:00" }, GERMAN), "2026-05-01 12:00:00");
  assert.equal(plainMoment({ text: "01.05.2026" }, GERMAN), "2026-05-01 00:00:00");
  assert.equal(plainMoment({ text: "soon" }, GERMAN), undefined);
});

test("truth in several languages; other words are left to the server", () => {
  for (const text of ["TRUE", "WAHR", "VRAI", "VERDADERO"])
    assert.equal(read("boolean", text, GERMAN), true);
  for (const text of ["FALSE", "FALSCH", "FAUX", "FALSO"])
    assert.equal(read("boolean", text, GERMAN), false);
  assert.equal(read("boolean", "perhaps", GERMAN), undefined);
  assert.equal(read("boolean", "TAIP", GERMAN, 1), true, "the number behind it says so");
});

const TYPES = [
  "text",
  "text",
  "decimal",
  "integer",
  "date",
  "time",
  "datetime",
  "boolean",
  "decimal",
];
const EXPECTED = [
  ["1234.50", "12", "2026-05-01", "09:30:00", "2026-07-01 12:00:00", true, "0.125"],
  ["-0.25", "-3", "2026-12-31", "23:45:00", "2026-01-15 08:15:00", false, "1"],
  ["1000000.01", "1234567", "1999-02-28", "00:00:00", "2026-10-25 12:00:00", true, "0.07"],
  ["0.00", "0", "2024-02-29", "12:00:00", "2024-02-29 06:00:00", false, "0"],
];
const clip = (name) =>
  readFileSync(new URL(`../../browser/clipboard/${name}`, import.meta.url), "utf8");
const meaning = (type, cell, habits) =>
  type === "datetime"
    ? plainMoment(cell, habits)
    : (understand(of(type), cell, habits) ?? cell.text);

for (const language of ["en-US", "de-DE", "fr-FR"]) {
  test(`what Calc puts on the clipboard says what Calc showed: ${language}`, () => {
    const rows = parseMarked(clip(`calc-${language}.html`));
    const shown = JSON.parse(clip(`calc-${language}.shown.json`));
    assert.deepEqual(
      rows.map((row) => row.map(({ text }) => text)),
      shown,
    );
    // Whoever pastes has quite other habits: the numbers behind the texts decide.
    const habits = language === "en-US" ? GERMAN : AMERICAN;
    const read = rows.map((row) =>
      row.slice(2).map((cell, at) => meaning(TYPES[at + 2], cell, habits)),
    );
    assert.deepEqual(read, EXPECTED);
  });

  test(`and its text alone says the same to someone of that language: ${language}`, () => {
    const usual = { decimalComma: language !== "en-US", dateOrder: dateOrder(language) };
    const rows = parseTable(clip(`calc-${language}.txt`)).map((row) =>
      row.map((text) => ({ text })),
    );
    const habits = habitsOf(
      rows.flatMap((row) => row.map((cell, at) => [of(TYPES[at]), cell])),
      usual,
    );
    const read = rows.map((row) =>
      row.slice(2).map((cell, at) => meaning(TYPES[at + 2], cell, habits)),
    );
    assert.deepEqual(read, EXPECTED);
  });
}

const cell = (type, value, text) => ({ column: column("c", type), value, text });

test("values go from sheet to sheet as they are, beside what is seen", () => {
  const evil = "<img src=x onerror=alert(1)> \"&amp; ' >";
  const values = ["", null, evil, "12.3000", true, { a: [1, "<b>"] }, "a\nb", "&quot;"];
  const html = writeMarked([values.map((value) => cell("json", value, String(value)))]);
  assert.ok(!html.includes("<img"));
  const [row] = parseMarked(html);
  assert.deepEqual(
    row.map(({ own }) => own.value),
    values,
  );
  assert.equal(row[2].text, evil);
  assert.equal(row[6].text, "a\nb");
});

test("of a word processor's table the text that was seen, not how its file is set", () => {
  const html = `<html><meta name="generator" content="LibreOffice 24.2"><body>
<table width="100%" cellpadding="4">
 <tr style='mso-yfti-irow:0'>
  <td width=208 valign=top>
  <p class=MsoNormal><span lang=EN-GB>Oak table,
  large<o:p></o:p></span></p>
  </td>
  <td width=208>
  <p class=MsoNormal>12.50</p>
  <p class=MsoNormal>a piece</p>
  </td>
 </tr>
</table><!--EndFragment--></body></html>`;
  const [row, ...more] = parseMarked(html);
  assert.deepEqual(
    row.map(({ text }) => text),
    ["Oak table, large", "12.50\na piece"],
  );
  assert.deepEqual(more, []);
});

test("a value counts as long as nobody has changed the text before it", () => {
  const html = writeMarked([
    [cell("decimal", "12.30", "12.30"), cell("text", "a\r\nb  c", "a\r\nb  c")],
  ]);
  const owns = (text) => parseMarked(text)[0].map(({ own }) => own?.value);
  assert.deepEqual(owns(html), ["12.30", "a\r\nb  c"]);
  assert.deepEqual(owns(html.replace("<br>b  c<", "<br>b&nbsp; c\n  <")), ["12.30", "a\r\nb  c"]);
  const edited = html.replace(">12.30<", ">99.00<");
  assert.deepEqual(owns(edited), [undefined, "a\r\nb  c"]);
  assert.equal(parseMarked(edited)[0][0].text, "99.00");
});

test("how a word processor lays out its markup is not seen", () => {
  const html = `<meta name="generator" content="LibreOffice 7"><table><tr>
    <td width="50%"><p align="left">
      Oak table,
      large</p>
      <p>second line</p>
    </td>
    <td><p>two  spaces<br/>
    </p></td></tr></table>`;
  assert.deepEqual(
    parseMarked(html)[0].map(({ text }) => text),
    ["Oak table, large\nsecond line", "two  spaces"],
  );
});

test("keys mean something to their own relation only", () => {
  const supplier = column("supplier", "related", { related: { model: "shop.supplier" } });
  const branch = column("branch", "related", { related: { model: "shop.branch" } });
  assert.notEqual(kindOf(supplier), kindOf(branch));
  assert.equal(kindOf(column("a", "text")), kindOf(column("b", "text")));
});

test("of any other page's HTML only the text beside it counts", () => {
  assert.equal(parseMarked("<table><tr><td>1</td></tr></table>"), null);
  assert.equal(parseMarked(""), null);
});

test("broken markup costs no time and makes no cells", () => {
  const start = performance.now();
  const meta = '<meta name="generator" content="LibreOffice 7">';
  parseMarked(meta + "<td ".repeat(100_000));
  parseMarked(meta + "&#".repeat(100_000));
  assert.ok(performance.now() - start < 10_000);
  assert.equal(parseMarked(`${meta}<tr><td rowspan="2">1</td></tr>`), null);
});
