/**
 * Dispatches DOM events of the sheet's element that the page may need: that it is ready, and where
 * the user is. (Status, change, saved and rejected are dispatched where they happen.) Also applies
 * the page's own definitions of columns.
 */

import { onDefined } from "../definitions.js";

/** @import {Feature, SheetSurface} from "../features.js" */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function events({ stage, store, config }) {
  let isReady = false;
  let isWhole = false;
  const ready = () => {
    if (isReady || !isWhole || !stage.grid) return;
    isReady = true;
    stage.tell("ready", { sheet: config.sheet, rows: store.rows.size });
  };
  let last = "";
  return {
    caughtUp() {
      isWhole = true;
      ready();
    },
    gridMade: ready,
    select(pk, column, editing) {
      const place = JSON.stringify([pk, column, editing]);
      if (place === last) return;
      last = place;
      stage.tell("select", { pk, column, editing });
    },
  };
}

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function customs({ stage, config }) {
  const stop = onDefined((name) => {
    if (name === config.sheet && stage.grid) stage.rebuild();
  });
  return { close: stop };
}
