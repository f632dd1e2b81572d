/**
 * If somebody else removes the row that the user is in, says who did it, and offers to copy what
 * was typed there, so that it is not lost.
 */

import { element } from "../elements.js";
import { fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk, Value, Who} from "../protocol.js" */

/** @typedef {{pk: Pk, row?: string, who?: Who, cells: {column: string, value: Value}[]}} Lost */

/** @typedef {{pk: Pk, column: string | null, row: string}} Place */

const GONE_MS = 10_000;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function lost(sheet) {
  const loss = new Loss(sheet);
  return {
    select: (pk, column) => loss.select(pk, column),
    frame(frame) {
      if (frame.type === "change") for (const pk of frame.gone) loss.gone(pk, frame.by[pk]);
    },
    close: () => loss.close(),
  };
}

class Loss {
  /** @param {SheetSurface} sheet */
  constructor({ store, stage, presence, texts }) {
    this.store = store;
    this.stage = stage;
    this.presence = presence;
    this.texts = texts;
    /** @type {Place | null} the cell where the user is */
    this.place = null;
    /** @type {Place | null} the cell where the user was when its row was removed; a neighbour has
     * been selected since */
    this.former = null;
    /** @type {Map<Pk, {row: string, who: Who | undefined}>} the removed rows that the user has been
     * told about */
    this.told = new Map();
    this.listeners = new AbortController();
    stage.host.addEventListener(
      "livesheet:lost",
      (event) => this.offer(/** @type {CustomEvent<Lost>} */ (event).detail),
      { signal: this.listeners.signal },
    );
  }

  /** @param {Pk | null} pk @param {string | null} column */
  select(pk, column) {
    const { rows } = this.store;
    if (pk !== null && !rows.has(pk)) return;
    if (this.place && !rows.has(this.place.pk)) this.former = this.place;
    this.place = pk === null ? null : { pk, column, row: this.store.rowName(pk) };
  }

  /** @param {Pk} pk @param {Who | undefined} who */
  gone(pk, who) {
    const left = [this.place, this.former].find((place) => place?.pk === pk);
    if (!left) return;
    this.told.set(pk, { row: left.row, who });
    const { grid } = this.stage;
    const typed = left === this.place && grid?.isChanged ? grid.typed : null;
    if (typed !== null && left.column !== null)
      this.offer({ pk, row: left.row, who, cells: [{ column: left.column, value: typed }] });
    else if (who === undefined || who !== this.store.hello?.me.id) this.#say(left, who);
  }

  /** @param {Place} left @param {Who | undefined} who */
  #say({ pk, row }, who) {
    const { presence, texts } = this;
    const { notices } = this.stage;
    const name = `row ${pk}`;
    if (notices.shows(name)) return;
    const by = who === undefined ? "" : presence.nameOf(who);
    const words = { who: by, row: row || pk };
    notices.show(fill(by ? texts.rowGoneBy : texts.rowGoneHere, words), { name, ms: GONE_MS });
  }

  /** Shows what was typed, so that it can be copied. @param {Lost} detail */
  offer({ pk, row, who, cells }) {
    const { presence, texts } = this;
    const { notices } = this.stage;
    const known = this.told.get(pk);
    const by = presence.nameOf(who ?? known?.who ?? "");
    const words = { who: by, row: row || known?.row || pk };
    const typed = this.#asText(cells);
    const more = element("output", "ls-typed", typed);
    notices.show(fill(by ? texts.typedLostBy : texts.typedLost, words), {
      name: `row ${pk}`,
      more,
      actions: [
        { text: texts.copyTyped, run: () => copy(typed, more, texts, notices), stays: true },
      ],
    });
  }

  /** @param {Lost["cells"]} cells */
  #asText(cells) {
    const lines = cells.map(({ column, value }) => {
      const one = this.store.column(column);
      return {
        title: one?.title ?? column,
        text: one ? this.store.inWords(one, value) : `${value}`,
      };
    });
    const alone = lines.length === 1;
    return lines.map(({ title, text }) => (alone ? text : `${title}\t${text}`)).join("\n");
  }

  close() {
    this.listeners.abort();
  }
}

/**
 * If the browser denies access to the clipboard, selects the text, so that the user can press
 * Ctrl+C.
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
