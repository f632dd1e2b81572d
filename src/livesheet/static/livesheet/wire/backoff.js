/**
 * How long to wait before the next try: anything between the floor and a ceiling that doubles.
 * The full width of the jitter is the point: a thousand browsers that lost one server
 * do not come back in step.
 */

const FLOOR_MS = 500;
const CEILING_MS = 30_000;

/**
 * @param {number} tries  how many have failed in a row, 0 before the first retry
 * @param {() => number} [random]
 * @returns {number} milliseconds
 */
export function backoff(tries, random = Math.random) {
  const ceiling = Math.min(CEILING_MS, FLOOR_MS * 2 ** (tries + 1));
  return FLOOR_MS + random() * (ceiling - FLOOR_MS);
}
