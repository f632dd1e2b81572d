import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatMoment,
  isSkipped,
  parseDate,
  parseMoment,
  parseTime,
  trimTime,
} from "../../../src/livesheet/static/livesheet/values/moments.js";

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
  assert.equal(parseMoment("2026-10-25T01:30:00.000005Z", zone), "2026-10-25T01:30:00.000005Z");
});

test("in the afternoon", () => {
  assert.equal(parseTime("2:30 pm"), "14:30:00");
  assert.equal(parseTime("12:05 am"), "00:05:00");
  assert.equal(parseTime("13:05 pm"), "13:05 pm");
});
