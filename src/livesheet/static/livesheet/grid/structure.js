/**
 * Turns one list of rows into another with as little disturbance as possible: it removes and
 * inserts whole runs of rows, with our own source, so that they are recognized as ours. If this
 * would take many steps, or if rows change places, everything is drawn again.
 */

/** @import {GridRow, Pk} from "../protocol.js" */
/** @import {GridSurface} from "./surface.js" */

/** With a hundred thousand rows, each step takes the grid some tens of milliseconds. */
const MOST_STEPS = 12;
/** The grid inserts rows one by one. With more than this, loading the whole list is faster. */
const MOST_INSERTED = 500;

/**
 * @typedef {object} Plan
 * @property {{at: number, count: number}[]} removals  from the bottom upwards
 * @property {{at: number, pks: Pk[]}[]} insertions  from the top downwards
 */

/**
 * @param {Pk[]} shown
 * @param {Pk[]} wanted
 * @returns {Plan | null} null if everything must be shown again
 */
export function planOf(shown, wanted) {
  if (!shown.length && wanted.length) return null;
  const wantedSet = new Set(wanted);
  const shownSet = new Set(shown);
  const removals = runsOf(shown, (pk) => !wantedSet.has(pk)).reverse();
  const insertions = runsOf(wanted, (pk) => !shownSet.has(pk));
  const inserted = insertions.reduce((sum, { count }) => sum + count, 0);
  if (removals.length + insertions.length > MOST_STEPS || inserted > MOST_INSERTED) return null;
  const stay = shown.filter((pk) => wantedSet.has(pk));
  const keep = wanted.filter((pk) => shownSet.has(pk));
  if (stay.some((pk, index) => pk !== keep[index])) return null;
  return {
    removals,
    insertions: insertions.map(({ at, count }) => ({ at, pks: wanted.slice(at, at + count) })),
  };
}

/**
 * @param {Pk[]} pks
 * @param {(pk: Pk) => boolean} picked
 * @returns {{at: number, count: number}[]}
 */
function runsOf(pks, picked) {
  /** @type {{at: number, count: number}[]} */
  const runs = [];
  for (let at = 0; at < pks.length; at += 1) {
    if (!picked(pks[at])) continue;
    const last = runs.at(-1);
    if (last && last.at + last.count === at) last.count += 1;
    else runs.push({ at, count: 1 });
  }
  return runs;
}

const OURS = "ls.remote";

/**
 * The action was renamed in 12.2, and each version throws an error for the other name.
 * @param {any} hot
 * @param {number} at
 * @param {number} count
 */
function insertRows(hot, at, count) {
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
function removeRows(hot, at, count) {
  hot.alter("remove_row", at, count, OURS);
}

/**
 * Removes and inserts rows according to the plan, in the grid and in its records.
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
