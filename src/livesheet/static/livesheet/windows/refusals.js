/**
 * Counts the refused values in rows on other pages of a large sheet, and leads the user to them.
 * What was typed is kept with its mark, and is shown beside the cell again when its row is loaded.
 */

import { count, fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Mark, Pk} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */

const NAME = "elsewhere";

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function refusals(sheet) {
  const shown = new Refusals(sheet);
  const look = () => shown.look();
  return { arranged: look, requested: look, frame: look, close: () => shown.close() };
}

class Refusals {
  /** @param {SheetSurface} sheet */
  constructor(sheet) {
    this.sheet = sheet;
    /** The number that the user was told last. */
    this.told = 0;
    this.isDue = false;
    this.isClosed = false;
  }

  close() {
    this.isClosed = true;
  }

  /** Searches for refused values once per frame, because one frame may refuse thousands. */
  look() {
    if (this.isDue) return;
    this.isDue = true;
    queueMicrotask(() => {
      this.isDue = false;
      if (!this.isClosed) this.#tell();
    });
  }

  #tell() {
    const { stage, store, texts } = this.sheet;
    const n = elsewhere(store).length;
    if (n === this.told) return;
    const isMore = n > this.told;
    this.told = n;
    const isShown = stage.notices.shows(NAME);
    if (!n) stage.notices.hide(NAME);
    else if (isMore || isShown) {
      const show = { text: texts.showNext, run: () => this.#go() };
      stage.notices.show(count(texts, "refusedElsewhere", n), { name: NAME, actions: [show] });
    }
  }

  /** Goes to the first one. As soon as its row is loaded, it is no longer counted. */
  async #go() {
    const { sheet } = this;
    const { stage, store, texts } = sheet;
    const [first] = elsewhere(store);
    if (!first) return;
    const { pk, column, mark } = first;
    this.told = 0; // tells the user again if some are left
    if (await store.order.reach(pk)) stage.select(pk, column);
    else if (sheet.status !== "live") stage.notices.show(texts.noServer, { name: NAME });
    else if (store.order.isNarrowed)
      stage.notices.show(fill(texts.noSuchKey, { key: pk }), { name: NAME });
    else {
      store.marks.clear(pk, column);
      stage.tell("lost", { pk, row: "", cells: [{ column, value: mark.typed ?? null }] });
    }
    if (!stage.notices.shows(NAME)) this.look();
  }
}

/**
 * @param {Store} store
 * @returns {{pk: Pk, column: string, mark: Mark}[]}
 */
function elsewhere({ marks, order, drafts }) {
  if (!order.isPaged) return [];
  const here = new Set(order.entries());
  const far = [...marks.byPk].filter(([pk]) => !here.has(pk) && !drafts.has(pk));
  return far.flatMap(([pk, ofRow]) =>
    [...ofRow]
      .filter(([, { kind }]) => kind !== "changed")
      .map(([column, mark]) => ({ pk, column, mark })),
  );
}
