import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { COLOURS, colourOf } from "../../../src/livesheet/static/livesheet/values/colours.js";
import { column } from "../fakes.js";

const CSS = readFileSync("src/livesheet/static/livesheet/grid/cells.css", "utf8");

/** As WCAG has it. */
function luminance(hex) {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test("what is written on a colour can be read, in light and in dark", () => {
  const rules = CSS.matchAll(/\.ls-colour-(\w+) \{([^}]*)\}/g);
  const found = [...rules].map(([, name, body]) => [name, body.match(/#[0-9a-f]{6}/g)]);
  assert.deepEqual(
    found.map(([name]) => name),
    COLOURS,
  );
  for (const [name, [light, dark, onLight, onDark]] of found) {
    assert.ok(contrast(light, onLight) >= 4.5, `${name} in light: ${contrast(light, onLight)}`);
    assert.ok(contrast(dark, onDark) >= 4.5, `${name} in dark: ${contrast(dark, onDark)}`);
  }
});

test("a colour is steady: declared, else by its key, whatever its label", () => {
  const colours = { open: "green", late: "purple", 3: "grey" };
  const status = column("status", "choice", { options: { colours } });
  assert.equal(colourOf(status, "open"), "green");
  assert.equal(colourOf(status, 3), "grey");
  assert.equal(colourOf(status, "late"), colourOf(column("other", "choice"), "late"));
  assert.equal(colourOf(status, "toString"), colourOf(column("other", "choice"), "toString"));
  assert.equal(colourOf(status, ""), "");
  assert.equal(colourOf(status, null), "");
});

test("neighbouring keys get different colours", () => {
  const keys = Array.from({ length: 9 }, (_, key) => String(key + 1));
  const found = new Set(keys.map((key) => colourOf(column("a", "related"), key)));
  assert.equal(found.size, 9);
});
