/**
 * The grid's context menu: the commands that are offered at cells.
 */

/** @import {CommandList, Target} from "./surfaces.js" */

const RULE = "---------";

/**
 * @param {CommandList} commands
 * @param {() => Target} target
 * @returns {{items: Record<string, any>} | false} as Handsontable takes it
 */
export function menuItems(commands, target) {
  /** @type {Record<string, any>} */
  const items = {};
  let group = "";
  for (const command of commands.offered("context")) {
    if (group && group !== command.group) items[`ls_rule_${command.group}`] = RULE;
    group = command.group;
    items[`ls_${command.name}`] = {
      name: () => command.text(target()),
      disabled: () => command.isEnabled?.(target()) === false,
      callback: () => command.run(target()),
    };
  }
  return group ? { items } : false;
}
