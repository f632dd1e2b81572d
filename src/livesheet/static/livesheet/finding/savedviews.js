/**
 * The user's own view, kept on the server under their name; nobody in particular has it kept
 * by the browser. One that came by a link is a visit: it takes the place of the user's own only when
 * they change something, or say so.
 */

import { element } from "../elements.js";
import { sameValue } from "../protocol.js";
import { plainView, readView } from "../store/view.js";

/** @import {SheetSurface} from "../features.js" */
/** @import {View} from "../store/view.js" */
/** @import {CurrentView} from "./current.js" */

const PREFIX = "livesheet:layout:";
const LATER_MS = 700;

export class SavedViews {
  /**
   * @param {SheetSurface} sheet
   * @param {CurrentView} current
   * @param {(isVisit: boolean) => void} onVisit
   */
  constructor(sheet, current, onVisit) {
    this.sheet = sheet;
    this.current = current;
    this.onVisit = onVisit;
    /** @type {string | null | undefined} whose it is; undefined: nobody has been told yet */
    this.who = undefined;
    /** @type {View} */
    this.own = plainView();
    /** @type {View} what was last seen or put in effect */
    this.last = plainView();
    this.isVisit = false;
    this.isSetting = false;
    /** About the address, to be said when there is a sheet to look at. */
    this.message = "";
    /** Changed here, and not known to be kept. */
    this.isDue = false;
    /** @type {any} */
    this.timer = null;
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    window.addEventListener("hashchange", () => this.#visit(), { signal });
    window.addEventListener("pagehide", () => this.flush(), { signal });
    current.listeners.push((view) => this.#changed(view));
  }

  /** The sheet has said what it is, and who this is. */
  begin() {
    const id = this.sheet.store.hello?.me.id ?? null;
    if (id === this.who) return;
    this.who = id;
    this.isDue = false;
    this.#visit();
    this.#load(id);
  }

  /** The line stands again. */
  resume() {
    this.#say();
    if (this.isDue) this.#soon();
  }

  keep() {
    this.own = this.current.view;
    this.#endVisit();
    this.#isOther();
  }

  /** Back from a visit to the user's own. */
  leave() {
    this.#endVisit();
    this.#set(this.own);
  }

  reset() {
    this.current.set(plainView());
  }

  /** @returns {string} */
  link() {
    const name = this.sheet.store.hello?.sheet ?? "";
    return linkTo(name, this.current.view, location.href);
  }

  /** What waits to be kept is sent now. */
  flush() {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.#save();
  }

  close() {
    this.flush();
    this.listeners.abort();
  }

  /** @param {string | null} id */
  async #load(id) {
    const kept = await this.#read(id);
    if (id !== this.who) return;
    if (this.isDue || kept === undefined) return;
    this.own = readView(kept);
    if (!this.isVisit) this.#set(this.own);
  }

  /**
   * @param {string | null} id
   * @returns {Promise<any>} undefined where it cannot be told now
   */
  async #read(id) {
    try {
      if (id === null) return JSON.parse(localStorage.getItem(this.#key) ?? "null");
      return (await this.sheet.ask("layout", {})).layout;
    } catch (error) {
      if (/** @type {any} */ (error).code === "offline") this.who = undefined; // asked again
      return undefined;
    }
  }

  get #key() {
    return PREFIX + this.sheet.config.path;
  }

  /** @param {View} view */
  #set(view) {
    this.isSetting = true;
    if (!sameValue(view, this.current.view)) this.current.set(view);
    this.isSetting = false;
    this.last = this.current.view;
  }

  /** @param {View} view */
  #changed(view) {
    if (this.isSetting || sameValue(view, this.last)) return;
    this.last = view;
    this.own = view;
    this.#endVisit();
    this.#isOther();
  }

  #isOther() {
    this.isDue = true;
    this.#soon();
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), LATER_MS);
  }

  async #save() {
    const view = sameValue(this.own, plainView()) ? null : this.own;
    this.isDue = false;
    try {
      if (this.who !== null) await this.sheet.ask("keep_layout", { layout: view });
      else if (view) localStorage.setItem(this.#key, JSON.stringify(view));
      else localStorage.removeItem(this.#key);
    } catch (error) {
      this.isDue = /** @type {any} */ (error).code === "offline";
      if (!this.isDue) this.sheet.stage.say(this.sheet.texts.viewNotKept);
    }
  }

  /** What the address says, if it says anything of this sheet. */
  #visit() {
    const { store, texts } = this.sheet;
    const found = readLink(location.hash, store.hello?.sheet ?? "");
    if (found === null) return;
    const isOnly = document.querySelectorAll("live-sheet").length < 2;
    if (found === "bad" || (found === "foreign" && isOnly)) this.message = texts.badLink;
    if (this.sheet.status === "live") this.#say();
    if (typeof found === "string") return;
    this.isVisit = true;
    this.onVisit(true);
    this.#set(found);
  }

  #say() {
    if (this.message) this.sheet.stage.say(this.message);
    this.message = "";
  }

  /** So that the next reload shows the user's own. */
  #endVisit() {
    if (!this.isVisit) return;
    this.isVisit = false;
    history.replaceState(history.state, "", location.pathname + location.search);
    this.onVisit(false);
  }
}

/*
 * A link to a view: it stands in the address's fragment, which no server ever sees. Whatever stands
 * there may come from anybody, so it is read as one reads a stranger's letter.
 */

const NAME = "livesheet=";

/**
 * @param {string} sheet  its name
 * @param {View} view
 * @param {string} address  of the page
 * @returns {string}
 */
export function linkTo(sheet, view, address) {
  const plain = Object.entries(plainView());
  const given = /** @type {Record<string, any>} */ (view);
  const other = plain.filter(([name, value]) => !sameValue(value, given[name]));
  const held = Object.fromEntries(other.map(([name]) => [name, given[name]]));
  const bytes = new TextEncoder().encode(JSON.stringify(held));
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  const safe = text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const url = new URL(address);
  url.hash = `${NAME}${encodeURIComponent(sheet)}:${safe}`;
  return url.href;
}

/**
 * @param {string} hash  of the page's address
 * @param {string} sheet
 * @returns {View | "foreign" | "bad" | null} null where it speaks of no sheet at all
 */
export function readLink(hash, sheet) {
  const text = hash.replace(/^#/, "");
  if (!text.startsWith(NAME)) return null;
  const [name, held = ""] = text.slice(NAME.length).split(":");
  try {
    if (decodeURIComponent(name) !== sheet) return "foreign";
    const bytes = atob(held.replaceAll("-", "+").replaceAll("_", "/"));
    const json = new TextDecoder("utf-8", { fatal: true }).decode(
      Uint8Array.from(bytes, (char) => char.charCodeAt(0)),
    );
    const given = JSON.parse(json);
    const isObject = typeof given === "object" && given !== null && !Array.isArray(given);
    return isObject ? readView(given) : "bad";
  } catch {
    return "bad";
  }
}

/**
 * Onto the clipboard; where the browser keeps that closed (a page without https), it is shown to be
 * copied by hand.
 * @param {HTMLElement} root
 * @param {string} link
 * @param {Record<string, string>} texts
 * @param {(message: string) => void} say
 */
export async function copyLink(root, link, texts, say) {
  try {
    await navigator.clipboard.writeText(link);
    say(texts.linkCopied);
  } catch {
    show(root, link, texts);
  }
}

/**
 * @param {HTMLElement} root
 * @param {string} link
 * @param {Record<string, string>} texts
 */
function show(root, link, texts) {
  const dialog = element("dialog", "ls-question");
  const form = element("form", "ls-columns-actions");
  form.method = "dialog";
  form.append(element("button", "ls-button ls-primary", texts.done));
  const field = element("input", "ls-field ls-link-field");
  field.readOnly = true;
  field.value = link;
  field.setAttribute("aria-label", texts.linkHere);
  dialog.append(element("p", "ls-note-message", texts.linkHere), field, form);
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
  field.select();
}
