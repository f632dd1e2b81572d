/**
 * How this user has arranged the sheet: a named view, perhaps changed since it was opened, or the
 * user's own view without a name. The server stores it for the user; for a visitor without an
 * account, the browser does. A view from a link is only a visit: it replaces the user's own view if
 * the user changes something or chooses to keep it.
 */

import { sameValue } from "../protocol.js";
import { plainView, readView } from "../store/view.js";
import { isModified, NamedViews } from "./namedviews.js";
import { linkTo, linkToNamed, readLink } from "./viewlinks.js";

/** @import {SheetSurface} from "../features.js" */
/** @import {View} from "../store/view.js" */
/** @import {CurrentView} from "./current.js" */
/** @import {Named} from "./namedviews.js" */

/**
 * @typedef {{view: View, named: Named | null}} Arranged
 */

const PREFIX = "livesheet:layout:";
const LATER_MS = 700;
/** Parts of what is stored that do not belong to a view. */
const BESIDE = ["named", "unnamed"];

export class SavedViews {
  /**
   * @param {SheetSurface} sheet
   * @param {CurrentView} current
   * @param {() => void} onChange  called when another view is in effect, or its state has changed
   */
  constructor(sheet, current, onChange) {
    this.sheet = sheet;
    this.current = current;
    this.onChange = onChange;
    this.views = new NamedViews((about, query) => sheet.ask(about, query), readView, onChange);
    /** @type {string | null | undefined} the user whose view it is; undefined until it is known */
    this.who = undefined;
    /** @type {Named | null} the named view in effect */
    this.named = null;
    /** @type {View} the user's view without a name */
    this.unnamed = plainView();
    /** @type {Arranged | null} where a visitor returns to */
    this.before = null;
    /** @type {View} the view that was last seen or applied */
    this.last = plainView();
    this.isSetting = false;
    /** A message about the address, which is shown when the sheet is. */
    this.message = "";
    /** Whether there are changes that may not be stored yet. */
    this.isDue = false;
    /** @type {any} */
    this.timer = null;
    this.listeners = new AbortController();
    const { signal } = this.listeners;
    window.addEventListener("hashchange", () => this.#visit(), { signal });
    window.addEventListener("pagehide", () => this.flush(), { signal });
    current.listeners.push((view) => this.#changed(view));
  }

  get isVisit() {
    return this.before !== null;
  }

  get isModified() {
    return isModified(this.named, this.current.view);
  }

  /** Views of anonymous users are not stored on the server. */
  get isSignedIn() {
    return Boolean(this.who);
  }

  /** The sheet has been described, and the user is known. */
  begin() {
    const id = this.sheet.store.hello?.me.id || null;
    if (id === this.who) return;
    this.who = id;
    this.isDue = false;
    this.named = null;
    this.before = null;
    this.#visit();
    this.#load(id);
  }

  /** The connection is restored. */
  resume() {
    this.#say();
    if (this.isDue) this.#soon();
    if (this.views.list) this.views.loadSoon();
  }

  /** Keeps the visited view as the user's own. */
  keep() {
    this.#endVisit();
    if (!this.named) this.unnamed = this.current.view;
    this.#isOther();
  }

  /** Ends a visit, and returns to the user's own view. */
  leave() {
    const { before } = this;
    this.#endVisit();
    if (before) this.#show(before);
  }

  reset() {
    this.current.set(plainView());
  }

  /** @param {string | null} id  null for the one without a name */
  async choose(id) {
    const named = id === null ? null : await this.#opened(id);
    if (id !== null && named === null) return;
    this.#endVisit();
    this.#show({ view: named?.view ?? this.unnamed, named });
    this.#isOther();
    this.flush();
  }

  /** Loads the current version of the named view. */
  async reload() {
    if (this.named) await this.choose(this.named.entry.id);
  }

  /** Discards the changes to the named view. */
  discard() {
    if (!this.named) return;
    this.#show({ view: this.named.view, named: this.named });
    this.#isOther();
  }

  /** Saves the changes to the named view, for everybody who shares it. */
  async save() {
    if (!this.named) return;
    await this.#tried(async (named) => {
      this.named = await this.views.save(named, this.current.view);
    }, this.named);
  }

  /**
   * @param {string} name
   * @param {boolean} shared
   * @returns {Promise<void>} rejects with the server's message
   */
  async saveAs(name, shared) {
    this.named = await this.views.create(name, this.current.view, shared);
    this.#endVisit();
    this.#isOther();
    this.onChange();
  }

  /**
   * @param {{name?: string, shared?: boolean, default?: boolean}} what
   * @returns {Promise<void>} rejects with the server's message
   */
  async change(what) {
    const { named } = this;
    if (!named) return;
    const { version } = named.entry;
    const entry = await this.views.change(named.entry.id, what);
    // Keeps the version, so that changes by others in the meantime are still noticed.
    if (this.named === named) this.named = { ...named, entry: { ...entry, version } };
    this.onChange();
  }

  /** Deletes the named view, and returns to the user's own. */
  async remove() {
    const { named } = this;
    if (!named) return;
    await this.#tried(() => this.views.remove(named.entry.id), named);
    if (this.views.entry(named.entry.id) === null) await this.choose(null);
  }

  /** @returns {string} */
  link() {
    const sheet = this.sheet.store.hello?.sheet ?? "";
    const { named, current } = this;
    if (named?.entry.shared && !this.isModified) {
      return linkToNamed(sheet, named.entry.id, location.href);
    }
    return linkTo(sheet, current.view, plainView(), location.href);
  }

  /** Stores waiting changes now. */
  flush() {
    if (this.timer === null) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.#save();
  }

  close() {
    this.flush();
    this.views.close();
    this.listeners.abort();
  }

  // Loading

  /** @param {string | null} id */
  async #load(id) {
    const [kept] = await Promise.all([this.#read(id), this.views.load()]);
    if (id !== this.who || this.isDue || kept === undefined) return;
    const wanted = kept === null ? this.views.default?.id : kept.named?.id;
    const named = wanted ? await this.#opened(wanted) : null;
    if (id !== this.who || this.isDue) return;
    this.unnamed = readView(kept?.named ? kept.unnamed : kept);
    this.#arrive(kept, named);
  }

  /**
   * @param {any} kept
   * @param {Named | null} named
   */
  #arrive(kept, named) {
    const isChanged = kept && Object.keys(kept).some((part) => !BESIDE.includes(part));
    if (named && kept?.named && isChanged) {
      // It was changed from that version. The user must still be told if there is a newer one.
      named.entry = { ...named.entry, version: kept.named.version };
    }
    const view = isChanged ? readView(kept) : (named?.view ?? this.unnamed);
    if (!named) this.unnamed = view;
    if (this.before) this.before = { view, named };
    else this.#show({ view, named });
  }

  /**
   * @param {string | null} id
   * @returns {Promise<any>} undefined if it cannot be determined now
   */
  async #read(id) {
    try {
      if (id === null) return JSON.parse(localStorage.getItem(this.#key) ?? "null");
      return (await this.sheet.ask("layout", {})).layout;
    } catch (error) {
      if (/** @type {any} */ (error).code === "offline") this.who = undefined; // try again
      return undefined;
    }
  }

  /**
   * @param {string} id
   * @returns {Promise<Named | null>} null if it cannot be opened, which the user is told
   */
  async #opened(id) {
    try {
      return await this.views.open(id);
    } catch (error) {
      this.failed(error);
      return null;
    }
  }

  get #key() {
    return PREFIX + this.sheet.config.path;
  }

  // Showing

  /** @param {Arranged} arranged */
  #show({ view, named }) {
    this.named = named;
    this.isSetting = true;
    if (!sameValue(view, this.current.view)) this.current.set(view);
    this.isSetting = false;
    this.last = this.current.view;
    this.onChange();
  }

  /** @param {View} view */
  #changed(view) {
    if (this.isSetting || sameValue(view, this.last)) return;
    this.last = view;
    if (!this.named) this.unnamed = view;
    this.#endVisit();
    this.#isOther();
    this.onChange();
  }

  // Storing

  #isOther() {
    this.isDue = true;
    this.#soon();
  }

  #soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), LATER_MS);
  }

  async #save() {
    const kept = this.#kept();
    this.isDue = false;
    try {
      if (this.isSignedIn) await this.sheet.ask("keep_layout", { layout: kept });
      else if (kept) localStorage.setItem(this.#key, JSON.stringify(kept));
      else localStorage.removeItem(this.#key);
    } catch (error) {
      this.isDue = /** @type {any} */ (error).code === "offline";
      if (!this.isDue) this.sheet.stage.say(this.sheet.texts.viewNotKept);
    }
  }

  /** For a view that has not changed since it was opened, its key is enough. */
  #kept() {
    const { view, named } = this.before ?? { view: this.current.view, named: this.named };
    if (!named) {
      const isNothing = sameValue(view, plainView()) && this.views.default === null;
      return isNothing ? null : view;
    }
    const { id, version } = named.entry;
    const beside = { named: { id, version }, unnamed: this.unnamed };
    return sameValue(view, named.view) ? beside : { ...view, ...beside };
  }

  // Errors

  /**
   * @param {(named: Named) => Promise<void>} doing
   * @param {Named} named
   */
  async #tried(doing, named) {
    try {
      await doing(named);
      this.#isOther();
    } catch (error) {
      this.failed(error);
    }
    this.onChange();
  }

  /** @param {any} error */
  failed({ code, message }) {
    const { texts, status } = this.sheet;
    this.message = message || (code === "offline" ? texts.viewsOffline : texts.viewNotKept);
    if (status === "live") this.#say();
  }

  // Visiting

  /** Opens the view that the address contains, if it is for this sheet. */
  async #visit() {
    const { store, texts } = this.sheet;
    const found = readLink(location.hash, store.hello?.sheet ?? "");
    if (found === null) return;
    const isOnly = document.querySelectorAll("live-sheet").length < 2;
    if (found === "bad" || (found === "foreign" && isOnly)) this.message = texts.badLink;
    if (this.sheet.status === "live") this.#say();
    if (typeof found === "string") return;
    this.before ??= { view: this.current.view, named: this.named };
    if ("held" in found) {
      this.#show({ view: readView(found.held), named: null });
      return;
    }
    const named = await this.#opened(found.id);
    if (named) this.#show({ view: named.view, named });
    else this.leave();
  }

  #say() {
    if (this.message) this.sheet.stage.say(this.message);
    this.message = "";
  }

  /** Removes the view from the address, so that a reload shows the user's own. */
  #endVisit() {
    if (!this.before) return;
    this.before = null;
    history.replaceState(history.state, "", location.pathname + location.search);
    this.onChange();
  }
}
