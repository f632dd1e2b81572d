import assert from "node:assert/strict";
import { test } from "node:test";
import { editText, format, parse } from "../../../src/livesheet/static/livesheet/values/cells.js";
import {
  formatMoment,
  isoDate,
  isSkipped,
  PLAIN_DATES,
  parseDate,
  parseMoment,
  parseTime,
  showDate,
  trimTime,
} from "../../../src/livesheet/static/livesheet/values/moments.js";
import { column } from "../fakes.js";

test("dates as people write them", () => {
  for (const [typed, date] of [
    ["2026-11-22", "2026-11-22"],
    ["2026/1/5", "2026-01-05"],
    ["5.1.2026", "2026-01-05"],
    ["tomorrow", "tomorrow"],
    ["5/1/2026", "5/1/2026"],
  ])
    assert.equal(parseDate(typed), date);
});

test("times", () => {
  assert.equal(parseTime("9:30"), "09:30:00");
  assert.equal(parseTime("09:30:15.25"), "09:30:15.250000");
  assert.equal(parseTime("noon"), "noon");
  assert.equal(trimTime("09:30:00"), "09:30");
  assert.equal(trimTime("09:30:15"), "09:30:15");
});

test("the half of the day is not lost behind a date", () => {
  assert.equal(parseMoment("2026-11-22 2:30 pm", "UTC"), "2026-11-22T14:30:00Z");
  assert.equal(parseMoment("2026-11-22 2:30 a.m.", "UTC"), "2026-11-22T02:30:00Z");
  assert.equal(parseMoment("2026-11-22 2:30 sharp", "UTC"), "2026-11-22 2:30 sharp");
});

test("a moment is shown in the user's zone and goes back in UTC", () => {
  for (const [zone, wall] of [
    ["Europe/Berlin", "2026-11-22 09:15"],
    ["America/New_York", "2026-11-22 03:15"],
    ["Asia/Kolkata", "2026-11-22 13:45"],
    ["UTC", "2026-11-22 08:15"],
  ]) {
    assert.equal(formatMoment("2026-11-22T08:15:00Z", zone), wall);
    assert.equal(parseMoment(wall, zone), "2026-11-22T08:15:00Z");
  }
});

test("midnight is hour 00 of the next day", () => {
  assert.equal(formatMoment("2026-06-30T22:00:00Z", "Europe/Berlin"), "2026-07-01 00:00");
  assert.equal(parseMoment("2026-07-01", "Europe/Berlin"), "2026-06-30T22:00:00Z");
});

test("seconds and fractions are shown where there are any, and kept", () => {
  const text = "2026-11-22T08:15:07.123456Z";
  assert.equal(formatMoment(text, "Europe/Berlin"), "2026-11-22 09:15:07.123456");
  assert.equal(parseMoment("2026-11-22 09:15:07.123456", "Europe/Berlin"), text);
  assert.equal(
    formatMoment("2026-11-22T08:15:00.500000Z", "Europe/Berlin"),
    "2026-11-22 09:15:00.5",
  );
});

test("in the hour that is repeated, the earlier reading; a skipped one is no time", () => {
  assert.equal(parseMoment("2026-10-25 02:30", "Europe/Berlin"), "2026-10-25T00:30:00Z");
  assert.equal(parseMoment("2026-03-29 02:30", "Europe/Berlin"), "2026-03-29 02:30");
  assert.equal(parseMoment("2026-03-29 03:00", "Europe/Berlin"), "2026-03-29T01:00:00Z");
  assert.equal(isSkipped("2026-03-29 02:30", "Europe/Berlin"), true);
  for (const text of ["2026-03-29 03:30", "2026-03-29T01:00:00Z", "29 March", ""])
    assert.equal(isSkipped(text, "Europe/Berlin"), false);
});

test("a day that does not exist is no moment, although Chrome reads one", () => {
  for (const text of [
    "2026-02-29 09:00",
    "31.4.2026 10:00",
    "2026-02-31T09:00Z",
    "0.1.2026 9:00",
  ]) {
    for (const zone of ["Europe/Berlin", ""]) assert.equal(parseMoment(text, zone), text);
    assert.equal(isSkipped(text, "Europe/Berlin"), false);
  }
  assert.equal(parseMoment("29.2.2028 09:00", ""), "2028-02-29T09:00:00");
});

test("a moment with its own offset is taken by its word", () => {
  assert.equal(parseMoment("2026-11-22T09:15:00+05:00", "Europe/Berlin"), "2026-11-22T04:15:00Z");
});

test("without a zone there is no Z, in either direction", () => {
  assert.equal(formatMoment("2026-11-22T08:15:00", "Europe/Berlin"), "2026-11-22 08:15");
  assert.equal(parseMoment("2026-11-22 8:15", ""), "2026-11-22T08:15:00");
});

test("what is no moment stays as it is", () => {
  for (const text of ["soon", "2026-13-40 10:00", "2026-11-22 25:00"])
    assert.equal(parseMoment(text, "Europe/Berlin"), text);
});

test("the hour that comes twice is told apart, and each moment is read again", () => {
  const zone = "Europe/Berlin";
  for (const [wire, text] of [
    ["2026-10-25T00:30:00Z", "2026-10-25 02:30"],
    ["2026-10-25T01:30:00Z", "2026-10-25 02:30+01:00"],
    ["2026-07-01T10:00:00.000005Z", "2026-07-01 12:00:00.000005"],
    ["0099-01-01T12:00:30Z", "0099-01-01 12:53:58"],
    ["1890-01-01T00:00:00.250000Z", "1890-01-01 00:53:28.25"],
    ["9999-12-30T00:00:00Z", "9999-12-30 01:00"],
  ]) {
    assert.equal(formatMoment(wire, zone), text);
    assert.equal(parseMoment(text, zone), wire);
  }
  assert.equal(formatMoment("9999-12-31T23:30:00Z", zone), "9999-12-31T23:30:00Z");
  const first = "0001-01-01T00:30:00Z";
  assert.equal(formatMoment(first, "America/New_York"), first); // it is the year 0 there
  assert.equal(parseMoment("2026-10-25T01:30:00.000005Z", zone), "2026-10-25T01:30:00.000005Z");
});

test("in the afternoon", () => {
  assert.equal(parseTime("2:30 pm"), "14:30:00");
  assert.equal(parseTime("12:05 am"), "00:05:00");
  assert.equal(parseTime("13:05 pm"), "13:05 pm");
});

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
