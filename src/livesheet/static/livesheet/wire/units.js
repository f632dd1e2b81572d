/**
 * One cell, one new row or one deleted row that is wished for, as it begins.
 */

/** @import {KeptFlight, Unit} from "../protocol.js" */

/**
 * @param {Pick<Unit, "kind" | "pk" | "value"> & Partial<Unit>} wish
 * @returns {Unit}
 */
export function newUnit({ kind, pk, value, ...more }) {
  const { column = "", base = null, step = null, batch = null, tries = 0 } = more;
  const fresh = { held: false, result: null, echoed: false, echo: null, left: null, done: false };
  return { kind, pk, column, value, base, step, batch, tries, ...fresh };
}

/**
 * @param {KeptFlight} kept
 * @returns {Unit[]}
 */
export function unitsOf({ frame, pks }) {
  if (frame.type === "add")
    return frame.rows.map((value, at) => newUnit({ kind: "add", pk: pks[at], value }));
  if (frame.type === "delete")
    return frame.pks.map(([pk, base]) => newUnit({ kind: "delete", pk, value: null, base }));
  return frame.cells.map(([pk, column, value, base]) =>
    newUnit({ kind: "edit", pk, column, value, base }),
  );
}
