/**
 * How a sheet takes part in the page around it: its theme, the events that tell the page where the
 * user is, and the page's own definitions of columns.
 */

import { onDefined } from "../definitions.js";

/** @import {Feature, SheetSurface} from "../features.js" */

/** @typedef {"light" | "dark" | "system"} Theme */

const KEY = "livesheet:theme";
/** @type {Theme[]} */
const THEMES = ["system", "light", "dark"];

/** The properties with which a menu is painted. */
const OF_MENUS = ["background", "surface", "text", "muted", "line", "line-strong", "accent"]
  .concat("accent-soft", "font", "font-size")
  .map((name) => `--ls-${name}`);

/**
 * Applies the theme to each sheet on the page, because one choice is for all.
 * @type {Set<() => void>}
 */
const showing = new Set();

/** @returns {Theme | null} the user's choice in this browser */
function remembered() {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? null;
  } catch {
    return null; // the browser may forbid storage
  }
}

/** @param {Theme} theme */
function choose(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage is forbidden: then the choice applies only while the page is open.
  }
  for (const show of showing) show();
}

/**
 * Light, dark, or like the system. A page with `<live-sheet theme="dark">` has decided; otherwise,
 * the user can choose in the menu, and the browser remembers it for every sheet of the site.
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function themes({ stage, texts, config }) {
  const { host, root } = stage;
  const listeners = new AbortController();
  /** @type {Theme | null} */
  let chosen = null;
  const fixed = () => THEMES.find((theme) => theme === host.getAttribute("theme")) ?? null;
  const current = () => fixed() ?? chosen ?? remembered() ?? config.theme ?? "system";
  const show = () => {
    root.dataset.theme = current();
    if (stage.grid?.menu) dress(stage.grid.menu);
  };
  /** The menu is at the end of the body, where it does not inherit the sheet's properties. */
  const dress = (/** @type {HTMLElement} */ menu) => {
    menu.dataset.theme = current();
    const style = getComputedStyle(root);
    for (const name of OF_MENUS) menu.style.setProperty(name, style.getPropertyValue(name));
  };
  const observer = new MutationObserver(show);
  observer.observe(host, { attributes: true, attributeFilter: ["theme"] });
  window.addEventListener("storage", show, { signal: listeners.signal });
  showing.add(show);
  show();
  /** @type {Record<Theme, () => string>} */
  const names = {
    system: () => texts.themeSystem,
    light: () => texts.themeLight,
    dark: () => texts.themeDark,
  };
  return {
    commands: THEMES.map((theme) => ({
      name: `theme-${theme}`,
      text: () => names[theme](),
      where: "menu",
      group: "view",
      isOffered: () => fixed() === null,
      isChosen: () => current() === theme,
      run: () => {
        chosen = theme;
        choose(theme);
      },
    })),
    gridMade: show,
    // The menu loses its style each time it is opened.
    menuOpened: dress,
    close() {
      observer.disconnect();
      listeners.abort();
      showing.delete(show);
    },
  };
}

/**
 * Dispatches the events `ready` and `select`. (Status, change, saved and rejected are dispatched
 * where they happen.)
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function events({ stage, store, config }) {
  let isReady = false;
  let isWhole = false;
  const ready = () => {
    if (isReady || !isWhole || !stage.grid) return;
    isReady = true;
    stage.tell("ready", { sheet: config.sheet, rows: store.rows.size });
  };
  let last = "";
  return {
    caughtUp() {
      isWhole = true;
      ready();
    },
    gridMade: ready,
    select(pk, column, editing) {
      const place = JSON.stringify([pk, column, editing]);
      if (place === last) return;
      last = place;
      stage.tell("select", { pk, column, editing });
    },
  };
}

/**
 * Applies definitions that the page makes while the sheet is shown.
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function customs({ stage, config }) {
  const stop = onDefined((name) => {
    if (name === config.sheet && stage.grid) stage.rebuild();
  });
  return { close: stop };
}
