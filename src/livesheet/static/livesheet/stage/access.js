/**
 * The way by keyboard: into the cells and out of them, and from a cell to the note or message about
 * it. The results of the user's own edits are announced to screen readers.
 */

import { element } from "../elements.js";
import { count, fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk, Refusal} from "../protocol.js" */

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

/**
 * Announces the results of the user's own edits, and leads from a cell into the note or message
 * about it.
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function answering({ store, stage, texts }) {
  const { notices, remarks } = stage;
  const listeners = new AbortController();
  /** @type {string[]} */
  let refused = [];
  /** @type {{pk: Pk, column: string} | null} */
  let place = null;

  const collect = (/** @type {Event} */ event) => {
    const { pk, column, code } = /** @type {CustomEvent<Refusal>} */ (event).detail;
    const mark = typeof pk === "string" && column ? store.marks.get(pk, column) : null;
    const where = column ? `${store.column(column)?.title}: ` : "";
    if (mark) refused.push(`${where}${mark.message} ${fill(texts.answerWith, {})}`);
    else if (code !== "not_found") refused.push(texts.refused);
  };
  stage.host.addEventListener("livesheet:rejected", collect, { signal: listeners.signal });

  function say() {
    const some = refused;
    refused = [];
    if (some.length === 1) notices.announce(some[0]);
    else if (some.length) notices.announce(count(texts, "manyRefused", some.length));
  }

  notices.onLeave = () => {
    if (place) stage.select(place.pk, place.column);
  };
  return {
    commands: [
      {
        name: "answer",
        text: () => texts.answer,
        where: "none",
        group: "cell",
        keys: ["f6", "alt+enter"],
        isEnabled: () => remarks.note.isShown || notices.hasAny,
        run: () => {
          if (remarks.note.isShown) remarks.note.enter();
          else notices.enter();
        },
      },
    ],
    frame: say,
    select(pk, column) {
      if (pk !== null && column !== null) place = { pk, column };
    },
    close: () => listeners.abort(),
  };
}
