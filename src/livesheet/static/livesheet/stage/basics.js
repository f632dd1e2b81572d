/**
 * The commands that every sheet has: undo, redo, add and delete rows.
 */

import { fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk} from "../protocol.js" */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function basics({ store, outgoing, texts }) {
  const areDrafts = (/** @type {Pk[]} */ pks) => pks.every((pk) => store.drafts.has(pk));
  const mayChange = () => store.can.change;
  return {
    commands: [
      {
        name: "undo",
        text: () => texts.undo,
        where: "both",
        group: "undo",
        keys: ["mod+z"],
        isOffered: mayChange,
        run: () => outgoing.undo(),
      },
      {
        name: "redo",
        text: () => texts.redo,
        where: "both",
        group: "undo",
        keys: ["mod+shift+z", "mod+y"],
        isOffered: mayChange,
        run: () => outgoing.redo(),
      },
      {
        name: "add",
        text: () => texts.addRow,
        where: "context",
        group: "rows",
        isOffered: () => store.can.add,
        run: () => outgoing.addRow(),
      },
      {
        name: "delete",
        text: ({ pks }) => {
          if (pks.length > 1) return fill(texts.deleteRows, { n: pks.length });
          return areDrafts(pks) ? texts.discardRow : texts.deleteRow;
        },
        where: "context",
        group: "rows",
        keys: ["mod+alt+-"],
        isOffered: () => store.can.add || store.can.delete,
        isEnabled: ({ pks }) => store.can.delete || areDrafts(pks),
        run: ({ pks }) => outgoing.delete(pks),
      },
    ],
  };
}
