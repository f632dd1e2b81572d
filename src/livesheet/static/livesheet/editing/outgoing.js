/**
 * Outward: what the user wants to change, and the result of each request. If a request is refused,
 * the cell shows the server's value and the reason.
 */

import { newStep } from "../store/undo.js";
import { fill } from "../texts.js";
import { isSkipped } from "../values/moments.js";
import { Batch } from "../wire/batch.js";
import { Outbox } from "../wire/outbox.js";
import { pack } from "../wire/requests.js";
import { Adding } from "./adding.js";
import { Again } from "./again.js";
import { Acting, Deleting } from "./rowactions.js";

/** @import {Action, Clock, Mark, Pk, Refusal, Part, Value, Who} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Commit, Screen} from "../surfaces.js" */
/** @import {NewRow} from "./adding.js" */

/** The user may no longer see the sheet, or another user has signed in. */
const OTHERS = new Set(["forbidden", "other_user"]);
const NOT_THERE = new Set([...OTHERS, "not_found"]);

/**
 * @typedef {object} World
 * @property {string} client
 * @property {(frame: object) => boolean} send
 * @property {Record<string, string>} texts
 * @property {HTMLElement} root
 * @property {Clock} clock
 * @property {(who: Who) => string} [nameOf]
 * @property {() => void} [onChange]  requests have been made or completed
 * @property {() => void} [onDrafted]  a new row has been typed into, or discarded
 * @property {() => void} [onLaunch]  called before a new request is sent
 * @property {(batch: Batch) => void} [onBatch]  an action on many cells has begun
 * @property {(text: string) => void} [onImpossible]  an action cannot be begun
 */

export class Outgoing {
  /**
   * @param {Store} store
   * @param {Screen} screen
   * @param {World} world
   */
  constructor(store, screen, world) {
    const { client, send, texts, root, clock, nameOf = () => "" } = world;
    this.store = store;
    this.screen = screen;
    this.texts = texts;
    this.clock = clock;
    this.world = world;
    this.outbox = new Outbox(
      client,
      {
        send,
        current: (pk, column) => store.base(pk, column),
        onDone: (part) => this.#done(part),
        onAdopted: (draft, pk) => this.#adopted(draft, pk),
        onCount: () => {
          screen.count(this.outbox.size);
          world.onChange?.();
        },
        onLaunch: world.onLaunch,
      },
      clock,
    );
    /** @type {(pk: Pk, column: string, refusal: Refusal, typed: Value) => void} */
    const mark = (pk, column, refusal, typed) => this.#mark(pk, column, refusal, typed);
    const { outbox } = this;
    const adding = new Adding(store, screen, outbox, mark);
    const deleting = new Deleting(store, screen, outbox, { texts, root, mark });
    this.adding = adding;
    this.deleting = deleting;
    this.acting = new Acting(store, screen, outbox, {
      ...{ texts, root, mark },
      onBatch: (batch) => world.onBatch?.(batch),
    });
    const writer = (/** @type {Pk} */ pk) => nameOf(store.writers.get(pk) ?? "");
    this.again = new Again(
      store,
      screen,
      { outbox, adding, deleting },
      { texts, mark, nameOf: writer, onBatch: (batch) => world.onBatch?.(batch) },
    );
  }

  /**
   * Carries out one action of the user.
   * @param {Commit[]} requested
   * @param {NewRow[]} [fresh]  rows to add
   * @param {object} [how]
   * @param {boolean} [how.atomic]  saves everything or nothing
   * @param {boolean} [how.isTold]  shows the progress and the refused cells
   * @param {boolean} [how.isPaste]  sends the new row as well in which the user is
   * @param {boolean} [how.isFar]  the rows need not be loaded
   */
  edit(requested, fresh = [], { atomic = false, isTold = true, isPaste = false, isFar } = {}) {
    const { store, adding, screen } = this;
    const commits = isFar ? requested : this.#possible(requested);
    const why = atomic && commits.length + fresh.length > 1 && whyNotWhole(this, commits, fresh);
    if (why) {
      this.sayImpossible(why);
      screen.refresh(new Set(commits.map(({ pk }) => pk)));
      return;
    }
    for (const { pk, column } of commits) store.marks.clear(pk, column);
    const isMany = isTold && commits.length + fresh.length > 1;
    const batch = isMany ? new Batch("edit", atomic) : null;
    const drafts = fresh.map((row) => adding.draft(row));
    const drafted = commits.filter(({ pk }) => store.drafts.has(pk));
    for (const { pk, column, value, base } of drafted) this.#editDraft(pk, column, value, base);
    const left = drafted.map(({ pk }) => pk).filter((pk) => isPaste || pk !== adding.at);
    const ready = new Set(adding.ready(new Set([...left, ...drafts])));
    const rows = new Set([...drafts, ...ready]);
    const steps = new Map([...rows].map((pk) => [pk, newStep({ kind: "add", pk })]));
    store.undo.forget(ready);
    const isKept = ({ pk = "" }) => !ready.has(pk) && !this.outbox.pendingRow(pk);
    const kept = commits.filter(isKept);
    const recorded = kept.length || steps.size ? store.undo.record(kept, [...steps.values()]) : [];
    const edits = kept.flatMap((commit, index) =>
      store.drafts.has(commit.pk) ? [] : [{ ...commit, step: recorded[index], batch }],
    );
    if (fresh.length) screen.arrange();
    if (batch) this.#begin(batch, edits.length + ready.size);
    this.outbox.edit(edits);
    if (rows.size || drafted.length) adding.send([...ready], steps, batch);
    screen.refresh(new Set(commits.map(({ pk }) => pk)));
    if (drafted.length) this.world.onDrafted?.();
    this.world.onChange?.();
  }

  /** @param {string} why  why an action cannot be begun */
  sayImpossible(why) {
    if (this.world.onImpossible) this.world.onImpossible(why);
    else this.screen.say(why);
  }

  /**
   * Returns the commits that can be sent. If a row was removed while the user was typing into it,
   * the typed values are offered for copying.
   * @param {Commit[]} commits
   */
  #possible(commits) {
    const { store } = this;
    const isThere = (/** @type {Pk} */ pk) => store.rows.has(pk) || store.drafts.has(pk);
    const gone = store.cursor === null ? [] : commits.filter(({ pk }) => !isThere(pk));
    for (const pk of new Set(gone.map((commit) => commit.pk)))
      this.#lose(
        pk,
        gone.filter((commit) => commit.pk === pk),
      );
    return commits.filter((commit) => !gone.includes(commit) && !this.#skipped(commit));
  }

  /**
   * Refuses a time that does not exist because clocks were put forward. The server would save it an
   * hour off.
   * @param {Commit} commit
   */
  #skipped({ pk, column, value }) {
    const { store, texts, screen } = this;
    const isMoment = store.column(column)?.type === "datetime" && typeof value === "string";
    if (!isMoment || !isSkipped(value, store.context.zone)) return false;
    this.#mark(pk, column, { code: "skipped", message: texts.skippedHour }, value);
    screen.refresh([pk]);
    return true;
  }

  /**
   * @param {Pk} pk
   * @param {{column: string, value: Value, row?: string}[]} typed
   */
  #lose(pk, typed) {
    const cells = typed.map(({ column, value }) => ({ column, value }));
    this.screen.tell("lost", { pk, row: typed[0].row, cells });
  }

  /**
   * @param {Batch} batch
   * @param {number} total
   */
  #begin(batch, total) {
    batch.expect(total);
    if (total > 1) this.world.onBatch?.(batch);
  }

  /**
   * Pastes values into existing cells, and rows below the last one.
   * @param {Commit[]} commits
   * @param {Record<string, Value>[]} below
   */
  paste(commits, below) {
    const like = this.adding.at ?? "";
    const fresh = below.map((values) => ({ values, like }));
    this.edit(commits, fresh, { atomic: this.store.hello?.atomic_pastes, isPaste: true });
  }

  /**
   * Undoes the part of an action that has not been sent.
   * @param {Batch} batch
   */
  cancel(batch) {
    batch.cancel();
    const parts = this.outbox.cancel(batch);
    for (const { step } of parts) if (step) step.refused = true;
    this.adding.discard(parts.filter(({ kind }) => kind === "add").map(({ pk }) => pk));
    this.screen.refresh(new Set(parts.map(({ pk }) => pk)));
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @param {Value} value
   * @param {Value} base
   */
  #editDraft(pk, column, value, base) {
    if (this.outbox.pendingRow(pk)) this.outbox.edit([{ pk, column, value, base }]);
    else this.adding.fillIn(pk, column, value);
  }

  /**
   * Adds an empty row, and selects it.
   * @param {Pk | null} [above]  the row below the new one; by default, it is added at the end
   * @param {string} [column]  the column where the user begins
   * @param {string} [like]  a row or heading of its group
   */
  addRow(above = null, column = undefined, like = undefined) {
    this.adding.blank(above, column, like);
  }

  /** @param {Record<string, Value>[]} rows  rows that were pasted below the last one */
  addRows(rows) {
    this.paste([], rows);
  }

  /** @param {Pk[]} pks */
  async delete(pks) {
    const { store, outbox } = this;
    const drafts = pks.filter((pk) => store.drafts.isDraft(pk) && !outbox.pendingRow(pk));
    this.adding.discard(drafts);
    if (drafts.length) this.world.onDrafted?.();
    await this.deleting.ask(pks.filter((pk) => store.rows.has(pk)));
  }

  /** @param {Action} action  one of the sheet's own actions @param {Pk[]} pks */
  act(action, pks) {
    return this.acting.act(action, pks);
  }

  undo() {
    this.again.undo();
  }

  redo() {
    this.again.redo();
  }

  /**
   * Sends the refused value again, because the user has seen the current one and still wants it.
   * @param {Pk} pk
   * @param {string} column
   * @param {Mark} mark
   */
  insist(pk, column, mark) {
    const base = this.store.base(pk, column);
    const before = this.store.shown(pk, column);
    this.edit([{ pk, column, value: mark.typed, base, before }]);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   */
  dismiss(pk, column) {
    this.store.marks.clear(pk, column);
    this.screen.refresh([pk]);
  }

  /**
   * @param {Pk} draft
   * @param {Pk} pk
   */
  #adopted(draft, pk) {
    const { store, adding } = this;
    if (adding.at === draft) adding.at = pk;
    store.drafts.rename(draft, pk);
    store.marks.rename(draft, pk);
    store.undo.rename(draft, pk);
    store.order.adopt(draft, pk);
    this.screen.rename(draft, pk);
  }

  /** @param {Part} part */
  #done(part) {
    const refusal = typeof part.result === "object" ? part.result : null;
    if (part.kind === "add") this.adding.done(part, refusal);
    else if (part.kind === "delete") this.deleting.done(part, refusal);
    else if (part.kind === "act") this.acting.settle(part, refusal);
    else this.#editDone(part, refusal);
    if (refusal) this.screen.tell("rejected", { ...refusal, pk: part.pk, column: part.column });
    else this.#saved(part);
    this.screen.refresh([part.pk]);
    part.batch?.settle(part);
    if (part.kind === "act" && part.batch instanceof Batch) this.acting.over(part.batch);
  }

  /** @param {Part} part */
  #saved({ kind, pk, column, result }) {
    const detail = kind === "edit" ? { kind, pk, column } : { kind, pk };
    this.screen.tell("saved", { ...detail, unchanged: result === "unchanged" });
  }

  /**
   * @param {Part} part
   * @param {Refusal | null} refusal
   */
  #editDone(part, refusal) {
    if (part.step && refusal) part.step.refused = true;
    else if (part.step && part.result === "saved") part.step.after = part.echo;
    if (!refusal || refusal.code === "aborted") return;
    const isUndo = Boolean(part.step?.isBack);
    const { rows, order } = this.store;
    // In a large sheet, the row may be on another page.
    if (rows.has(part.pk) || (order.isPaged && !NOT_THERE.has(refusal.code)))
      this.#mark(part.pk, part.column, { ...refusal, isUndo }, part.value);
    else if (!OTHERS.has(refusal.code)) this.#lose(part.pk, [part]);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @param {Refusal} refusal
   * @param {Value} typed
   */
  #mark(pk, column, refusal, typed) {
    const message = refusal.message || this.#ownWords(refusal.code);
    const kind = refusal.code === "conflict" ? "conflict" : "refused";
    const { name = "", colour = "" } = refusal.by ?? {};
    const by = name ? { name, colour } : null;
    const { isUndo } = refusal;
    this.store.marks.set(pk, column, { kind, message, at: this.clock.now(), typed, by, isUndo });
  }

  /** The words for refusals that the widget itself makes. @param {string} code */
  #ownWords(code) {
    const { texts } = this;
    /** @type {Record<string, string>} */
    const words = {
      expired: texts.expired,
      too_big: texts.tooBig,
      broken_text: texts.brokenText,
      conflict: texts.conflict,
    };
    return words[code] ?? texts.refused;
  }
}

/**
 * Checks whether an action can be saved as a whole: the server rolls back a whole frame, but no
 * more.
 * @param {{store: Store, outbox: Outbox, texts: Record<string, string>}} sheet
 * @param {Commit[]} commits
 * @param {NewRow[]} fresh
 * @returns {string} why it cannot, or "" if it can
 */
function whyNotWhole({ store, outbox, texts }, commits, fresh) {
  const { cells, rows, frame_bytes: bytes } = outbox.limits;
  const drafted = commits.filter(({ pk }) => store.drafts.has(pk));
  if (drafted.length || (fresh.length && commits.length)) return texts.wholeMixed;
  const isWhole = (/** @type {NewRow} */ { values }) =>
    store.columns.every(
      ({ name, required, readonly }) => !required || readonly || values[name] != null,
    );
  if (!fresh.every(isWhole)) return texts.wholeIncomplete;
  const n = commits.length || fresh.length;
  const limit = commits.length ? { most: cells, bytes } : { most: rows, bytes };
  const wire = commits.map(({ pk, column, value, base }) => [pk, column, value, base]);
  const items = commits.length ? wire : fresh.map(({ values }) => values);
  const { packs, tooBig } = pack(items, (item) => item, limit);
  if (packs.length <= 1 && !tooBig.length) return "";
  const text =
    n <= limit.most ? texts.wholeBytes : commits.length ? texts.wholeCells : texts.wholeRows;
  return fill(text, { n, most: limit.most });
}
