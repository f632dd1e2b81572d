import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseTable } from "../../../src/livesheet/static/livesheet/values/clipboard.js";
import { dateOrder } from "../../../src/livesheet/static/livesheet/values/dates.js";
import {
  habitsOf,
  plainMoment,
  understand,
} from "../../../src/livesheet/static/livesheet/values/foreign.js";
import { parseMarked } from "../../../src/livesheet/static/livesheet/values/marked.js";
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
