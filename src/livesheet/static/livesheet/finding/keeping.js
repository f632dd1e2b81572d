/**
 * The user's own arrangement, kept on the server under their name; nobody in particular has it kept
 * by the browser. One that came by a link is a visit: it takes the place of the user's own only when
 * they change something, or say so.
 */

import { sameValue } from "../protocol.js";
import { plainLayout, readLayout } from "../store/layout.js";
import { linkTo, readLink } from "./link.js";

/** @import {Arrangement} from "./arrangement.js" */
/** @import {SheetSurface} from "../features.js" */
/** @import {Layout} from "../store/layout.js" */

const PREFIX = "livesheet:layout:";
const LATER_MS = 700;

export class Keeping {
  /**
   * @param {SheetSurface} sheet
   * @param {Arrangement} arrangement
   * @param {(isVisit: boolean) => void} onVisit
   */
  constructor(sheet, arrangement, onVisit) {
    this.sheet = sheet;
    this.arrangement = arrangement;
    this.onVisit = onVisit;
    /** @type {string | null | undefined} whose it is; undefined: nobody has been told yet */
    this.who = undefined;
    /** @type {Layout} */
    this.own = plainLayout();
    /** @type {Layout} what was last seen or put in effect */
    this.last = plainLayout();
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
    arrangement.listeners.push((layout) => this.#changed(layout));
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
    this.own = this.arrangement.layout;
    this.#endVisit();
    this.#isOther();
  }

  /** Back from a visit to the user's own. */
  leave() {
    this.#endVisit();
    this.#set(this.own);
  }

  reset() {
    this.arrangement.set(plainLayout());
  }

  /** @returns {string} */
  link() {
    const name = this.sheet.store.hello?.sheet ?? "";
    return linkTo(name, this.arrangement.layout, location.href);
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
    this.own = readLayout(kept);
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

  /** @param {Layout} layout */
  #set(layout) {
    this.isSetting = true;
    if (!sameValue(layout, this.arrangement.layout)) this.arrangement.set(layout);
    this.isSetting = false;
    this.last = this.arrangement.layout;
  }

  /** @param {Layout} layout */
  #changed(layout) {
    if (this.isSetting || sameValue(layout, this.last)) return;
    this.last = layout;
    this.own = layout;
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
    const layout = sameValue(this.own, plainLayout()) ? null : this.own;
    this.isDue = false;
    try {
      if (this.who !== null) await this.sheet.ask("keep_layout", { layout });
      else if (layout) localStorage.setItem(this.#key, JSON.stringify(layout));
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
