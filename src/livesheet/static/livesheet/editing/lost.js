/**
 * The row that one is in is taken away by somebody else: who did it, and what was typed is offered,
 * so that nothing is lost with the row.
 */

import { element } from "../elements.js";
import { fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk, Value, Who} from "../protocol.js" */

/** @typedef {{pk: Pk, row?: string, who?: Who, cells: {column: string, value: Value}[]}} Lost */

const GONE_MS = 10_000;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function lost({ store, stage, presence, texts }) {
  const { notices } = stage;
  const listeners = new AbortController();
  /** @type {{pk: Pk, column: string | null, row: string, editing: boolean} | null} */
  let place = null;
  /** @type {Map<Pk, {row: string, who: Who | undefined}>} those that were told of */
  const gone = new Map();

  /** @param {Lost} detail */
  function offer({ pk, row, who, cells }) {
    const known = gone.get(pk);
    const name = row || known?.row || pk;
    const by = presence.nameOf(who ?? known?.who ?? "");
    const lines = cells.map(({ column, value }) => {
      const one = store.column(column);
      return { title: one?.title ?? column, text: one ? store.text(one, value) : String(value) };
    });
    const alone = lines.length === 1;
    const typed = lines.map(({ title, text }) => (alone ? text : `${title}\t${text}`)).join("\n");
    const more = element("output", "ls-typed", typed);
    notices.show(fill(by ? texts.typedLostBy : texts.typedLost, { who: by, row: name }), {
      name: `row ${pk}`,
      more,
      actions: [
        { text: texts.copyTyped, run: () => copy(typed, more, texts, notices), stays: true },
      ],
    });
  }

  /** @param {Pk} pk @param {Who | undefined} who */
  function told(pk, who) {
    if (place?.pk !== pk) return;
    gone.set(pk, { row: place.row, who });
    const typed = stage.grid?.typed ?? null;
    if (typed !== null && place.column !== null) {
      offer({ pk, row: place.row, who, cells: [{ column: place.column, value: typed }] });
      return;
    }
    if (who !== undefined && who === store.hello?.me.id) return;
    const by = who === undefined ? "" : presence.nameOf(who);
    const words = { who: by, row: place.row || pk };
    const isSaid = [...notices.box.querySelectorAll("section")].some(
      (card) => card.dataset.name === `row ${pk}`,
    );
    if (isSaid) return;
    notices.show(fill(by ? texts.rowGoneBy : texts.rowGoneHere, words), {
      name: `row ${pk}`,
      ms: GONE_MS,
    });
  }

  stage.host.addEventListener(
    "livesheet:lost",
    (event) => offer(/** @type {CustomEvent<Lost>} */ (event).detail),
    { signal: listeners.signal },
  );
  return {
    select(pk, column, editing) {
      if (pk === null || store.rows.has(pk))
        place = pk === null ? null : { pk, column, row: store.rowName(pk), editing };
    },
    frame(frame) {
      if (frame.type === "change") for (const pk of frame.gone) told(pk, frame.by[pk]);
    },
    close: () => listeners.abort(),
  };
}

/**
 * Where the browser keeps the clipboard from pages, the text is marked, for the user's own Ctrl+C.
 * @param {string} text
 * @param {HTMLElement} shown
 * @param {Record<string, string>} texts
 * @param {{announce: (text: string) => void}} voice
 */
async function copy(text, shown, texts, voice) {
  try {
    await navigator.clipboard.writeText(text);
    voice.announce(texts.copied);
    shown.classList.add("ls-copied");
  } catch {
    getSelection()?.selectAllChildren(shown);
  }
}
