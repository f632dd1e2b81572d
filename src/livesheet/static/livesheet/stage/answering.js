/**
 * Announces the results of the user's own edits to screen readers, and leads by keyboard from a
 * cell into the note or message about it.
 */

import { count, fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk, Refusal} from "../protocol.js" */

/**
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
