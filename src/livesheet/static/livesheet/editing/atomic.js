/**
 * Whether one action can be saved as a whole: the server takes back what is in one frame, and no
 * more than that.
 */

import { fill } from "../texts.js";
import { pack } from "../wire/packing.js";

/** @import {NewRow} from "./adding.js" */
/** @import {Commit} from "../surfaces.js" */
/** @import {Outbox} from "../wire/outbox.js" */
/** @import {Store} from "../store/store.js" */

/**
 * @param {{store: Store, outbox: Outbox, texts: Record<string, string>}} sheet
 * @param {Commit[]} commits
 * @param {NewRow[]} fresh
 * @returns {string} why not; empty if it can
 */
export function whyNotWhole({ store, outbox, texts }, commits, fresh) {
  const { cells, rows, frame_bytes: bytes } = outbox.limits;
  const drafted = commits.filter(({ pk }) => store.drafts.has(pk));
  if (drafted.length || (fresh.length && commits.length)) return texts.wholeMixed;
  const isWhole = (/** @type {NewRow} */ { values }) =>
    store.columns.every(
      ({ name, required, readonly }) => !required || readonly || values[name] != null,
    );
  if (!fresh.every(isWhole)) return texts.wholeIncomplete;
  const n = commits.length || fresh.length;
  const limit = commits.length ? { most: cells, bytes } : { most: rows, bytes };
  const wire = commits.map(({ pk, column, value, base }) => [pk, column, value, base]);
  const items = commits.length ? wire : fresh.map(({ values }) => values);
  const { packs, tooBig } = pack(items, (item) => item, limit);
  if (packs.length <= 1 && !tooBig.length) return "";
  const text =
    n <= limit.most ? texts.wholeBytes : commits.length ? texts.wholeCells : texts.wholeRows;
  return fill(text, { n: n.toLocaleString(), most: limit.most.toLocaleString() });
}
