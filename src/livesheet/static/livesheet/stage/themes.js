/**
 * Light, dark, or like the system. A page with `<live-sheet theme="dark">` has decided; otherwise,
 * the user can choose in the menu, and the browser remembers it for every sheet of the site.
 */

/** @import {Feature, SheetSurface} from "../features.js" */

/** @typedef {"light" | "dark" | "system"} Theme */

const KEY = "livesheet:theme";
/** @type {Theme[]} */
const THEMES = ["system", "light", "dark"];

/** Properties that a menu is painted with. */
const OF_MENUS = ["background", "surface", "text", "muted", "line", "line-strong", "accent"]
  .concat("accent-soft", "font", "font-size")
  .map((name) => `--ls-${name}`);

/** Of every sheet on the page: one choice is for all. @type {Set<() => void>} */
const showing = new Set();

/** @returns {Theme | null} what the user has chosen in this browser */
function remembered() {
  try {
    return THEMES.find((theme) => theme === localStorage.getItem(KEY)) ?? null;
  } catch {
    return null; // a browser may forbid to keep anything
  }
}

/** @param {Theme} theme */
function choose(theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Then it holds as long as the page.
  }
  for (const show of showing) show();
}

/**
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
  /** It stands at the end of the body, out of reach of what the page says here. */
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
    // Each time it opens it has lost its style.
    menuOpened: dress,
    close() {
      observer.disconnect();
      listeners.abort();
      showing.delete(show);
    },
  };
}
