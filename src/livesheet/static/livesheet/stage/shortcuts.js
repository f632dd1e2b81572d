/**
 * The sheet of shortcuts: every command that has keys, and what the grid itself does at a key.
 */

import { NOTHING, ORDER } from "../commands.js";
import { element } from "../elements.js";
import { isReadonly } from "../values/kinds.js";
import { keys } from "./bar.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk} from "../protocol.js" */

/** The grid's own, and the keys of the pages where it stands. @type {[string[], string][]} */
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

/** Each has a heading that is named by its number. */
let dialogs = 0;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function shortcuts(sheet) {
  const { stage, store, texts } = sheet;
  const listeners = new AbortController();
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
  /** In a cell that can be typed into, a question mark is a question mark. */
  const isFree = (/** @type {string | null} */ name) => {
    const column = store.column(name ?? "");
    return !column || isReadonly(column) || !(store.can.change || store.can.add);
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("input, textarea, select, dialog, .ls-grid")) return;
    if (event.key !== "?" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show();
  };
  stage.root.addEventListener("keydown", pressed, { signal: listeners.signal });
  return {
    commands: [
      {
        name: "shortcuts",
        text: () => texts.shortcuts,
        where: "menu",
        group: "help",
        keys: ["mod+/"],
        run: show,
      },
      {
        name: "shortcuts-here",
        text: () => texts.shortcuts,
        where: "none",
        group: "help",
        keys: ["?"],
        isEnabled: ({ column }) => isFree(column),
        run: show,
      },
    ],
    close() {
      listeners.abort();
      open?.remove();
    },
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
  // Its keys are not the grid's.
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
    ({ keys, isOffered }) => keys?.length && isOffered?.() !== false,
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

/*
 * The ways into the cells and out of them by keyboard. In the cells, Tab goes from cell to cell; so
 * Esc leads out, to a button from which Tab goes on through the page and Enter leads back.
 */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function doors({ stage, texts, store }) {
  const entry = element("span", "ls-entry");
  const exit = element("button", "ls-button ls-exit", texts.leftCells);
  exit.type = "button";
  exit.tabIndex = -1;
  entry.tabIndex = 0;
  entry.setAttribute("role", "button");
  entry.setAttribute("aria-label", texts.toCells);
  stage.table.before(entry);
  stage.table.after(exit);
  /** @type {{pk: Pk | null, column: string | null}} where the user was last */
  let last = { pk: null, column: null };
  const enter = () => {
    const { grid } = stage;
    const isThere = last.pk !== null && grid?.rowOf(last.pk) !== undefined;
    const pk = isThere ? last.pk : (grid?.first ?? null);
    if (!grid || pk === null) return;
    const column = store.column(last.column ?? "") ? last.column : null;
    grid.select(pk, column ?? grid.columns[0]?.name);
  };
  const leave = () => {
    const { grid } = stage;
    grid?.deselect();
    grid?.keys.unlisten();
    exit.focus();
  };
  entry.addEventListener("focus", enter);
  exit.addEventListener("click", enter);
  // Backwards from here goes to the bar, not straight into the cells again: before these stand our
  // own way in and, in later versions, the grid's.
  exit.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || !event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    stage.bar.more.focus();
  });
  return {
    commands: [
      {
        name: "leave",
        text: () => texts.leaveCells,
        where: "none",
        group: "help",
        keys: ["escape"],
        isEnabled: ({ pk, heading }) => pk !== null || Boolean(heading),
        run: leave,
      },
    ],
    select(pk, column) {
      if (pk !== null) last = { pk, column };
    },
  };
}
