/**
 * Everything that can be done with a sheet besides typing into it. Keyboard, context menu, the
 * bar's menu and the page of shortcuts all use this one list, so none of them can miss a command.
 */

/** @import {Command, Target} from "./surfaces.js" */

/** The order of the groups in menus, where people look for cut, copy and paste first. */
export const ORDER = "cell open rows undo record columns tools find view page help".split(" ");

/** @type {Target} */
export const NOTHING = { pks: [], pk: null, column: null, columns: [], blocks: [] };

const isMac = /mac|iphone|ipad/i.test(globalThis.navigator?.platform ?? "");

export class Commands {
  constructor() {
    /** @type {Command[]} */
    this.all = [];
  }

  /** @param {Command[]} commands */
  add(commands) {
    this.all.push(...commands);
    const rank = (/** @type {Command} */ { group }) =>
      ORDER.includes(group) ? ORDER.indexOf(group) : ORDER.length;
    this.all.sort((one, other) => rank(one) - rank(other));
  }

  /**
   * @param {"context" | "menu"} where
   * @returns {Command[]} sorted by groups
   */
  offered(where) {
    return this.all.filter(
      (command) =>
        (command.where === where || command.where === "both") && command.isOffered?.() !== false,
    );
  }

  /**
   * The command that these keys mean, if it can be run now.
   * @param {KeyboardEvent} event
   * @param {Target} target
   * @returns {Command | null}
   */
  of(event, target) {
    const pressed = keysOf(event);
    const found = this.all.find(
      ({ keys, isOffered, isEnabled }) =>
        keys?.some((one) => pressed.includes(one)) &&
        isOffered?.() !== false &&
        isEnabled?.(target) !== false,
    );
    return found ?? null;
  }
}

/**
 * The names of the pressed keys. Signs are returned with and without Shift, because they need Shift on
 * some keyboards only.
 * @param {KeyboardEvent} event
 */
function keysOf(event) {
  const { key, altKey, shiftKey } = event;
  const mod = event.ctrlKey || event.metaKey;
  const named = key === " " ? "space" : key.toLowerCase();
  const before = `${mod ? "mod+" : ""}${altKey ? "alt+" : ""}`;
  const isSign = named.length === 1 && !/[\p{L}\p{N}]/u.test(named);
  if (isSign) return [before + named, `${before}shift+${named}`];
  return [`${before}${shiftKey ? "shift+" : ""}${named}`];
}

/**
 * Translates `mod+shift+z` to the names on the user's keyboard.
 * @param {string} keys
 * @returns {string[]} one for each key
 */
export function keyNames(keys) {
  /** @type {Record<string, string>} */
  const names = {
    mod: isMac ? "⌘" : "Ctrl",
    alt: isMac ? "⌥" : "Alt",
    shift: isMac ? "⇧" : "Shift",
    enter: "Enter",
    escape: "Esc",
    delete: "Del",
    space: "Space",
    tab: "Tab",
    home: "Home",
    end: "End",
    pageup: "PgUp",
    pagedown: "PgDn",
    arrowdown: "↓",
    arrowup: "↑",
    arrowleft: "←",
    arrowright: "→",
  };
  const last = keys.endsWith("++") ? "+" : (keys.split("+").at(-1) ?? "");
  const before = keys
    .slice(0, keys.length - last.length)
    .split("+")
    .filter(Boolean);
  return [...before, last].map((key) => names[key] ?? key.toUpperCase());
}
