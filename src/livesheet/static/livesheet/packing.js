/**
 * Cuts a list into frames that the server will take: so many items, so many bytes.
 */

/** What `{"type":"delete","ref":"…","cells":[…],"atomic":false}` takes without its items. */
const ENVELOPE_BYTES = 160;

const encoder = new TextEncoder();

/**
 * @template T
 * @param {T[]} items
 * @param {(item: T) => any} wire  the item as it will stand in the frame
 * @param {{most: number, bytes: number}} limit
 * @returns {{packs: T[][], tooBig: T[]}}  tooBig: what would not fit into a frame of its own
 */
export function pack(items, wire, { most, bytes }) {
  const room = bytes - ENVELOPE_BYTES;
  /** @type {T[][]} */
  const packs = [];
  /** @type {T[]} */
  const tooBig = [];
  let left = 0;
  for (const item of items) {
    const size = encoder.encode(JSON.stringify(wire(item))).length + 1;
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
  return { packs, tooBig };
}
