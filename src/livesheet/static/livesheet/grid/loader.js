/**
 * Loads the grid's script and styles into the page, each address only once, even if several sheets
 * need it.
 */

/** @import {GridOptions} from "../surfaces.js" */
/** @import {Grid} from "./grid.js" */
/** @import {GridHost, NewGrid} from "./surface.js" */

/** @type {Map<string, Promise<any>>} */
const loading = new Map();

/**
 * @typedef {object} GridLanguage
 * @property {string} code  Handsontable's name of it: `de-DE`
 * @property {string} js
 *
 * @typedef {object} GridConfig
 * @property {string} [js]  "" if the page loads Handsontable itself
 * @property {string | string[]} [css]
 * @property {string} [license_key]
 * @property {Record<string, any>} [options]  the page's own settings of the grid
 * @property {GridLanguage | null} [language]
 */

/**
 * @param {typeof Grid} Made
 * @param {GridConfig} config
 * @returns {Promise<NewGrid>} rejects if the script cannot be loaded
 */
export async function gridMaker(Made, { license_key: licenseKey, options, language, ...files }) {
  const Handsontable = await loadGrid(files);
  /** @type {GridOptions} */
  const settings = { licenseKey, options, language: await loadLanguage(Handsontable, language) };
  return (/** @type {HTMLElement} */ table, /** @type {GridHost} */ host) =>
    new Made(Handsontable, table, host, settings);
}

/** If the page's content security policy requires a nonce, our own script has it. */
function nonce() {
  const script = document.querySelector("script[nonce]");
  return script instanceof HTMLElement ? (script.nonce ?? "") : "";
}

/**
 * @param {HTMLElement} tag
 * @returns {Promise<void>}
 */
function settled(tag) {
  return new Promise((resolve, reject) => {
    tag.addEventListener("load", () => resolve(), { once: true });
    tag.addEventListener("error", () => reject(new Error("not loaded")), { once: true });
    // Before our own style, which decides where both have rules for the same.
    document.head.insertBefore(tag, document.head.querySelector("link[data-livesheet]"));
  });
}

/** @param {string} href */
function loadStyle(href) {
  const tag = document.createElement("link");
  tag.rel = "stylesheet";
  tag.href = href;
  // Without its style, the grid can still be used.
  return settled(tag).catch(() => {});
}

/**
 * Two versions may be on the same page, so each is taken immediately after it has run.
 * @param {string} src
 */
async function loadScript(src) {
  const tag = document.createElement("script");
  tag.src = src;
  tag.nonce = nonce();
  await settled(tag);
  return globalHandsontable();
}

const globalHandsontable = () => /** @type {any} */ (globalThis).Handsontable;

/**
 * @param {string} url
 * @param {(url: string) => Promise<any>} load
 */
function once(url, load) {
  const address = new URL(url, document.baseURI).href;
  const known = loading.get(address);
  if (known) return known;
  const fresh = load(address);
  // A failure is not cached, so that the next sheet on the page tries again.
  fresh.catch(() => loading.delete(address));
  loading.set(address, fresh);
  return fresh;
}

/**
 * The grid's own texts in the user's language. Without them, it can still be used.
 * @param {any} Handsontable
 * @param {GridLanguage | null} [language]
 * @returns {Promise<string | undefined>} the code of the language, if the grid has loaded it
 */
async function loadLanguage(Handsontable, language) {
  if (!language) return undefined;
  const { code, js } = language;
  const isKnown = () => Boolean(Handsontable.languages?.getLanguageDictionary(code));
  if (!isKnown()) await once(js, loadScript).catch(() => {});
  return isKnown() ? code : undefined;
}

/**
 * @param {Pick<GridConfig, "js" | "css">} files
 * @returns {Promise<any>} Handsontable's constructor
 */
async function loadGrid({ js = "", css = [] }) {
  const styles = [css].flat().filter(Boolean);
  const [Handsontable] = await Promise.all([
    js ? once(js, loadScript) : Promise.resolve(globalHandsontable()),
    ...styles.map((href) => once(href, loadStyle)),
  ]);
  if (!Handsontable) throw new Error("no Handsontable");
  return Handsontable;
}
