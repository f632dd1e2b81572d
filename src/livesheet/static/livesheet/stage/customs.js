/**
 * Brings what the page says of the columns into the sheet, whenever it says so.
 */

import { onDefined } from "../definitions.js";

/** @import {Feature, SheetSurface} from "../features.js" */

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
