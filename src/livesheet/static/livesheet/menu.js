/**
 * What the grid's context menu offers, so far as the user may.
 */

import { fill } from "./texts.js";

/** @import {GridHost, Pk} from "./protocol.js" */

/**
 * @param {GridHost} host
 * @param {() => Pk[]} selected
 * @returns {Record<string, any>} as Handsontable takes it
 */
export function menuItems(host, selected) {
  const { texts, can } = host;
  /** @type {Record<string, any>} */
  const items = {};
  if (can.change) {
    items.ls_undo = { name: texts.undo, callback: () => host.onUndo() };
    items.ls_redo = { name: texts.redo, callback: () => host.onRedo() };
  }
  if (can.change && (can.add || can.delete)) items.ls_rule = "---------";
  if (can.add) items.ls_add = { name: texts.addRow, callback: () => host.onAdd() };
  if (can.add || can.delete) {
    items.ls_delete = {
      name: () => deleteText(selected().length, texts),
      callback: () => host.onDelete(selected()),
    };
  }
  return items;
}

/**
 * @param {number} n
 * @param {Record<string, string>} texts
 */
const deleteText = (n, texts) => (n > 1 ? fill(texts.deleteRows, { n }) : texts.deleteRow);
