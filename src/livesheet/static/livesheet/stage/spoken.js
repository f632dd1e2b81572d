/**
 * For screen readers: names the grid and its input fields. If such a field has the focus instead of
 * the cell, the selected cell is announced.
 */

import { element } from "../elements.js";
import { headingLook, headingTotal } from "../grid/headings.js";
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
    const row = pk === null ? 1 : (stage.grid?.numberOf(stage.grid.rowOf(pk) ?? 0) ?? 1);
    const words = fill(texts.atCell, { column: column.title, row, text: text || texts.none });
    return [words, about].filter(Boolean).join(". ");
  };
  /** @param {string} heading @param {Column | undefined} column */
  const wordsOf = (heading, column) => {
    const { title, isOpen } = headingLook(store, texts, heading);
    const total = column ? headingTotal(store, texts, heading, column) : { name: "", text: "" };
    const parts = [title, texts[isOpen ? "groupOpen" : "groupClosed"]];
    if (column && total.text) parts.push(`${column.title}: ${total.name} ${total.text}`);
    return parts.join(". ");
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
    select(row, name, _editing, heading) {
      const { grid } = stage;
      const pk = row ?? heading;
      grid?.voice.mark(last.pk, last.column);
      grid?.voice.mark(pk, name);
      last = { pk, column: name };
      const column = store.column(name ?? "");
      grid?.voice.nameFields(column?.title ?? texts.cells);
      if (heading) region.textContent = wordsOf(heading, column);
      else if (grid?.voice.isSilent(name)) region.textContent = wordsAt(pk, column);
    },
    close() {
      region.remove();
    },
  };
}
