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
import { Acting } from "./acting.js";
import { Adding } from "./adding.js";
import { Again } from "./again.js";
import { Deleting } from "./deleting.js";

/** @import {Action, Clock, Mark, Pk, Refusal, Part, Value, Who} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Commit, Screen} from "../surfaces.js" */
/** @import {NewRow} from "./adding.js" */

/** Whose sheet this was may not have it, or somebody else has it now. */
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
 * @property {() => void} [onChange]  something is asked for, or is not any more
 * @property {() => void} [onDrafted]  something was typed into a new row, or that was let go
 * @property {() => void} [onLaunch]  before anything goes out that was not under way before
 * @property {(batch: Batch) => void} [onBatch]  an action on many cells begins
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
   * One user action.
   * @param {Commit[]} requested
   * @param {NewRow[]} [fresh]  rows that it adds
   * @param {object} [how]
   * @param {boolean} [how.atomic]  all of it, or nothing
   * @param {boolean} [how.isTold]  how far it is, and what was refused
   * @param {boolean} [how.isPaste]  also the new row that the user is in is sent
   * @param {boolean} [how.isFar]  its rows need not be loaded
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

  /** @param {string} why  an action cannot be begun */
  sayImpossible(why) {
    if (this.world.onImpossible) this.world.onImpossible(why);
    else this.screen.say(why);
  }

  /**
   * A row may have gone from under the user's editor: what was typed there is offered back.
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
   * A server would save such a time an hour off.
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
   * A paste: over cells that are there, and rows below the last one.
   * @param {Commit[]} commits
   * @param {Record<string, Value>[]} below
   */
  paste(commits, below) {
    const like = this.adding.at ?? "";
    const fresh = below.map((values) => ({ values, like }));
    this.edit(commits, fresh, { atomic: this.store.hello?.atomic_pastes, isPaste: true });
  }

  /**
   * What has not been sent of an action goes back.
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
   * A blank row, ready to be typed into.
   * @param {Pk | null} [above]  the row above which it stands; else at the end
   * @param {string} [column]  where the user begins
   * @param {string} [like]  in the group of this row or heading
   */
  addRow(above = null, column = undefined, like = undefined) {
    this.adding.blank(above, column, like);
  }

  /** @param {Record<string, Value>[]} rows  pasted below the last one */
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

  /** @param {Action} action  of the sheet's own @param {Pk[]} pks */
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
   * The user has seen what stands there now, and wants the refused value all the same.
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
    // Of a large sheet the row may be on another page.
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

  /** Refusals that the widget itself makes. @param {string} code */
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
 * Whether one action can be saved as a whole: the server takes back what is in one frame, and no more.
 * @param {{store: Store, outbox: Outbox, texts: Record<string, string>}} sheet
 * @param {Commit[]} commits
 * @param {NewRow[]} fresh
 * @returns {string} why not; empty if it can
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
  return fill(text, { n: n.toLocaleString(), most: limit.most.toLocaleString() });
}
