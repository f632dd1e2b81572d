/**
 * The widget's second file: what nobody needs for a first look at a sheet. It is fetched when the
 * sheet stands there and the browser has nothing else to do, or at once when something in it is asked
 * for. What is asked for meanwhile waits, and is done in the order in which it was asked for.
 */

/** @import {Feature, Parts, SheetSurface} from "./features.js" */
/** @import {Pk} from "./protocol.js" */

/** @typedef {[Pk | null, string | null, boolean, string | null]} Selected  as a feature hears it */

/** However busy a browser is, it is not kept waiting for longer than this. */
const BUSY_MS = 2_000;
/** Where a browser does not say that it has nothing else to do. */
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
    /** @type {Selected | null} */
    this.last = null;
  }

  /** @param {(parts: Parts) => void} run  now, or as soon as the file is there */
  with(run) {
    if (this.parts) {
      run(this.parts);
      return;
    }
    this.waiting.push(run);
    this.fetch();
  }

  /**
   * What opens something takes the keys. It is given up where the user goes on before it is there:
   * what is pressed then is meant for what stands there, and not for what comes in between.
   * @param {(parts: Parts) => void} run
   */
  opening(run) {
    let isWanted = true;
    const listeners = new AbortController();
    const goOn = () => {
      isWanted = false;
      listeners.abort();
    };
    // The event that asks for it has passed here already.
    for (const name of this.parts ? [] : ["keydown", "pointerdown"])
      document.addEventListener(name, goOn, { capture: true, signal: listeners.signal });
    this.with((parts) => {
      listeners.abort();
      if (isWanted) run(parts);
    });
  }

  /** When the browser has nothing else to do. */
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

  /** Where the user is. @param {Selected} selected */
  selected(selected) {
    this.last = selected;
  }

  /**
   * A feature that joins a sheet which is under way hears what it would have heard.
   * @param {Feature} feature
   * @param {SheetSurface & {isCaughtUp: boolean}} sheet
   */
  catchUp(feature, { store, stage, status, isCaughtUp }) {
    if (store.hello) feature.hello?.(store.hello);
    feature.status?.(status);
    if (isCaughtUp) feature.caughtUp?.();
    if (stage.grid) feature.gridMade?.();
    if (this.last) feature.select?.(...this.last);
    feature.arranged?.();
  }
}
