/**
 * Which row is the first in sight, before and after another page is shown: rows that are to stay
 * where they are remain at the same pixel.
 */

/** @import {PartFrame, Pk} from "../protocol.js" */
/** @import {Sighted, Topmost} from "../grid/surface.js" */
/** @import {Rows} from "../store/rows.js" */
/** @import {PageOrder} from "./pageorder.js" */

/**
 * @typedef {{key: string, place: number, above: number, shift: number}} Held  a heading that stays
 *   where it is, and the number of rows in sight above it
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
 * Returns what is to be first in sight on the new page. Kept rows are found by the key of the first
 * one or, if that is not loaded, by its place.
 * @param {PageOrder} order
 * @param {{isKept: boolean, held?: Held | null}} entry
 * @param {Pick<PartFrame, "from" | "keys">} part
 * @param {Sighted | null} sight  on the former page
 * @param {number} former  the place of the first row in sight
 * @returns {Topmost}
 */
export function topmost(order, { isKept, held }, part, sight, former) {
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
