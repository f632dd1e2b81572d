/** Goes to a row: by its number in the current order, by its key, or to either end. */

import { element } from "../elements.js";
import { prompt } from "../prompt.js";
import { fill } from "../texts.js";
import { FAR } from "./scrollbar.js";

/** @import {SheetSurface} from "../features.js" */
/** @import {Pk} from "../protocol.js" */
/** @import {Command, Target} from "../surfaces.js" */
/** @import {Windows} from "./windows.js" */

/** With any separator of thousands. */
const NUMBER = /^\d[\d\s.,'’]*$/;
const KEY_SIGN = "#";

/**
 * @param {SheetSurface} sheet
 * @param {() => Windows | null} windows  null if all rows are loaded
 * @returns {Command[]}
 */
export function going(sheet, windows) {
  const { texts } = sheet;
  const end = (/** @type {string} */ key, /** @type {number} */ place) => ({
    name: `to-${key}`,
    text: () => texts.keySheetEnds,
    where: /** @type {const} */ ("none"),
    group: "view",
    keys: [`mod+${key}`],
    isOffered: () => windows() !== null,
    run: () => toEnd(sheet, windows(), place),
  });
  return [
    {
      name: "goToRow",
      text: () => texts.goToRow,
      where: "menu",
      group: "view",
      keys: ["mod+g"],
      isOffered: () => Boolean(sheet.stage.grid),
      run: (target) => ask(sheet, (typed) => find(sheet, windows(), typed), target),
    },
    end("home", 0),
    end("end", FAR),
  ];
}

/**
 * Goes to the first or last cell of the whole sheet. The grid knows only those of its page.
 * @param {SheetSurface} sheet
 * @param {Windows | null} windows
 * @param {number} place
 */
async function toEnd({ stage, store }, windows, place) {
  if (!windows || !(await windows.goTo(place, true))) return;
  const at = place ? -1 : 0;
  const [key, column] = [store.order.entries().at(at), store.shownColumns.at(at)];
  if (key !== undefined) stage.select(key, column?.name);
}

/**
 * @typedef {{key: () => string | undefined} | {problem: string}} Found  the row that is in sight
 *   now. Until it is loaded, a placeholder with another key represents it
 */

/**
 * @param {SheetSurface} sheet
 * @param {(typed: string) => Promise<Found>} find
 * @param {Target} target  where the user is
 */
function ask({ stage, texts }, find, { pk, column }) {
  const label = element("label", "ls-goto-label", texts.rowNumberOrKey);
  const field = element("input", "ls-field");
  field.required = true;
  field.autocomplete = "off";
  label.append(field);
  let key = () => /** @type {string | undefined} */ (pk ?? undefined);
  let isFound = false;
  const go = async (/** @type {string} */ typed) => {
    const found = await find(typed.trim());
    if ("problem" in found) return found.problem;
    key = found.key;
    isFound = true;
    return "";
  };
  stage.grid?.finish();
  stage.grid?.keys.unlisten();
  const className = "ls-goto ls-keeps-selection";
  const asked = { title: texts.goToRow, go: texts.go, className, field, rows: [label] };
  const dialog = prompt(stage.root, texts, { ...asked, onTyped: go });
  dialog.addEventListener("close", () => {
    // The cell gets the focus once the dialog is closed.
    const wanted = key();
    if (!isFound && stage.grid?.hasSelection) stage.grid.keys.take();
    else if (wanted !== undefined) stage.select(wanted, column ?? undefined);
  });
}

/**
 * @param {SheetSurface} sheet
 * @param {Windows | null} windows
 * @param {string} typed
 * @returns {Promise<Found>}
 */
async function find(sheet, windows, typed) {
  const { texts } = sheet;
  const place = NUMBER.test(typed) ? Number(typed.replace(/\D/g, "")) : null;
  const wanted = typed.startsWith(KEY_SIGN) ? typed.slice(1).trim() : typed;
  const key = await (place === null
    ? byKey(sheet, windows, wanted)
    : byPlace(sheet, windows, place));
  if (key) return { key };
  if (windows && sheet.status !== "live") return { problem: texts.noServer };
  if (place === null) return { problem: fill(texts.noSuchKey, { key: wanted }) };
  const n = windows ? windows.count : sheet.store.order.settle().length;
  return { problem: fill(texts.noSuchRow, { place, n }) };
}

/**
 * @param {SheetSurface} sheet
 * @param {Windows | null} windows
 * @param {Pk} key
 * @returns {Promise<(() => Pk) | null>}
 */
async function byKey({ store }, windows, key) {
  const isThere = windows ? await windows.goToKey(key) : store.order.settle().includes(key);
  return isThere ? () => key : null;
}

/**
 * @param {SheetSurface} sheet
 * @param {Windows | null} windows
 * @param {number} place  from 1
 * @returns {Promise<(() => string | undefined) | null>} null if there is no such row
 */
async function byPlace({ store }, windows, place) {
  const { order } = store;
  if (place < 1) return null;
  if (!windows) {
    const key = order.settle()[place - 1];
    return key === undefined ? null : () => key;
  }
  if (windows.isExact && place > windows.count) return null;
  if (!(await windows.goTo(place - 1, true))) return null;
  return () => windows.order.list[windows.order.rowAt(place - 1)];
}
