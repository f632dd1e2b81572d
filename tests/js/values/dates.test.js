import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../../../src/livesheet/static/livesheet/values/cells.js";
import {
  isoDate,
  PLAIN_DATES,
  showDate,
} from "../../../src/livesheet/static/livesheet/values/dates.js";
import { editText, format } from "../../../src/livesheet/static/livesheet/values/shown.js";
import { column } from "../fakes.js";

const GERMAN = { order: "dmy", sign: ".", typed: "dmy" };
const BRITISH = { order: "dmy", sign: "/", typed: "dmy" };
const AMERICAN = { order: "ymd", sign: "-", typed: "mdy" };

test("a date is shown as the language has it", () => {
  assert.equal(showDate("2026-11-22", GERMAN), "22.11.2026");
  assert.equal(showDate("2026-11-22 09:15", BRITISH), "22/11/2026 09:15");
  assert.equal(showDate("0007-01-02", BRITISH), "02/01/0007");
  assert.equal(showDate("2026-11-22", AMERICAN), "2026-11-22");
  for (const text of ["#ERROR", "soon", "-271821-04-20"])
    assert.equal(showDate(text, GERMAN), text);
});

test("and read as it is written there", () => {
  for (const [typed, signs, iso] of [
    ["22.11.2026", AMERICAN, "2026-11-22"],
    ["5/1/2026", BRITISH, "2026-01-05"],
    ["5/1/2026", AMERICAN, "2026-05-01"],
    ["5-1-26", GERMAN, "2026-01-05"],
    ["1. 2. 1931", GERMAN, "1931-02-01"],
    ["1.2.31", GERMAN, "1931-02-01"],
    ["1/2/29 9:15", BRITISH, "2029-02-01 9:15"],
    // What cannot be a month is a day.
    ["22/11/2026", AMERICAN, "2026-11-22"],
    ["11/22/2026", BRITISH, "2026-11-22"],
    // Nobody knows.
    ["5/1/2026", PLAIN_DATES, "5/1/2026"],
    ["2026/01/05", BRITISH, "2026/01/05"],
    ["5.1.2026.7", GERMAN, "2026-01-05.7"],
    ["5.1/2026", GERMAN, "5.1/2026"],
    ["tomorrow", GERMAN, "tomorrow"],
  ])
    assert.equal(isoDate(typed, signs), iso, typed);
});

test("what a cell shows is understood when it is typed again", () => {
  for (const dates of [GERMAN, BRITISH, AMERICAN, PLAIN_DATES]) {
    const context = { zone: "Europe/Berlin", decimalComma: false, dates, labels: () => new Map() };
    for (const [type, value] of [
      ["date", "2026-01-05"],
      ["date", "0001-12-31"],
      ["datetime", "2026-11-22T08:15:07.000001Z"],
      ["datetime", "2026-10-25T01:30:00Z"],
    ]) {
      const of = column("d", type);
      assert.equal(parse(of, format(of, value, context), context), value);
      assert.equal(parse(of, editText(of, value, context), context), value);
    }
  }
});
