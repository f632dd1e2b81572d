/**
 * What a new row still needs before it can be saved, while one is selected.
 */

import { element } from "../elements.js";
import { Slip, slipButton } from "../stage/slip.js";
import { fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk} from "../protocol.js" */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function needed({ store, outgoing, stage, texts }) {
  const slip = new Slip(stage, "needed");
  /** @type {Pk | null} */
  let selected = null;
  let column = "";

  const show = () => {
    const pk = selected;
    const isDraft = pk !== null && store.drafts.has(pk) && !outgoing.outbox.pendingRow(pk);
    if (!isDraft || pk === null) {
      slip.hide();
      return;
    }
    const missing = store.drafts.missing(pk, store.columns);
    const columns = missing.map(({ name, title }) =>
      slipButton(title, () => stage.select(pk, name), { className: "ls-button ls-needed-column" }),
    );
    const text = missing.length ? texts.stillNeeded : texts.newRowAny;
    slip.show(
      element("p", "ls-slip-text", fill(text, { n: missing.length })),
      ...columns,
      slipButton(texts.discardRow, () => outgoing.delete([pk])),
    );
    slip.avoid(() => stage.grid?.cell(pk, column) ?? null);
  };

  return {
    select(pk, name) {
      selected = pk;
      column = name ?? "";
      show();
    },
    arranged: show,
    frame: ({ type }) => {
      if (type === "reply") show();
    },
    close: () => slip.hide(),
  };
}
