/**
 * What screen readers announce: the names of the grid and its fields, the selected cell, and the
 * results of the user's own edits.
 */

import { element } from "../elements.js";
import { headingLook, headingTotal } from "../grid/headings.js";
import { count, fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Column, Pk, Refusal} from "../protocol.js" */

/**
 * Names the grid and its input fields. If such a field has the focus instead of the cell, the
 * selected cell is announced.
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
    const text = pk === null ? "" : store.inWords(column, store.shown(pk, column.name));
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
