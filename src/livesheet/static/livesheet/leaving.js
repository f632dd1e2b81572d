/**
 * Leaving the page with edits under way: the browser asks first, unless the next page has them.
 */

import { Kept } from "./kept.js";

/** @import {Feature, SheetSurface} from "./features.js" */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function leaving(sheet) {
  const { store, outgoing, config } = sheet;
  const kept = new Kept(config.path);
  const who = () => store.hello?.me.id ?? null;
  const listeners = new AbortController();
  const guard = (/** @type {Event} */ event) => {
    const isKept = sheet.status === "reload" && kept.put(who(), outgoing.unsent());
    if (outgoing.outbox.size && !isKept) event.preventDefault();
  };
  window.addEventListener("beforeunload", guard, { signal: listeners.signal });
  return {
    caughtUp() {
      const unsent = kept.take(who());
      if (unsent) outgoing.bring(unsent);
    },
    close: () => listeners.abort(),
  };
}
