/**
 * Fills the selected blocks of cells with the values of their first row or column.
 */

import { known, write } from "./editing.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Column} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Target} from "../surfaces.js" */
/** @import {Cell} from "./editing.js" */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function fills(sheet) {
  const { store } = sheet;
  return {
    runs: {
      fillDown: (target) => target && write(sheet, filledDown(store, target)),
      fillRight: (target) => target && write(sheet, filledRight(store, target)),
    },
  };
}

/**
 * Copies the first row of each block into its other rows.
 * @param {Store} store
 * @param {Target} target
 * @returns {Cell[]}
 */
function filledDown(store, { blocks }) {
  return blocks.flatMap(({ pks: [first, ...others], columns }) =>
    known(store, columns).flatMap((column) => {
      const value = store.shown(first, column.name);
      return others.map((pk) => ({ pk, column, value }));
    }),
  );
}

/**
 * Copies the first column of each block into its other columns.
 * @param {Store} store
 * @param {Target} target
 * @returns {Cell[]}
 */
function filledRight(store, { blocks }) {
  return blocks.flatMap(({ pks, columns }) => {
    const [first, ...others] = known(store, columns);
    return pks.flatMap((pk) => {
      const value = store.shown(pk, first.name);
      const text = store.text(first, value);
      const isSame = (/** @type {Column} */ { type, related, choices }) =>
        type === first.type && !related && !choices;
      return others.map((column) => ({
        pk,
        column,
        value: isSame(column) ? value : store.parse(column, text),
      }));
    });
  });
}
