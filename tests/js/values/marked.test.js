import assert from "node:assert/strict";
import { test } from "node:test";
import {
  kindOf,
  parseMarked,
  writeMarked,
} from "../../../src/livesheet/static/livesheet/values/marked.js";
import { column } from "../fakes.js";

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
