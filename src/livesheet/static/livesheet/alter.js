/**
 * Rows into and out of the grid, with a source of our own, so that they are known for ours.
 */

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
