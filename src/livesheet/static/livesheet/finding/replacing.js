/**
 * Find and replace: a panel over the sheet's corner. What it does is one action, sent in frames like
 * a paste, and taken back by one undo.
 */

import { ReplacePanel } from "./replacepanel.js";

/** @import {Feature, SheetSurface} from "../features.js" */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function replacing({ store, outgoing, stage, texts }) {
  const panel = new ReplacePanel(stage.root, texts, store, {
    select: (pk, column) => stage.select(pk, column),
    edit: (commits) => outgoing.edit(commits),
    onClose: () => stage.grid?.keys.listen(),
  });
  const search = () => stage.bar.search;
  const listeners = new AbortController();
  // In the bar and the panel, too, these keys mean this sheet.
  stage.root.addEventListener(
    "keydown",
    (event) => {
      const isPlain = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (!isPlain || event.defaultPrevented) return;
      const act = { f: () => search().focus(), h: () => panel.open(null) }[event.key.toLowerCase()];
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
        run: (target) => panel.open(target),
      },
      {
        name: "findNext",
        text: () => texts.next,
        where: "none",
        group: "find",
        keys: ["mod+g"],
        isEnabled: () => panel.isOpen,
        run: () => panel.go(1),
      },
      {
        name: "findPrevious",
        text: () => texts.previous,
        where: "none",
        group: "find",
        keys: ["mod+shift+g"],
        isEnabled: () => panel.isOpen,
        run: () => panel.go(-1),
      },
    ],
    hello: () => panel.refresh(),
    arranged: () => panel.refresh(),
    frame: ({ type }) => {
      if (type === "change") panel.refresh();
    },
    close: () => {
      listeners.abort();
      panel.close();
    },
  };
}
