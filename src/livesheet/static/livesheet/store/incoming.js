/**
 * Applies the frames of the server to the store, and determines what must be repainted.
 */

import { sameValue } from "../protocol.js";
import { fill } from "../texts.js";

/**
 * @import {Author, ChangeFrame, ErrorFrame, Hello, LabelsFrame, Pk, ReplyFrame, RowsFrame, Who}
 *   from "../protocol.js"
 */
/** @import {Screen} from "../surfaces.js" */
/** @import {Outbox} from "../wire/outbox.js" */
/** @import {Store} from "./store.js" */

/** If more rows than this change at once, no cell is highlighted. */
const MOST_FLASHES = 1_000;

export class Incoming {
  /**
   * @param {Store} store
   * @param {Outbox} outbox
   * @param {Screen} screen
   * @param {{texts: Record<string, string>, nameOf: (who: Who) => string,
   *   authorOf?: (who: Who) => Author | null}} words
   */
  constructor(store, outbox, screen, { texts, nameOf, authorOf = () => null }) {
    this.store = store;
    this.outbox = outbox;
    this.screen = screen;
    this.texts = texts;
    this.nameOf = nameOf;
    this.authorOf = authorOf;
    /** @type {Set<Pk> | null} the snapshot that is being received */
    this.snapshot = null;
    /** @type {Pk[]} rows that it has changed, to be painted when it is complete */
    this.changed = [];
    /** How many rows must have arrived before they are arranged again. */
    this.nextArrange = 0;
    /** Nothing is shown yet, so rows can be shown as they arrive. */
    this.isFirst = true;
  }

  /** A new connection: an interrupted snapshot will not be continued. */
  restart() {
    this.snapshot = null;
  }

  /** @param {Hello} hello */
  hello(hello) {
    const { store, outbox } = this;
    const former = store.hello;
    store.greet(hello);
    store.haystack.clear();
    outbox.keepWithin(hello.limits);
    if (former && former.me.id !== hello.me.id) this.#otherUser();
    const sameColumns = former && sameValue(former.columns, hello.columns);
    if (sameColumns && sameValue(former.can, hello.can)) return;
    if (!sameColumns) {
      store.rows.describe(hello.columns);
      store.rows.clear();
      store.order.reset([]);
      this.isFirst = true;
    }
    this.screen.rebuild();
  }

  #otherUser() {
    this.store.undo.clear();
    this.outbox.drop({ code: "other_user", message: this.texts.otherUser });
  }

  /** @param {LabelsFrame} frame */
  labels({ column, labels }) {
    const { rows, haystack, order } = this.store;
    const known = rows.labels(column);
    const isNews = Object.entries(labels).some(([key, text]) => text !== (known.get(key) ?? text));
    rows.addLabels(column, labels);
    if (order.isPaged && !isNews) return; // their rows are still to come, or nothing is new
    haystack.clear();
    this.screen.repaint();
  }

  /**
   * The first snapshot is shown while it arrives, with twice as many rows each time, because the
   * cost of showing depends on the number of rows. Later ones are shown when they are complete, so
   * that nothing jumps.
   * @param {RowsFrame} frame
   * @returns {boolean} whether this was its last frame
   */
  rows({ rows, reset, done, cursor }) {
    const { store } = this;
    if (store.order.isPaged) {
      store.reached(cursor ?? null);
      return Boolean(done); // shown rows are requested again, and kept until then
    }
    if (reset || !this.snapshot) {
      this.snapshot = new Set();
      this.changed = [];
      this.nextArrange = 0;
      store.reached(null);
    }
    const merged = rows.map((row) => store.rows.merge(row));
    for (const { pk, columns } of merged) {
      this.snapshot.add(pk);
      store.haystack.forget(pk);
      if (columns.length) this.changed.push(pk);
    }
    if (this.isFirst) store.order.append(merged.map(({ pk }) => pk));
    if (done) this.#complete(this.snapshot, cursor ?? null);
    if (done || this.#isTimeToShow(this.snapshot.size)) this.screen.arrange();
    return Boolean(done);
  }

  /** @param {number} count */
  #isTimeToShow(count) {
    if (!this.isFirst || count < this.nextArrange) return false;
    this.nextArrange = 2 * count;
    return true;
  }

  /**
   * @param {Set<Pk>} pks
   * @param {string | null} cursor
   */
  #complete(pks, cursor) {
    const { store } = this;
    for (const pk of [...store.rows.pks()]) if (!pks.has(pk)) this.#remove(pk);
    if (this.isFirst) store.order.arrange();
    else store.order.reset(pks);
    this.isFirst = false;
    this.snapshot = null;
    store.reached(cursor);
    this.screen.refresh(this.changed);
    this.changed = [];
  }

  /** @param {ChangeFrame} frame */
  change(frame) {
    const { store, outbox, screen } = this;
    const { rows, gone, by, refs } = frame;
    store.reached(frame.cursor);
    outbox.adopt(refs);
    const merged = rows.map((row) => store.rows.merge(row));
    const isNews = merged.length <= MOST_FLASHES;
    for (const { pk, added, columns } of merged) {
      store.touched(pk, columns);
      if (isNews) this.#flash(pk, added ? store.columns.map(({ name }) => name) : columns, by[pk]);
    }
    for (const [pk] of rows) {
      store.writers.delete(pk); // unless `by` names an author below
      store.leaving.delete(pk); // the row exists
    }
    for (const [pk, who] of Object.entries(by)) store.writers.set(pk, who);
    for (const pk of gone) this.#remove(pk, by[pk]);
    const named = new Set([...rows.map(([pk]) => pk), ...gone]);
    outbox.echo(refs, (pk) => named.has(pk));
    const fresh = merged.filter(({ added }) => added).map(({ pk }) => pk);
    store.order.append(fresh);
    if (fresh.length || gone.length) screen.arrange();
    screen.refresh(named);
    screen.tell("change", { rows: rows.map(([pk]) => pk), gone, by });
  }

  /**
   * A change that the user has asked for is not highlighted.
   * @param {Pk} pk
   * @param {string[]} columns
   * @param {Who | undefined} who
   */
  #flash(pk, columns, who) {
    if (this.store.drafts.has(pk)) return;
    const name = who === undefined ? "" : this.nameOf(who);
    const message = name ? fill(this.texts.changedBy, { who: name }) : this.texts.changed;
    const author = who === undefined ? null : this.authorOf(who);
    for (const column of columns) {
      if (!this.outbox.pending(pk, column)) this.store.marks.changed(pk, column, message, author);
    }
  }

  /**
   * Unsent values of a deleted row are not lost with it.
   * @param {Pk} pk
   * @param {Who} [who]  the user who removed it
   */
  #remove(pk, who) {
    const { store } = this;
    const row = store.rowName(pk);
    store.rows.remove(pk);
    store.order.remove(pk);
    store.haystack.forget(pk);
    store.marks.clearRow(pk);
    store.writers.delete(pk);
    const cells = this.outbox.takeBack(pk).map(({ column, value }) => ({ column, value }));
    if (cells.length) this.screen.tell("lost", { pk, row, who, cells });
  }

  /** @param {ReplyFrame} frame */
  reply(frame) {
    this.outbox.reply(frame);
  }

  /** @param {ErrorFrame} frame */
  error({ code, message, ref }) {
    if (ref) this.outbox.fail(ref, { code, message });
    else this.screen.say(message);
  }
}
