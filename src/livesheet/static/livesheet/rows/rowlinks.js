/**
 * A link to a row or to one of its cells. It is in the fragment of the address, which browsers do
 * not send to any server. When it is opened, it selects the row or says why it cannot.
 */

import { copyLink } from "../prompt.js";
import { fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk} from "../protocol.js" */
/** @import {Target} from "../surfaces.js" */

/** @typedef {{pk: Pk, column: string | null}} Spot */

const NAME = "livesheet-row=";
const SAID_MS = 5_000;

/**
 * @param {string} sheet  its name
 * @param {Spot} spot
 * @param {string} address  of the page
 * @returns {string}
 */
export function linkToRow(sheet, { pk, column }, address) {
  const url = new URL(address);
  const parts = column === null ? [sheet, pk] : [sheet, pk, column];
  url.hash = NAME + parts.map(encodeURIComponent).join(":");
  return url.href;
}

/**
 * The fragment is not trusted: it can name a row, and nothing else.
 * @param {string} hash  of the page's address
 * @param {string} sheet
 * @returns {Spot | null} null where it speaks of no row of this sheet
 */
export function readRowLink(hash, sheet) {
  const text = hash.replace(/^#/, "");
  if (!text.startsWith(NAME)) return null;
  try {
    const [name, pk = "", column = null] = text
      .slice(NAME.length)
      .split(":")
      .map(decodeURIComponent);
    return name === sheet && pk ? { pk, column } : null;
  } catch {
    return null;
  }
}

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function rowLinks(sheet) {
  const links = new RowLinks(sheet);
  return {
    runs: {
      copyCellLink: (target) => target && links.copy(target, true),
      copyRowLink: (target) => target && links.copy(target, false),
    },
    gridMade: () => void links.follow(),
    caughtUp: () => links.caughtUp(),
    close: () => links.close(),
  };
}

class RowLinks {
  /** @param {SheetSurface} sheet */
  constructor(sheet) {
    this.sheet = sheet;
    this.listeners = new AbortController();
    /** The link that was last followed. */
    this.followed = "";
    this.isWhole = false;
    const { signal } = this.listeners;
    window.addEventListener("hashchange", () => this.follow(), { signal });
  }

  get #name() {
    return this.sheet.store.hello?.sheet ?? "";
  }

  caughtUp() {
    this.isWhole = true;
    this.follow();
  }

  async follow() {
    const { stage } = this.sheet;
    const spot = readRowLink(location.hash, this.#name);
    if (!spot || !this.isWhole || !stage.grid || this.followed === location.hash) return;
    this.followed = location.hash;
    // Answers come in order, so the user's view, which may have filters, is already known.
    await this.sheet.ask("addresses", { pk: spot.pk }).catch(() => null);
    if (!this.listeners.signal.aborted) this.#go(spot);
  }

  /** @param {Spot} spot */
  async #go({ pk, column }) {
    const { store, stage, texts } = this.sheet;
    const isFound = await store.order.reach(pk);
    if (this.listeners.signal.aborted) return;
    const say = (/** @type {string} */ text, actions = this.#openIt(pk)) =>
      stage.notices.show(text, { name: "link", actions });
    if (!isFound && !store.rows.has(pk)) say(texts.linkGone, []);
    else if (!isFound) say(fill(texts.linkHidden, { row: store.rowName(pk) || pk }));
    else stage.select(pk, store.shownColumns.find(({ name }) => name === column)?.name);
  }

  /** Shows the row even if the filters hide it. @param {Pk} pk */
  #openIt(pk) {
    const { commands, store, texts } = this.sheet;
    const open = commands.all.find(({ name }) => name === "openRow");
    const column = store.columns[0]?.name ?? null;
    const target = { pks: [pk], pk, column, columns: [], blocks: [] };
    return open ? [{ text: texts.openRow, run: () => open.run(target) }] : [];
  }

  /** @param {Target} target @param {boolean} isCell */
  copy({ pk, column, say: answer }, isCell) {
    const { stage, texts } = this.sheet;
    if (pk === null) return;
    const spot = { pk, column: isCell ? column : null };
    const link = linkToRow(this.#name, spot, location.href);
    const say = (/** @type {string} */ words) =>
      answer ? answer(words) : stage.notices.show(words, { name: "link", ms: SAID_MS });
    copyLink(stage.root, link, texts, say);
  }

  close() {
    this.listeners.abort();
  }
}
