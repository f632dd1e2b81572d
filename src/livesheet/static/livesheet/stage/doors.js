/**
 * The way by keyboard into the cells and out of them.
 */

import { element } from "../elements.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk} from "../protocol.js" */

/**
 * Inside the cells, Tab moves from cell to cell. Therefore Esc moves the focus out, to a button
 * from which Tab goes on through the page and Enter leads back.
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function doors({ stage, texts, store }) {
  const entry = element("span", "ls-entry");
  const exit = element("button", "ls-button ls-exit", texts.leftCells);
  exit.type = "button";
  exit.tabIndex = -1;
  entry.tabIndex = 0;
  entry.setAttribute("role", "button");
  entry.setAttribute("aria-label", texts.toCells);
  stage.table.before(entry);
  stage.table.after(exit);
  /** @type {{pk: Pk | null, column: string | null}} the cell where the user was last */
  let last = { pk: null, column: null };
  const enter = () => {
    const { grid } = stage;
    const isThere = last.pk !== null && grid?.rowOf(last.pk) !== undefined;
    const pk = isThere ? last.pk : (grid?.first ?? null);
    if (!grid || pk === null) return;
    const column = store.column(last.column ?? "") ? last.column : null;
    grid.select(pk, column ?? grid.columns[0]?.name);
  };
  const leave = () => {
    const { grid } = stage;
    grid?.deselect();
    grid?.keys.unlisten();
    exit.focus();
  };
  entry.addEventListener("focus", enter);
  exit.addEventListener("click", enter);
  // Shift+Tab goes from here to the bar, because before the cells are our own entrance and, in
  // later versions of the grid, another one, which would lead straight back into the cells.
  exit.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    stage.bar.more.focus();
  });
  return {
    commands: [
      {
        name: "leave",
        text: () => texts.leaveCells,
        where: "none",
        group: "help",
        keys: ["escape"],
        isEnabled: ({ pk, heading }) => pk !== null || Boolean(heading),
        run: leave,
      },
    ],
    select(pk, column) {
      if (pk !== null) last = { pk, column };
    },
  };
}
