/**
 * Puts another page of the order in place of the current one. Rows that are to stay where they are
 * remain at the same pixel.
 */

/** @import {ErrorFrame, PageFrame, PartFrame, Pk} from "../protocol.js" */
/** @import {Sighted, Topmost} from "../grid/surface.js" */
/** @import {Rows} from "../store/rows.js" */
/** @import {Store} from "../store/store.js" */
/** @import {PageOrder} from "./pageorder.js" */

/**
 * @typedef {object} Glass  the view that shows the rows
 * @property {() => Sighted | null} sight  null if there is no grid yet
 * @property {(top: Topmost | null) => void} turned  another page is shown; top: the row that
 *   becomes the first in sight, or null if nothing moves
 * @property {(keys: Map<string, Pk>) => void} arrived  rows, by the placeholders that they replace
 * @property {() => void} arranged  rows are gone, or the counts have changed
 * @property {(run: () => void) => void} whenFree  once nobody types, drags or touches
 * @property {() => boolean} isFree
 * @property {(error: ErrorFrame | null) => void} failed  null: what failed was answered after all
 *
 * @typedef {{key: string, place: number, above: number, shift: number}} Held  a heading that stays
 *   where it is, and the number of rows in sight above it
 * @typedef {{ref: string, place: number | null, near: Pk | null, isKept: boolean, isFirst?:
 *   boolean, held?: Held | null, settle: (isFound: boolean) => void}} Entry  a requested page.
 *   isKept: the rows in sight stay where they are. isFirst: the order has been requested with it.
 *   held: it stays where it is in sight
 */

/**
 * @param {PageOrder} order
 * @param {Rows} rows
 * @param {Sighted | null} sight
 * @returns {Pk | null} the first loaded row in sight
 */
export function firstLoaded(order, rows, sight) {
  const key = order.list.slice(sight?.first ?? 0).find((one) => rows.has(one));
  return key ?? order.pks.findLast((one) => rows.has(one)) ?? null;
}

/**
 * @param {PageOrder} order
 * @param {Sighted | null} sight
 * @param {string | null} heading
 * @returns {Held | null}
 */
export function heldOf(order, sight, heading) {
  const at = order.list.indexOf(heading ?? "");
  if (!sight || heading === null || at < 0) return null;
  const place = order.placeAt(at);
  return { key: heading, place, above: at - sight.first, shift: sight.shift };
}

/**
 * @param {PageOrder} order
 * @param {Store} store
 * @param {object} coming
 * @param {PageFrame} coming.page
 * @param {Pick<PartFrame, "from" | "keys">} coming.part  its first rows
 * @param {{isKept: boolean, isFirst?: boolean, held?: Held | null}} coming.entry  how it was requested
 * @param {{sight: Sighted | null, place: number}} former  what is in sight of the current page, and
 *   the place of the first row in sight
 * @returns {Topmost}
 */
export function turn(order, store, { page, part, entry }, { sight, place }) {
  if (entry.isFirst) order.regroup(page, part.from);
  removeStale(order, store);
  order.turn(page);
  order.fill(part.from, part.keys, (pk) => store.rows.has(pk));
  return topmost(order, entry, part, sight, place);
}

/**
 * Rows that are still in use stay. If they change meanwhile, the base of an edit will show it.
 * @param {PageOrder} order
 * @param {Store} store
 */
function removeStale(order, store) {
  const cut = new Set(store.cut.map(({ pk }) => pk));
  for (const pk of order.stale) {
    if (store.ticked.has(pk) || cut.has(pk) || store.opened === pk || order.own.has(pk)) continue;
    store.rows.remove(pk);
    store.haystack.forget(pk);
    order.stale.delete(pk);
  }
}

/**
 * Returns what is to be first in sight on the new page. Kept rows are found by the key of the first
 * one or, if that is not loaded, by its place.
 * @param {PageOrder} order
 * @param {{isKept: boolean, held?: Held | null}} entry
 * @param {Pick<PartFrame, "from" | "keys">} part
 * @param {Sighted | null} sight  on the former page
 * @param {number} former  the place of the first row in sight
 * @returns {Topmost}
 */
function topmost(order, { isKept, held }, part, sight, former) {
  const last = Math.max(0, order.list.length - 1);
  const heading = held ? order.list.indexOf(held.key) : -1;
  if (held && heading >= 0) {
    const row = Math.max(0, heading - held.above);
    return { row, shift: held.shift, instead: held.key };
  }
  const first = order.list.indexOf(part.keys[0]);
  const begin = first < 0 ? order.rowAt(order.from + part.from) : first;
  if (!isKept || !sight) return { row: order.leadOf(Math.min(begin, last)), shift: 0 };
  const at = order.list.indexOf(sight.key);
  const row = Math.max(0, Math.min(order.rowAt(former), last));
  return { row: at < 0 ? row : at, shift: sight.shift };
}
