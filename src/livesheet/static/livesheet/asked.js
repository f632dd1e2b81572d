/**
 * Commands of features in the second script: their menu entries and keys exist before that script
 * is loaded. The features implement them, under `runs`.
 */

import { isBoolean, isReadonly } from "./values/kinds.js";

/** @import {Feature, SheetSurface} from "./features.js" */
/** @import {Command, Target} from "./surfaces.js" */

/** @typedef {Omit<Command, "run">} Asked */

/**
 * @param {(sheet: SheetSurface) => Asked[]} declared
 * @param {boolean} [isOpening]  whether the command opens something that takes the focus
 * @returns {(sheet: SheetSurface) => Feature}
 */
const asked = (declared, isOpening) => (sheet) => ({
  commands: declared(sheet).map((command) => ({
    ...command,
    run: (target) => sheet.run(command.name, target, isOpening),
  })),
});

const isOneRow = (/** @type {SheetSurface} */ { store }) => {
  return (/** @type {Target} */ { pk, pks }) =>
    pk !== null && pks.length === 1 && store.rows.has(pk);
};

/**
 * A large sheet cannot show rows without the second script, so it is loaded at once.
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export const windowing = ({ later }) => ({
  hello({ windowed = false }) {
    if (windowed) later.with(() => {}); // reports it if the script cannot be loaded
  },
});

export const fullscreen = asked(
  ({ stage, texts }) => [
    {
      name: "fullscreen",
      text: () =>
        stage.root.classList.contains("ls-full") ? texts.leaveFullscreen : texts.fullscreen,
      where: "menu",
      group: "view",
      keys: ["alt+shift+f"],
    },
  ],
  false,
);

export const printing = asked(({ texts }) => [
  { name: "print", text: () => texts.print, where: "menu", group: "page", keys: ["mod+p"] },
]);

export const history = asked((sheet) => {
  const { texts, store } = sheet;
  const isOffered = () => store.can.history === true;
  const isEnabled = isOneRow(sheet);
  return [
    {
      name: "history-cell",
      text: () => texts.historyCell,
      where: "context",
      group: "record",
      keys: ["mod+shift+h"],
      isOffered,
      isEnabled,
    },
    {
      name: "history-row",
      text: () => texts.historyRow,
      where: "context",
      group: "record",
      isOffered,
      isEnabled,
    },
  ];
});

export const cards = asked(({ texts, store }) => {
  const isTick = (/** @type {string | null} */ name) => {
    const column = store.column(name ?? "");
    return column !== undefined && isBoolean(column);
  };
  return [
    {
      name: "openRow",
      text: () => texts.openRow,
      where: "context",
      group: "open",
      isEnabled: ({ pk }) => pk !== null,
    },
    {
      name: "openRowByKey",
      text: () => texts.openRow,
      where: "none",
      group: "open",
      keys: ["space"],
      isEnabled: ({ pk, column }) => pk !== null && !isTick(column),
    },
  ];
});

export const rowLinks = asked((sheet) => {
  const { texts } = sheet;
  const isEnabled = isOneRow(sheet);
  return [
    {
      name: "copyCellLink",
      text: () => texts.copyCellLink,
      where: "context",
      group: "record",
      isEnabled: (target) => isEnabled(target) && target.column !== null,
    },
    {
      name: "copyRowLink",
      text: () => texts.copyRowLink,
      where: "context",
      group: "record",
      isEnabled,
    },
  ];
}, false);

export const ticks = asked(
  ({ texts }) => [
    {
      name: "tick",
      isOfRows: true,
      text: () => texts.tickRow,
      where: "context",
      group: "open",
      keys: ["shift+space"],
      isEnabled: ({ pks }) => pks.length > 0,
    },
  ],
  false,
);

/**
 * The dialog of shortcuts. A question mark opens it, except in places where it can be typed.
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function shortcuts(sheet) {
  const { stage, store, texts } = sheet;
  const listeners = new AbortController();
  const run = () => sheet.run("shortcuts", null);
  /** In a cell that can be edited, a question mark is typed. */
  const isFree = (/** @type {string | null} */ name) => {
    const column = store.column(name ?? "");
    return !column || isReadonly(column) || !(store.can.change || store.can.add);
  };
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("input, textarea, select, dialog, .ls-grid")) return;
    if (event.key !== "?" || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    run();
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
        run,
      },
      {
        name: "shortcuts-here",
        text: () => texts.shortcuts,
        where: "none",
        group: "help",
        keys: ["?"],
        isEnabled: ({ column }) => isFree(column),
        run,
      },
    ],
    close: () => listeners.abort(),
  };
}

/**
 * Find, which uses the field in the bar, and find and replace, which has a panel.
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function replacing(sheet) {
  const { stage, texts } = sheet;
  const search = () => stage.bar.search;
  const replace = (/** @type {Target | null} */ target) => sheet.run("replace", target);
  const listeners = new AbortController();
  // In the bar and the panel, these keys are for this sheet as well, not for the browser.
  stage.root.addEventListener(
    "keydown",
    (event) => {
      const isPlain = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!isPlain || event.defaultPrevented) return;
      const act = { f: () => search().focus(), h: () => replace(null) }[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      event.stopPropagation();
      act();
    },
    { signal: listeners.signal },
  );
  return {
    commands: [
      {
        name: "find",
        text: () => texts.search,
        where: "menu",
        group: "find",
        keys: ["mod+f"],
        run: () => {
          search().focus();
          search().select();
        },
      },
      {
        name: "replace",
        text: () => texts.findReplace,
        where: "both",
        group: "find",
        keys: ["mod+h"],
        run: replace,
      },
    ],
    close: () => listeners.abort(),
  };
}
