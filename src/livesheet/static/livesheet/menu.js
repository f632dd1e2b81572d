/**
 * What the grid's context menu offers, so far as the user may.
 */

import { fill } from "./texts.js";

/** @import {GridHost, Pk} from "./protocol.js" */

/**
 * @param {GridHost} host
 * @param {() => Pk[]} selected
 * @returns {{items: Record<string, any>} | false} as Handsontable takes it
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
      name: () => deleteText(host, selected()),
      disabled: () => !can.delete && !areDrafts(host, selected()),
      callback: () => host.onDelete(selected()),
    };
  }
  return Object.keys(items).length ? { items } : false;
}

/**
 * @param {GridHost} host
 * @param {Pk[]} pks
 */
const areDrafts = (host, pks) => pks.every((pk) => host.rowLook(pk).state === "draft");

/**
 * @param {GridHost} host
 * @param {Pk[]} pks
 */
function deleteText(host, pks) {
  if (pks.length > 1) return fill(host.texts.deleteRows, { n: pks.length });
  return areDrafts(host, pks) ? host.texts.discardRow : host.texts.deleteRow;
}
