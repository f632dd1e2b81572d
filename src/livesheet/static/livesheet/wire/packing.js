/**
 * Cuts a list into frames that the server will take: so many items, so many bytes.
 */

/** What `{"type":"delete","ref":"…","cells":[…],"atomic":false}` takes without its items. */
const ENVELOPE_BYTES = 160;

/** Half a character, which JavaScript's texts may hold and no other's: it is written as an escape. */
const HALF = /(?<!\\)(?:\\\\)*\\ud[89a-f]/;

const encoder = new TextEncoder();

/**
 * @template T
 * @param {T[]} items
 * @param {(item: T) => any} wire  the item as it will stand in the frame
 * @param {{most: number, bytes: number}} limit
 * @returns {{packs: T[][], tooBig: T[], broken: T[]}}  tooBig: what would not fit into a frame of its
 *   own; broken: what the server could not read, nor anything else in its frame
 */
export function pack(items, wire, { most, bytes }) {
  const room = bytes - ENVELOPE_BYTES;
  /** @type {T[][]} */
  const packs = [];
  /** @type {T[]} */
  const tooBig = [];
  /** @type {T[]} */
  const broken = [];
  let left = 0;
  for (const item of items) {
    const text = JSON.stringify(wire(item));
    const size = encoder.encode(text).length + 1;
    if (HALF.test(text)) {
      broken.push(item);
      continue;
    }
    if (size > room) {
      tooBig.push(item);
      continue;
    }
    const last = packs.at(-1);
    if (last && last.length < most && size <= left) {
      last.push(item);
      left -= size;
    } else {
      packs.push([item]);
      left = room - size;
    }
  }
  return { packs, tooBig, broken };
}
