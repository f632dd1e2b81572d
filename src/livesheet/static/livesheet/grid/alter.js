/**
 * Rows into and out of the grid, with a source of our own, so that they are known for ours.
 */

/** @import {GridRow, Pk} from "../protocol.js" */
/** @import {GridSurface} from "./surface.js" */

const OURS = "ls.remote";

/**
 * The action's name changed in 12.2; either version throws at the other's.
 * @param {any} hot
 * @param {number} at
 * @param {number} count
 */
export function insertRows(hot, at, count) {
  try {
    hot.alter("insert_row_above", at, count, OURS);
  } catch {
    hot.alter("insert_row", at, count, OURS);
  }
}

/**
 * @param {any} hot
 * @param {number} at
 * @param {number} count
 */
export function removeRows(hot, at, count) {
  hot.alter("remove_row", at, count, OURS);
}

/**
 * Takes out and puts in what the plan says, in the grid and in the records that it holds.
 * @param {GridSurface} grid
 * @param {{removals: {at: number, count: number}[], insertions: {at: number, pks: Pk[]}[]}} plan
 * @param {(pk: Pk) => GridRow} record
 */
export function carryOut({ hot, records }, { removals, insertions }, record) {
  for (const { at, count } of removals) removeRows(hot, at, count);
  for (const { at, pks } of insertions) {
    insertRows(hot, at, pks.length);
    pks.forEach((pk, index) => {
      records[at + index] = record(pk);
    });
  }
}
