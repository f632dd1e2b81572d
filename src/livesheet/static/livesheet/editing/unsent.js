/**
 * Edits that have not gone out, or have not been answered, are kept until they are: over a lost line,
 * a closed tab, a browser that crashed. The next copy of the sheet that the same user opens goes on
 * with them. Leaving the page with such edits, or in the middle of typing, is asked about.
 */

import { count } from "../texts.js";
import { Claims } from "../wire/claims.js";
import { Kept, ownerOf } from "../wire/kept.js";
import { pack, restore } from "./queue.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk, Refusal} from "../protocol.js" */

const SAVE_MS = 100;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function unsent(sheet) {
  const { store, outgoing, stage, config, texts, client } = sheet;
  const { outbox } = outgoing;
  const kept = new Kept(config.path, client);
  const claims = new Claims(client);
  const listeners = new AbortController();
  const { signal } = listeners;
  /** @type {Set<string>} queues of copies that still live */
  const watched = new Set();
  let isKept = true;
  /** @type {any} */
  let timer = null;
  /** @type {{pk: Pk, column: string}[] | null} of what had waited: those that were refused */
  let refused = null;

  // Refs of several copies may meet on one line.
  outbox.countFrom(crypto.getRandomValues(new Uint32Array(1))[0]);

  /** Nobody is nobody in particular: the next one without an account would be shown it. */
  const who = () => store.hello?.me.id || null;

  function save() {
    clearTimeout(timer);
    timer = null;
    const owner = who();
    // Signed out, what is let go on screen waits here for its owner.
    if (sheet.status === "forbidden") return;
    const days = outbox.limits.resend_days;
    isKept = owner !== null && kept.put(owner, pack(outgoing), days);
    stage.bar.setKept(isKept);
  }

  function soon() {
    if (!outbox.ready) save();
    else timer ??= setTimeout(save, SAVE_MS);
  }

  /** @param {{key: string, client: string}} queue */
  function watch({ key, client: owner }) {
    if (watched.has(key)) return;
    watched.add(key);
    claims.whenLeft(owner, () => {
      watched.delete(key);
      bring(key);
    });
  }

  /** @param {string} key  of a copy that is no more */
  function bring(key) {
    if (signal.aborted || sheet.status !== "live" || ownerOf(key)?.who !== who()) return;
    const queue = kept.read(key);
    if (queue) {
      refused ??= [];
      restore(outgoing, queue);
      save();
      const n = outbox.size;
      if (n) stage.notices.announce(count(texts, "broughtBack", n));
    }
    kept.remove(key);
    stage.remarks.show();
  }

  /** @param {Event} event */
  function collect(event) {
    const { pk, column } = /** @type {CustomEvent<Refusal>} */ (event).detail;
    if (typeof pk === "string" && column) refused?.push({ pk, column });
  }

  /** What had waited is answered: what was not taken must not stay unseen. */
  function tell() {
    if (!refused || outbox.size) return;
    const cells = refused;
    refused = null;
    if (!cells.length) return;
    let at = 0;
    const next = () => {
      const { pk, column } = cells[at % cells.length];
      at += 1;
      stage.select(pk, column);
    };
    stage.notices.show(count(texts, "waitedInVain", cells.length), {
      name: "unsent",
      actions: [{ text: texts.showNext, run: next, stays: cells.length > 1 }],
    });
  }

  /** @param {Event} event */
  function leave(event) {
    save();
    const isWaiting = outbox.size && !(sheet.status === "reload" && isKept);
    if (isWaiting || stage.grid?.isChanged) event.preventDefault();
  }

  window.addEventListener("beforeunload", leave, { signal });
  window.addEventListener("pagehide", save, { signal });
  window.addEventListener(
    "storage",
    ({ key }) => {
      const owner = key ? ownerOf(key) : null;
      const isOurs = owner?.path === config.path && owner?.who === who();
      if (key && owner && isOurs && owner.client !== client) watch({ key, client: owner.client });
    },
    { signal },
  );
  stage.host.addEventListener("livesheet:rejected", collect, { signal });
  return {
    wished: soon,
    launched: save,
    caughtUp() {
      const owner = who();
      if (outbox.size) refused ??= [];
      if (owner === null) return;
      kept.sweep(owner);
      kept.others(owner).forEach(watch);
    },
    frame: tell,
    status: () => stage.repaint(),
    close() {
      save();
      listeners.abort();
      claims.close();
    },
  };
}
