/** The dialog of shortcuts: every command that has keys, and the keys of the grid itself. */

import { NOTHING, ORDER } from "../commands.js";
import { element } from "../elements.js";
import { keys } from "./bar.js";

/** @import {Feature, SheetSurface} from "../features.js" */

/** The keys of the grid itself. @type {[string[], string][]} */
const OWN = [
  [["arrowup", "arrowdown", "arrowleft", "arrowright"], "keyMove"],
  [["tab", "shift+tab"], "keyNext"],
  [["home", "end"], "keyRowEnds"],
  [["mod+home", "mod+end"], "keySheetEnds"],
  [["pageup", "pagedown"], "keyPages"],
  [["shift+arrowdown"], "keyExtend"],
  [["mod+a"], "keyAll"],
  [["enter", "f2"], "keyEdit"],
  [["space"], "keyTick"],
  [["delete"], "keyEmpty"],
  [["mod+c", "mod+x", "mod+v"], "keyClipboard"],
];

/** Counts the dialogs, for unique ids of their headings. */
let dialogs = 0;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function shortcuts(sheet) {
  const { stage } = sheet;
  /** @type {HTMLDialogElement | null} */
  let open = null;
  const show = () => {
    if (open) return;
    open = dialog(sheet);
    stage.root.append(open);
    open.addEventListener("close", () => {
      open?.remove();
      open = null;
    });
    stage.grid?.keys.unlisten();
    open.showModal();
  };
  return {
    runs: { shortcuts: show },
    close: () => open?.remove(),
  };
}

/** @param {SheetSurface} sheet */
function dialog({ texts, commands }) {
  const made = element("dialog", "ls-shortcuts");
  const form = element("form", "ls-shortcuts-head");
  form.method = "dialog";
  const heading = element("h2", "ls-shortcuts-title", texts.shortcuts);
  dialogs += 1;
  heading.id = `ls-shortcuts-${dialogs}`;
  made.setAttribute("aria-labelledby", heading.id);
  const close = element("button", "ls-button", texts.close);
  form.append(heading, close);
  made.append(form, ...sections(texts, commands));
  // The grid must not receive keys that are pressed in here.
  made.addEventListener("keydown", (event) => event.stopPropagation());
  return made;
}

/**
 * @param {Record<string, string>} texts
 * @param {SheetSurface["commands"]} commands
 */
function sections(texts, commands) {
  const own = OWN.map(([pressed, word]) => line(pressed, texts[word]));
  const known = commands.all.filter(
    ({ keys, isOffered, text }) =>
      keys?.length &&
      isOffered?.() !== false &&
      !OWN.some(([, word]) => texts[word] === text(NOTHING)),
  );
  /** @type {Map<string, {keys: string[], group: string}>} */
  const named = new Map();
  for (const command of known) {
    const text = command.text(NOTHING);
    const entry = named.get(text) ?? { keys: [], group: command.group };
    entry.keys.push(...(command.keys ?? []));
    named.set(text, entry);
  }
  const lines = [...named].sort(
    ([, one], [, other]) => ORDER.indexOf(one.group) - ORDER.indexOf(other.group),
  );
  return [
    section(texts.shortcutsCells, own),
    section(
      texts.shortcutsSheet,
      lines.map(([text, { keys: pressed }]) => line(pressed, text)),
    ),
  ];
}

/**
 * @param {string} title
 * @param {HTMLElement[]} lines
 */
function section(title, lines) {
  const made = element("section", "ls-shortcuts-group");
  const list = element("dl", "ls-shortcuts-list");
  list.append(...lines);
  made.append(element("h3", "ls-shortcuts-subtitle", title), list);
  return made;
}

/**
 * @param {string[]} pressed
 * @param {string} text
 */
function line(pressed, text) {
  const made = element("div", "ls-shortcuts-line");
  const dd = element("dd", "ls-shortcuts-keys");
  dd.append(...pressed.map((one) => keys(one)));
  made.append(element("dt", "", text), dd);
  return made;
}
