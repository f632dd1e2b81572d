/**
 * What a screen reader is told: names for the grid and for the fields that it types into, and,
 * where such a field has the focus and not the cell itself, the cell that was gone to.
 */

import { element } from "../elements.js";
import { cellRole, gridRole, isMute, menuRole } from "../grid/roles.js";
import { fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk} from "../protocol.js" */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function spoken({ stage, store, texts }) {
  const region = element("div", "ls-spoken");
  region.setAttribute("role", "status");
  stage.root.append(region);
  /** @type {{pk: Pk | null, column: string | null}} */
  let last = { pk: null, column: null };
  const name = () => store.hello?.title || texts.cells;
  const nameGrid = () => {
    if (stage.grid) gridRole(stage.grid, name());
  };
  stage.root.setAttribute("role", "region");
  const opened = () => {
    const menu = stage.grid?.hot.getPlugin("contextMenu")?.menu?.container;
    if (menu) menuRole(menu);
  };
  /** @param {string} name */
  const nameFields = (name) => {
    const fields = stage.root.querySelectorAll(
      ".handsontable :is(textarea, input:not([type=date]))",
    );
    for (const field of [...fields, document.getElementById("HandsontableCopyPaste")])
      field?.setAttribute("aria-label", name);
  };
  /** @param {{pk: Pk | null, column: string | null}} place */
  const mark = ({ pk, column }) => {
    const { grid } = stage;
    const row = pk === null ? undefined : grid?.places.get(pk);
    const cell = grid && pk !== null && column !== null ? grid.cell(pk, column) : null;
    const col = grid?.columns.findIndex(({ name }) => name === column) ?? -1;
    if (grid && cell && row !== undefined) cellRole(grid.hot, cell, row, col);
  };
  return {
    hello: () => stage.root.setAttribute("aria-label", name()),
    gridMade() {
      nameGrid();
      stage.grid?.hot.addHook("afterContextMenuShow", opened);
      // Later versions write some of it anew whenever they draw.
      stage.grid?.hot.addHook("afterRender", nameGrid);
      nameFields(texts.cells);
    },
    arranged: nameGrid,
    select(pk, name) {
      const former = last;
      last = { pk, column: name };
      mark(former);
      mark(last);
      const column = store.column(name ?? "");
      nameFields(column?.title ?? texts.cells);
      if (!stage.grid || !(isMute(stage.grid.hot) || stage.grid.isTypedInto(column))) return;
      const text = column && pk !== null ? store.text(column, store.shown(pk, column.name)) : "";
      const about = (column && pk !== null && stage.grid.cell(pk, column.name)?.title) || "";
      const row = pk === null ? 1 : (stage.grid.places.get(pk) ?? 0) + 1;
      const words = fill(texts.atCell, {
        column: column?.title ?? "",
        row,
        text: text || texts.none,
      });
      region.textContent = column ? [words, about].filter(Boolean).join(". ") : "";
    },
    close() {
      region.remove();
    },
  };
}
