import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatDuration,
  lengthOf,
  parseDuration,
} from "../../../src/livesheet/static/livesheet/values/durations.js";

const english = { day: "day", days: "days" };
const german = { day: "Tag", days: "Tage" };

test("lengths of time as people write them", () => {
  for (const [typed, wire] of [
    ["1:30", "P0DT01H30M00S"],
    ["1:30:05", "P0DT01H30M05S"],
    ["90 min", "P0DT01H30M00S"],
    ["2d", "P2DT00H00M00S"],
    ["1h 30m", "P0DT01H30M00S"],
    ["1,5 h", "P0DT01H30M00S"],
    ["1.5h", "P0DT01H30M00S"],
    ["2 days, 1:30:00", "P2DT01H30M00S"],
    ["2 Tage 3 Stunden", "P2DT03H00M00S"],
    ["1 semaine", "P7DT00H00M00S"],
    ["-1:30", "-P0DT01H30M00S"],
    ["2 01:30:00", "P2DT01H30M00S"],
    ["0:00:00.5", "P0DT00H00M00.500000S"],
    ["PT90M", "P0DT01H30M00S"],
    ["P1D", "P1DT00H00M00S"],
    ["26:00", "P1DT02H00M00S"],
  ])
    assert.equal(parseDuration(typed, english), wire, typed);
});

test("what is no length of time stays", () => {
  for (const text of ["soon", "1:75", "3 apples", "90", "P", "PT", "2 apples, 1:30", ""])
    assert.equal(parseDuration(text, english), text);
});

test("shown in the user's words, and read again", () => {
  for (const [wire, words, text] of [
    ["P2DT01H30M00S", english, "2 days, 1:30:00"],
    ["P1DT00H00M00S", german, "1 Tag, 0:00:00"],
    ["-P1DT00H00M01.000005S", english, "-1 day, 0:00:01.000005"],
    ["P106751991DT04H00M54.775807S", german, "106751991 Tage, 4:00:54.775807"],
    ["P0DT00H00M00S", english, "0:00:00"],
  ]) {
    assert.equal(formatDuration(wire, words), text);
    assert.equal(parseDuration(text, words), wire);
  }
  assert.equal(formatDuration("weird", english), "weird");
});

test("sorted by length", () => {
  assert.ok(lengthOf("P0DT23H59M59S") < lengthOf("P1DT00H00M00S"));
  assert.ok(lengthOf("-P1DT00H00M00S") < lengthOf("P0DT00H00M00S"));
});
