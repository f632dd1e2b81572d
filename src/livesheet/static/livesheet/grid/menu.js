/**
 * The grid's context menu: the commands that are offered at cells.
 */

/** @import {Command, CommandList, Target} from "../surfaces.js" */

const RULE = "---------";
/** The distance between the menu and the window's edge. */
const EDGE_PX = 8;

/**
 * @param {CommandList} commands
 * @param {() => Target} target
 * @param {(command: Command) => void} pick  runs the chosen command
 * @returns {{items: Record<string, any>} | false} for Handsontable
 */
export function menuItems(commands, target, pick) {
  /** @type {Record<string, any>} */
  const items = {};
  let group = "";
  for (const command of commands.offered("context")) {
    if (group && group !== command.group) items[`ls_rule_${command.group}`] = RULE;
    group = command.group;
    items[`ls_${command.name}`] = {
      name: () => command.text(target()),
      disabled: () => command.isEnabled?.(target()) === false,
      callback: () => pick(command),
    };
  }
  return group ? { items } : false;
}

/**
 * Handsontable puts its menu at the end of the page. If the sheet is in a modal dialog, the menu
 * would be behind it, and would not react to the pointer.
 * @param {HTMLElement | null | undefined} box
 * @param {HTMLElement} root  the root of the sheet
 */
export function keepInDialog(box, root) {
  const dialog = root.closest("dialog");
  if (!box || !dialog || dialog.contains(box)) return;
  const { left, top } = box.getBoundingClientRect();
  dialog.append(box);
  box.style.position = "fixed";
  const moved = box.getBoundingClientRect();
  box.style.left = `${Number.parseFloat(box.style.left) + left - moved.left}px`;
  box.style.top = `${Number.parseFloat(box.style.top) + top - moved.top}px`;
}

/**
 * Handsontable opens its menu below or above the pointer, even if there is not enough room for it.
 * @param {HTMLElement | null | undefined} box
 */
export function keepInWindow(box) {
  if (!box) return;
  const room = document.documentElement.clientHeight - 2 * EDGE_PX;
  box.style.translate = "";
  box.classList.remove("ls-tall");
  box.classList.toggle("ls-tall", box.getBoundingClientRect().height > room);
  const { top, bottom } = box.getBoundingClientRect();
  // Moves it up from below the window's lower edge, or down from above its upper edge.
  const by = Math.max(Math.min(0, room + EDGE_PX - bottom), EDGE_PX - top);
  if (by) box.style.translate = `0 ${by}px`;
}
