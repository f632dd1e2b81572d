import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Desk, until } from "../desk.js";
import { window } from "../page.js";

let desk;

afterEach(() => desk?.close());

/** Their keys begin where no other test's do. */
const many = (n) =>
  Array.from({ length: n }, (_, at) => [
    String(1_000 + at),
    `Row ${at}`,
    "3",
    "1.50",
    "piece",
    null,
  ]);
const large = (n = 1_000) => Desk.openLarge({ rows: many(n) });

const run = (name, target = { pks: [], pk: null, column: "name", columns: [], blocks: [] }) =>
  desk.sheet.commands.all.find((command) => command.name === name).run(target);

/** What it says is wrong, or "" where it went there. */
async function go(typed) {
  run("goToRow");
  const dialog = desk.find("dialog.ls-goto");
  dialog.querySelector("input").value = typed;
  dialog.querySelector("form").dispatchEvent(new window.Event("submit", { cancelable: true }));
  const problem = dialog.querySelector("[role=alert]");
  await until(() => !dialog.isConnected || problem.textContent, "an answer");
  if (dialog.isConnected) dialog.close();
  return problem.textContent;
}

const selected = () => {
  const [row, col] = desk.grid.hot.getSelectedLast() ?? [];
  return [desk.grid.records[row]?.$pk, desk.grid.columns[col]?.name];
};
const isAt = (pk, column) => () => {
  const [row, name] = selected();
  return row === pk && name === column && desk.store.rows.has(pk);
};

test("a row of a large sheet is gone to by its number, as it is written in any language", async () => {
  desk = await large();
  assert.equal(await go("851"), "");
  await until(isAt("1850", "name"));
  assert.equal(await go("1.000"), "");
  await until(isAt("1999", "name"));
});

test("a row is gone to by its key", async () => {
  desk = await large();
  assert.equal(await go("#1500"), "");
  await until(isAt("1500", "name"));
});

test("what is not there is said, and nothing moves", async () => {
  desk = await large();
  const { first } = desk.grid.sight.now();
  assert.equal(await go("1001"), "There is no row 1,001. The last one is 1,000.");
  assert.equal(await go("0"), "There is no row 0. The last one is 1,000.");
  assert.equal(await go("#7"), "There is no row with the key 7 among those that are shown.");
  assert.equal(desk.grid.sight.now().first, first);
});

test("the first and the last cell are those of all rows, not of the page", async () => {
  desk = await large();
  run("to-end");
  await until(isAt("1999", desk.grid.columns.at(-1).name));
  run("to-home");
  await until(isAt("1000", desk.grid.columns[0].name));
});

test("who wants another place before the first has come sees each row at its own", async () => {
  desk = await large(3_000);
  const { windows } = desk.sheet.features.find((one) => one.windows);
  const wrong = () =>
    windows.order.list.filter(
      (key, at) => desk.store.rows.has(key) && Number(key) !== 1_000 + windows.order.from + at,
    );
  windows.glass.whenFree = (run) => run();
  const late = [];
  desk.say = (frame) => late.push(frame);
  const hear = async (n) => {
    for (const frame of late.splice(0, n)) {
      desk.line.receive(frame);
      await new Promise((resolve) => setTimeout(resolve));
      assert.deepEqual(wrong(), []);
    }
  };
  windows.goTo(2_500);
  while (late.length) await hear(1);
  for (const place of [1_300, 300, 2_900, 1_450, 30, 2_020]) {
    windows.goTo(place);
    await hear(1);
  }
  while (late.length) await hear(1);
  await until(() => desk.grid.sight.now().key === "3020", "the last one that was wanted");
  assert.deepEqual(wrong(), []);
});

test("below the last row of a page no new row is begun: the next page comes there", async () => {
  desk = await large();
  run("to-end");
  await until(isAt("1999", desk.grid.columns.at(-1).name));
  const { order, drafts } = desk.store;
  const press = () => {
    const event = new window.KeyboardEvent("keydown", { key: "ArrowDown" });
    desk.grid.gestures.entering.key(event);
    return drafts.count;
  };
  const { known } = order;
  order.learn({ ...known, count: 5_000 });
  assert.equal(press(), 0);
  order.learn({ ...known, exact: false });
  assert.equal(press(), 0, "there may be more");
  order.learn(known);
  assert.equal(press(), 1, "below the last of all it is");
});

test("a sheet that is loaded whole has the same, without the server", async () => {
  desk = await Desk.open({ rows: many(30) });
  assert.equal(await go("20"), "");
  assert.equal(selected()[0], "1019");
  assert.equal(await go("#1003"), "");
  assert.equal(selected()[0], "1003");
  assert.equal(await go("31"), "There is no row 31. The last one is 30.");
  const end = desk.sheet.commands.all.find(({ name }) => name === "to-end");
  assert.equal(end.isOffered(), false, "the grid's own does");
});
