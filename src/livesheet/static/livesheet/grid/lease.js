/**
 * Editors are lent to a grid and come back when it goes. Handsontable keeps every editor class that
 * it has ever seen, so classes of its own for each grid would stay in memory for as long as the
 * page; lent ones are as many as there were grids at the same time.
 */

/** @import {EditorTools, Editors} from "./editors.js" */

/**
 * @typedef {object} Lease
 * @property {Editors} editors
 * @property {() => void} end
 *
 * @typedef {(Handsontable: any, tools: EditorTools) => Editors} Maker
 *
 * @typedef {{editors: Editors, hand: {tools: EditorTools | null}}} Kept
 */

/** @type {WeakMap<any, Kept[]>} by Handsontable, of which a page may have two */
const free = new WeakMap();

/**
 * @param {any} Handsontable
 * @param {Maker} makeEditors
 * @param {EditorTools} tools
 * @returns {Lease}
 */
export function lend(Handsontable, makeEditors, tools) {
  const shelf = free.get(Handsontable) ?? [];
  free.set(Handsontable, shelf);
  const kept = shelf.pop() ?? make(Handsontable, makeEditors);
  kept.hand.tools = tools;
  return {
    editors: kept.editors,
    end() {
      kept.hand.tools = null;
      shelf.push(kept);
    },
  };
}

/**
 * The classes ask for their tools at each use, and get those of the grid that has them now.
 * @param {any} Handsontable
 * @param {Maker} makeEditors
 * @returns {Kept}
 */
function make(Handsontable, makeEditors) {
  /** @type {Kept["hand"]} */
  const hand = { tools: null };
  const tools = new Proxy(/** @type {EditorTools} */ ({}), {
    get: (_none, name) => hand.tools?.[/** @type {keyof EditorTools} */ (name)],
  });
  return { editors: makeEditors(Handsontable, tools), hand };
}
