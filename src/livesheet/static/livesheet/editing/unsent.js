/**
 * Edits that have not been sent, or have not been answered, are kept until they are, even if the
 * connection is lost, the tab is closed or the browser crashes. The next copy of the sheet that the
 * same user opens continues with them. The browser asks before the page is left with such edits, or
 * while something is being typed.
 */

import { count } from "../texts.js";
import { Claims } from "../wire/claims.js";
import { Kept, ownerOf } from "../wire/kept.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk, Refusal, Value} from "../protocol.js" */
/** @import {Queue} from "../wire/kept.js" */
/** @import {Outgoing} from "./outgoing.js" */

const SAVE_MS = 100;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export const unsent = (sheet) => new Unsent(sheet);

/** @implements {Feature} */
class Unsent {
  /** @param {SheetSurface} sheet */
  constructor(sheet) {
    this.sheet = sheet;
    this.outbox = sheet.outgoing.outbox;
    this.path = sheet.config.path;
    this.kept = new Kept(this.path, sheet.client);
    this.claims = new Claims(sheet.client);
    this.listeners = new AbortController();
    /** @type {Set<string>} queues of other open copies */
    this.watched = new Set();
    this.isKept = true;
    this.saves = 0;
    /** @type {any} */
    this.timer = null;
    /** @type {{pk: Pk, column: string}[] | null} refused cells among the restored edits; null if
     * none were restored */
    this.refused = null;
    // Refs of several copies must not collide on one connection.
    this.outbox.countFrom(crypto.getRandomValues(new Uint32Array(1))[0]);
    this.#listen();
  }

  requested() {
    if (!this.outbox.ready) this.#save();
    else this.timer ??= setTimeout(() => this.#save(), SAVE_MS);
  }

  launched() {
    this.#save();
  }

  drafted() {
    this.#save();
  }

  caughtUp() {
    const owner = this.#who();
    if (this.outbox.size) this.refused ??= [];
    if (owner !== null) this.#look(owner);
  }

  /**
   * When all restored edits are answered, shows which ones were refused, so that they do not go
   * unnoticed.
   */
  frame() {
    const { refused } = this;
    if (!refused || this.outbox.size) return;
    this.refused = null;
    if (refused.length) this.#tell(refused);
  }

  status() {
    this.sheet.stage.repaint();
  }

  close() {
    this.#part();
    this.listeners.abort();
    this.claims.close();
  }

  #listen() {
    const { signal } = this.listeners;
    window.addEventListener("beforeunload", (event) => this.#leave(event), { signal });
    window.addEventListener("pagehide", () => this.#part(), { signal });
    window.addEventListener("storage", ({ key }) => this.#stored(key), { signal });
    const collect = (/** @type {Event} */ event) => this.#collect(event);
    this.sheet.stage.host.addEventListener("livesheet:rejected", collect, { signal });
  }

  /** Nothing is stored for anonymous users, because the next one would see it. */
  #who() {
    return this.sheet.store.hello?.me.id || null;
  }

  async #save() {
    clearTimeout(this.timer);
    this.timer = null;
    const owner = this.#who();
    const { status, outgoing, stage } = this.sheet;
    // After the user has signed out, what has disappeared from the screen stays in storage for
    // them.
    if (status === "forbidden") return;
    const days = this.outbox.limits.resend_days;
    this.saves += 1;
    const number = this.saves;
    const isKept = owner !== null && (await this.kept.put(owner, pack(outgoing), days));
    if (number !== this.saves || this.listeners.signal.aborted) return;
    this.isKept = isKept;
    stage.bar.setKept(isKept);
  }

  /**
   * Saves at once when the page is left, because there may be no time for anything asynchronous.
   */
  #part() {
    this.#save();
    this.kept.secure();
  }

  /** @param {Pk} owner */
  async #look(owner) {
    await this.kept.sweep(owner);
    const queues = await this.kept.others(owner);
    if (this.listeners.signal.aborted || this.#who() !== owner) return;
    for (const queue of queues) this.#watch(queue);
  }

  /** Another copy has stored something. @param {string | null} key */
  #stored(key) {
    const owner = key ? ownerOf(key) : null;
    const isOurs = owner?.path === this.path && owner?.who === this.#who();
    if (!key || !owner || !isOurs || owner.client === this.sheet.client) return;
    this.#watch({ key, client: owner.client });
  }

  /** @param {{key: string, client: string}} queue */
  #watch({ key, client }) {
    if (this.watched.has(key)) return;
    this.watched.add(key);
    this.claims.whenLeft(client, () => {
      this.watched.delete(key);
      return this.#bring(key);
    });
  }

  /** @param {string} key  the queue of a copy that is closed */
  async #bring(key) {
    const { sheet, kept } = this;
    const queue = await kept.read(key);
    const isOurs = sheet.status === "live" && ownerOf(key)?.who === this.#who();
    if (!queue || this.listeners.signal.aborted || !isOurs) return;
    this.refused ??= [];
    restore(sheet.outgoing, queue);
    const n = this.outbox.size;
    if (n) sheet.stage.notices.announce(count(sheet.texts, "broughtBack", n));
    sheet.stage.remarks.show();
    await this.#save(); // if the tab closes now, it is stored twice rather than not at all
    await kept.remove(key);
  }

  /** @param {Event} event */
  #collect(event) {
    const { pk, column } = /** @type {CustomEvent<Refusal>} */ (event).detail;
    if (typeof pk === "string" && column) this.refused?.push({ pk, column });
  }

  /** @param {{pk: Pk, column: string}[]} cells  the refused cells */
  #tell(cells) {
    const { stage, texts } = this.sheet;
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
  #leave(event) {
    this.#save();
    const { status, stage } = this.sheet;
    const isWaiting = this.outbox.size && !(status === "reload" && this.isKept);
    if (isWaiting || stage.grid?.isChanged) event.preventDefault();
  }
}

/*
 * Packs everything that may not be in the database yet, and restores it in another copy of the
 * sheet. Requests that may have been sent keep their client and ref, so that the server recognizes
 * them. The others are sent with their former base.
 */

/**
 * @param {Outgoing} outgoing
 * @returns {Queue}
 */
export function pack({ store, outbox }) {
  const waiting = new Set(outbox.queue.map(({ pk }) => pk));
  const drafts = [...store.drafts.byPk].filter(
    ([pk, values]) =>
      store.drafts.isDraft(pk) &&
      (waiting.has(pk) || !outbox.pendingRow(pk)) &&
      Object.keys(values).length,
  );
  return {
    flights: outbox.requests.kept(),
    edits: outbox.cells
      .all()
      .map(({ pk, column, value, base }) => ({ pk, column, value, base, row: store.rowName(pk) })),
    rows: drafts.map(([draft, values]) => ({ draft, values })),
  };
}

/**
 * @param {Outgoing} outgoing
 * @param {Queue} queue
 */
export function restore(outgoing, { flights, edits, rows }) {
  const { store, outbox, screen } = outgoing;
  /** @type {Map<Pk, Pk>} drafts by their former keys */
  const names = new Map();
  const draft = (/** @type {Pk} */ former, /** @type {Record<string, Value>} */ values) => {
    const name = store.drafts.create(values);
    names.set(former, name);
    store.order.addDraft(name);
    return name;
  };
  for (const request of flights) {
    const { frame, pks } = request;
    const renamed = pks.map((pk, at) =>
      store.drafts.isDraft(pk) ? draft(pk, /** @type {any} */ (frame).rows[at]) : pk,
    );
    outbox.restore({ ...request, pks: renamed });
  }
  for (const { draft: former, values } of rows) draft(former, values);
  // A draft of another page must not be mistaken for one of ours with the same key.
  const real = edits
    .filter(({ pk }) => names.has(pk) || !store.drafts.isDraft(pk))
    .map((edit) => ({ ...edit, pk: names.get(edit.pk) ?? edit.pk }));
  const commits = real.map((edit) => ({ ...edit, before: store.shown(edit.pk, edit.column) }));
  outgoing.edit(commits, [], { isTold: false }); // the caller shows the results
  screen.arrange();
  screen.refresh(new Set([...flights.flatMap(({ pks }) => pks), ...real.map(({ pk }) => pk)]));
}
