/**
 * What a screen reader is told: names for the grid and for the fields that it types into, and,
 * where such a field has the focus and not the cell itself, the cell that was gone to.
 */

import { element } from "../elements.js";
import { fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Column, Pk} from "../protocol.js" */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function spoken({ stage, store, texts }) {
  const region = element("div", "ls-spoken");
  region.setAttribute("role", "status");
  stage.root.append(region);
  stage.root.setAttribute("role", "region");
  /** @type {{pk: Pk | null, column: string | null}} */
  let last = { pk: null, column: null };
  const name = () => store.hello?.title || texts.cells;
  const nameGrid = () => stage.grid?.voice.name(name());
  /** @param {Pk | null} pk @param {Column | undefined} column */
  const wordsAt = (pk, column) => {
    if (!column) return "";
    const text = pk === null ? "" : store.text(column, store.shown(pk, column.name));
    const about = (pk !== null && stage.grid?.cell(pk, column.name)?.title) || "";
    const row = pk === null ? 1 : (stage.grid?.rowOf(pk) ?? 0) + 1;
    const words = fill(texts.atCell, { column: column.title, row, text: text || texts.none });
    return [words, about].filter(Boolean).join(". ");
  };
  return {
    hello() {
      stage.root.setAttribute("aria-label", name());
      nameGrid();
    },
    gridMade() {
      nameGrid();
      stage.grid?.voice.nameFields(texts.cells);
    },
    select(pk, name) {
      const { grid } = stage;
      grid?.voice.mark(last.pk, last.column);
      grid?.voice.mark(pk, name);
      last = { pk, column: name };
      const column = store.column(name ?? "");
      grid?.voice.nameFields(column?.title ?? texts.cells);
      if (grid?.voice.isSilent(name)) region.textContent = wordsAt(pk, column);
    },
    close() {
      region.remove();
    },
  };
}
