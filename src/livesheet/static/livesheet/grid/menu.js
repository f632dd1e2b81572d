/**
 * The grid's context menu: the commands that are offered at cells.
 */

/** @import {CommandList, Target} from "../surfaces.js" */

const RULE = "---------";
/** Between the menu and the window's edge. */
const EDGE_PX = 8;

/**
 * @param {CommandList} commands
 * @param {() => Target} target
 * @param {(run: () => void) => void} pick  one of them was chosen
 * @returns {{items: Record<string, any>} | false} as Handsontable takes it
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
      callback: () => {
        const at = target();
        pick(() => command.run(at));
      },
    };
  }
  return group ? { items } : false;
}

/**
 * Handsontable puts its menu at the end of the page: under a modal dialog, and dead to the pointer,
 * where the sheet stands in one.
 * @param {HTMLElement | null | undefined} box
 * @param {HTMLElement} root  the sheet's
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
 * Handsontable opens its menu below the pointer or above it, also where it fits into neither.
 * @param {HTMLElement | null | undefined} box
 */
export function keepInWindow(box) {
  if (!box) return;
  const room = document.documentElement.clientHeight - 2 * EDGE_PX;
  box.style.translate = "";
  box.classList.remove("ls-tall");
  box.classList.toggle("ls-tall", box.getBoundingClientRect().height > room);
  const { top, bottom } = box.getBoundingClientRect();
  // Up from below the window's edge, down from above it.
  const by = Math.max(Math.min(0, room + EDGE_PX - bottom), EDGE_PX - top);
  if (by) box.style.translate = `0 ${by}px`;
}
