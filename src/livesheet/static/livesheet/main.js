/**
 * The entry, which the build bundles as `livesheet.js`: `<live-sheet>` with its config in a child,
 * as `{% livesheet "product" %}` writes it, or `mount(element, config)` on any element. Works in
 * pages that swap their content in and out.
 *
 *     <live-sheet sheet="product">
 *       <script type="application/json">{"sheet": "product", "path": "/ws/sheet/product/", …}</script>
 *     </live-sheet>
 */

import { define } from "./definitions.js";
import { FEATURES } from "./features.js";
import { Grid } from "./grid/grid.js";
import { gridMaker } from "./grid/loader.js";
import { Sheet } from "./sheet.js";

/** @import {Parts} from "./features.js" */
/** @import {GridConfig} from "./grid/loader.js" */
/** @import {Custom} from "./surfaces.js" */

export { define };

/**
 * @typedef {object} Config
 * @property {string} sheet
 * @property {string} path  of the socket, with its query string
 * @property {GridConfig} handsontable
 * @property {string} [more]  address of the second file, if it is not beside the first one
 * @property {Record<string, string>} [texts]  the widget's words, in another language
 * @property {string} [language]  of words, numbers and dates; by default that of the page
 * @property {string} [zone]  IANA name of the time zone of shown times; by default that of the
 * server
 * @property {"light" | "dark" | "system"} [theme]  until the user chooses another
 * @property {Record<string, Custom>} [columns]  the page's own definitions
 */

/**
 * @param {HTMLElement} element  keeps its content; the sheet is added at its end
 * @param {Config} config
 * @returns {Sheet} `destroy()` leaves no timer, socket or listener behind
 */
export function mount(element, config) {
  const grid = gridMaker(Grid, config.handsontable);
  return new Sheet(element, config, grid, FEATURES, (attempt) => loadMore(config, attempt));
}

/**
 * Loads the second file. If the page or a bundler uses the modules, this is one more module. The
 * bundle of the build has a second file, whose address the page may have to tell, because storages
 * rename files.
 * @param {Config} config
 * @param {number} attempt
 * @returns {Promise<Parts>}
 */
function loadMore({ more = "./livesheet.more.js" }, attempt) {
  // The build defines `isBundle`, and leaves the other case out of its bundle.
  if (!(/** @type {any} */ (import.meta).isBundle)) return import("./more.js");
  // Some browsers remember a failed address. With another fragment, it is a new one for them.
  return import(new URL(more, import.meta.url).href + (attempt ? `#${attempt}` : ""));
}

/**
 * Keeps the style sheet in the page: its link may be beside the first sheet, and would be removed
 * together with it. Two links would have each rule tried twice, for every cell that is drawn.
 */
function keepStyle() {
  const link = document.querySelector("body link[data-livesheet]");
  if (!link) return;
  const kept = document.head.querySelector("link[data-livesheet]");
  if (kept instanceof HTMLLinkElement && kept.sheet) return link.remove();
  if (kept) return;
  const copy = link.cloneNode();
  copy.addEventListener("load", () => link.remove(), { once: true });
  document.head.append(copy);
}

/** @param {Element} element @returns {Config | null} */
function readConfig(element) {
  const script = element.querySelector('script[type="application/json"]');
  return script?.textContent ? JSON.parse(script.textContent) : null;
}

class LiveSheetElement extends HTMLElement {
  /** @type {Sheet | null} */
  sheet = null;

  connectedCallback() {
    if (this.sheet) return;
    const config = readConfig(this);
    if (config) this.#mount(config);
    // The parser has not reached the config yet.
    else if (document.readyState === "loading")
      document.addEventListener("DOMContentLoaded", () => this.connectedCallback(), { once: true });
  }

  /** Waits for a moment, because libraries that morph the page remove elements and add them again. */
  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.sheet?.destroy();
      this.sheet = null;
    });
  }

  /** @param {Config} config */
  #mount(config) {
    if (!this.isConnected) return;
    keepStyle();
    this.sheet = mount(this, config);
  }
}

if (!customElements.get("live-sheet")) customElements.define("live-sheet", LiveSheetElement);
