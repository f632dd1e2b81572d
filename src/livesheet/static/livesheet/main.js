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
 * @property {string} [more]  address of the second file; else it stands beside the first one
 * @property {Record<string, string>} [texts]  the widget's words, in another language
 * @property {string} [language]  of words, numbers and dates; else the page's
 * @property {string} [zone]  IANA name, in which moments are shown; else the server's
 * @property {"light" | "dark" | "system"} [theme]  until the user chooses another
 * @property {Record<string, Custom>} [columns]  what the page itself says of them
 */

/**
 * @param {HTMLElement} element  its content stays, the sheet is put after it
 * @param {Config} config
 * @returns {Sheet} `destroy()` leaves no timer, socket or listener behind
 */
export function mount(element, config) {
  const grid = gridMaker(Grid, config.handsontable);
  return new Sheet(element, config, grid, FEATURES, (attempt) => loadMore(config, attempt));
}

/**
 * A page or a bundler that takes the modules as they are takes one more of them. The bundle that the
 * build makes of them has a second file, whose name only the page may know.
 * @param {Config} config
 * @param {number} attempt
 * @returns {Promise<Parts>}
 */
function loadMore({ more = "./livesheet.more.js" }, attempt) {
  // What the build says of its bundle: the other way is not even in it.
  if (!(/** @type {any} */ (import.meta).isBundle)) return import("./more.js");
  // Some browsers remember a failure by the address: another fragment is another one.
  return import(new URL(more, import.meta.url).href + (attempt ? `#${attempt}` : ""));
}

/**
 * The page's own link may stand beside the first sheet, and go with it when that is swapped out.
 */
function keepStyle() {
  const link = document.querySelector("body link[data-livesheet]");
  if (link && !document.head.querySelector("link[data-livesheet]"))
    document.head.append(link.cloneNode());
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
    // The parser has not come to the config yet.
    else if (document.readyState === "loading")
      document.addEventListener("DOMContentLoaded", () => this.connectedCallback(), { once: true });
  }

  /** A library that morphs the page takes elements out and puts them in again at once. */
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
