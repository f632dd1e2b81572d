/**
 * The features of a sheet, and the widget's second file, which contains those that are not needed to
 * show it. The file is loaded when the sheet is shown and the browser is idle, or at once when
 * something in it is requested. Requests wait until it is loaded, and are then carried out in their
 * order.
 */

/** @import {Feature, Parts, SheetSurface} from "./features.js" */
/** @import {Finder} from "./grid/surface.js" */
/** @import {Pk} from "./protocol.js" */
/** @import {Target} from "./surfaces.js" */

/** @typedef {[Pk | null, string | null, boolean, string | null]} Selected  the arguments of a
 * feature's `select()` */

/** Even if the browser is never idle, the file is loaded after this time. */
const BUSY_MS = 2_000;
/** The delay in browsers that cannot report when they are idle. */
const SOON_MS = 200;

export class Later {
  /**
   * @param {(attempt: number) => Promise<Parts>} load
   * @param {{onParts: (parts: Parts) => void, onFailed: () => void}} handlers
   */
  constructor(load, { onParts, onFailed }) {
    this.load = load;
    this.onParts = onParts;
    this.onFailed = onFailed;
    /** @type {Parts | null} */
    this.parts = null;
    /** @type {((parts: Parts) => void)[]} */
    this.waiting = [];
    this.attempts = 0;
    this.isLoading = false;
    this.isClosed = false;
    this.stopWaiting = () => {};
  }

  /** @param {(parts: Parts) => void} run  called now, or as soon as the file is loaded */
  with(run) {
    if (this.parts) {
      run(this.parts);
      return;
    }
    this.waiting.push(run);
    this.fetch();
  }

  /**
   * Like `with()`, for something that opens and takes the focus. It is not opened if the user
   * presses a key or clicks before the file is loaded, because the next keys are meant for
   * something else.
   * @param {(parts: Parts) => void} run
   */
  opening(run) {
    let isWanted = true;
    const listeners = new AbortController();
    const goOn = () => {
      isWanted = false;
      listeners.abort();
    };
    // The event that caused this call has passed the document already.
    for (const name of this.parts ? [] : ["keydown", "pointerdown"])
      document.addEventListener(name, goOn, { capture: true, signal: listeners.signal });
    this.with((parts) => {
      listeners.abort();
      if (isWanted) run(parts);
    });
  }

  /** Loads the file when the browser is idle. */
  soon() {
    this.stopWaiting();
    if (this.parts || this.isClosed) return;
    if ("requestIdleCallback" in globalThis) {
      const handle = requestIdleCallback(() => this.fetch(), { timeout: BUSY_MS });
      this.stopWaiting = () => cancelIdleCallback(handle);
    } else {
      const timer = setTimeout(() => this.fetch(), SOON_MS);
      this.stopWaiting = () => clearTimeout(timer);
    }
  }

  async fetch() {
    if (this.isLoading || this.parts || this.isClosed) return;
    this.isLoading = true;
    const parts = await this.load(this.attempts++).catch(() => null);
    this.isLoading = false;
    if (parts) this.take(parts);
    else if (this.waiting.splice(0).length && !this.isClosed) this.onFailed();
  }

  /** @param {Parts} parts */
  take(parts) {
    if (this.parts || this.isClosed) return;
    this.stopWaiting();
    this.parts = parts;
    this.onParts(parts);
    for (const run of this.waiting.splice(0)) run(parts);
  }

  close() {
    this.isClosed = true;
    this.waiting = [];
    this.stopWaiting();
  }
}

/** The features that receive the sheet's events: first those of the first file, then all. */
export class Registry {
  /**
   * @param {SheetSurface & {isCaughtUp: boolean}} sheet
   * @param {(attempt: number) => Promise<Parts>} loadMore
   */
  constructor(sheet, loadMore) {
    this.sheet = sheet;
    /** @type {Feature[]} */
    this.features = [];
    /** @type {Selected | null} */
    this.last = null;
    this.later = new Later(loadMore, {
      onParts: (parts) => this.#join(parts),
      onFailed: () => sheet.stage.say(sheet.texts.notLoaded),
    });
  }

  /** @returns {Finder | null} */
  get finder() {
    return this.features.find(({ finder }) => finder)?.finder ?? null;
  }

  /** Called when all parts of the sheet exist. @param {((sheet: SheetSurface) => Feature)[]} makers */
  begin(makers) {
    const { commands: all, stage } = this.sheet;
    this.features = makers.map((make) => make(this.sheet));
    for (const { commands, tools } of this.features) {
      all.add([...(commands ?? []), ...stage.tools.add(tools ?? [])]);
    }
  }

  /** @param {(feature: Feature) => void} tell */
  each(tell) {
    this.features.forEach(tell);
  }

  /** Calls `tell` as soon as all features are loaded. @param {(feature: Feature) => void} tell */
  late(tell) {
    this.later.with(() => this.each(tell));
  }

  /** @param {string} command @param {Target | null} target @param {boolean} isOpening */
  run(command, target, isOpening) {
    const how = isOpening ? "opening" : "with";
    this.later[how](() => this.each(({ runs }) => runs?.[command]?.(target)));
  }

  /** @param {Pk} pk @param {string} [column] */
  openCard(pk, column) {
    this.later.opening(() => this.each((feature) => feature.open?.(pk, column)));
  }

  /** Another cell is selected, which features that are loaded later learn as well. @param {Selected} selected */
  selected(...selected) {
    this.last = selected;
    this.each((feature) => feature.select?.(...selected));
  }

  /** Adds the features of the second file, and tells them what has happened before. @param {Parts} parts */
  #join({ features, texts }) {
    const { sheet } = this;
    Object.assign(sheet.texts, texts, sheet.config.texts);
    const joined = features.map((make) => make(sheet));
    this.features = [...joined, ...this.features]; // loading rows comes before showing them
    for (const feature of joined) {
      sheet.commands.add(feature.commands ?? []);
      this.#catchUp(feature);
    }
  }

  /** @param {Feature} feature */
  #catchUp(feature) {
    const { store, stage, status, isCaughtUp } = this.sheet;
    if (store.hello) feature.hello?.(store.hello);
    feature.status?.(status);
    if (isCaughtUp) feature.caughtUp?.();
    if (stage.grid) feature.gridMade?.();
    if (this.last) feature.select?.(...this.last);
    feature.arranged?.();
  }
}
