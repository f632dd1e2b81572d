/**
 * An action on many cells: shows its progress, with a way to stop it, and then the refused cells,
 * one after the other.
 */

import { element } from "../elements.js";
import { count, fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Column, Pk} from "../protocol.js" */
/** @import {Stage} from "../stage/stage.js" */
/** @import {Batch} from "../wire/batch.js" */

/** Shorter actions need no progress bar. */
const PATIENCE_MS = 500;
const PAINT_MS = 100;
/** How long a message of success is shown. */
const PRAISE_MS = 4_000;

/** Enough time to read a sentence twice. */
const SAID_MS = 8_000;

const DOING = { edit: "savingMany", undo: "takingBack", act: "actingMany" };
const DID = { edit: "savedMany", undo: "takenBackMany", act: "actedMany" };

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function progress(sheet) {
  const shown = new Progress(sheet);
  return {
    begun: (batch) => shown.follow(batch),
    impossible: (text) => shown.impossible(text),
    close: () => shown.close(),
  };
}

class Progress {
  /** @param {SheetSurface} sheet */
  constructor({ texts, outgoing, stage }) {
    this.texts = texts;
    this.outgoing = outgoing;
    this.stage = stage;
    this.slip = new Slip(stage, "progress");
    this.bar = element("progress", "ls-progress");
    /** @type {Batch | null} the current action */
    this.batch = null;
    /** @type {any} */
    this.timer = null;
    this.at = 0;
  }

  close() {
    clearTimeout(this.timer);
    this.slip.hide();
  }

  /** @param {Batch} batch */
  follow(batch) {
    this.batch = batch;
    this.#later(batch.total > this.outgoing.outbox.limits.cells ? 0 : PATIENCE_MS);
    batch.watch(() => this.#progressed(batch));
    if (batch.isOver) this.#over(batch);
  }

  /** @param {string} text  why an action cannot be begun */
  impossible(text) {
    clearTimeout(this.timer);
    this.slip.box.dataset.kind = "refused";
    this.slip.show(element("p", "ls-slip-text", text), this.#dismiss());
  }

  /** @param {Batch} batch */
  #progressed(batch) {
    if (batch.isOver) this.#over(batch);
    else if (batch === this.batch && this.timer === null) this.#later(PAINT_MS);
  }

  /** @param {number} ms */
  #later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.batch && !this.batch.isOver) this.#paint(this.batch);
    }, ms);
  }

  /** @param {Batch} batch */
  #paint(batch) {
    const { texts, slip, bar } = this;
    const words = { done: batch.done, n: batch.total };
    const text = count(texts, DOING[batch.what], batch.total, words);
    bar.max = batch.total;
    bar.value = batch.done;
    bar.setAttribute("aria-label", text);
    // The button is not drawn again, because the user may be about to press it.
    const label = slip.box.querySelector(".ls-slip-text");
    if (label && slip.isShown && bar.isConnected) {
      label.textContent = text;
      return;
    }
    slip.box.dataset.kind = "busy";
    const stop = slipButton(texts.stop, () => this.#cancel(), { className: "ls-button ls-stop" });
    slip.show(element("p", "ls-slip-text", text), bar, stop);
  }

  #cancel() {
    if (this.batch) this.outgoing.cancel(this.batch);
  }

  /** @param {Batch} batch */
  #over(batch) {
    const wasShown = this.slip.isShown && this.bar.isConnected;
    if (batch === this.batch) clearTimeout(this.timer);
    if (batch === this.batch) this.timer = null;
    if (!batch.refused.length && !wasShown && batch.what !== "act") return;
    const { slip } = this;
    slip.box.dataset.kind = batch.refused.length ? "refused" : "done";
    const text = element("p", "ls-slip-text", this.#summary(batch));
    if (batch.refused.length) {
      slip.show(text, this.#show(batch), this.#dismiss());
      return;
    }
    slip.show(text, this.#dismiss());
    const ms = batch.told.length ? SAID_MS : PRAISE_MS;
    if (!batch.cancelled) this.timer = setTimeout(() => this.slip.hide(), ms);
  }

  /** @param {Batch} batch */
  #summary({ what, atomic, saved, dropped, refused, cancelled, told }) {
    const { texts } = this;
    const words = { n: saved, refused: refused.length, rest: dropped };
    if (atomic && refused.length) return fill(texts.nothingSaved, words);
    // If there were several requests, each answer describes only its own part.
    const done = told.length === 1 ? told[0] : count(texts, DID[what], saved, words);
    const no = refused.length ? fill(texts.refusedMany, words) : "";
    const rest = cancelled && dropped ? fill(texts.notSentMany, words) : "";
    return [done, no, rest].filter(Boolean).join(told.length === 1 ? " " : ", ");
  }

  /** @param {Batch} batch */
  #show(batch) {
    const options = { className: "ls-button ls-primary ls-show-refused" };
    return slipButton(this.texts.showRefused, () => this.#step(batch, 0), options);
  }

  /**
   * @param {Batch} batch
   * @param {number} at
   */
  #step(batch, at) {
    const { texts, slip, stage } = this;
    const all = batch.refused.length;
    this.at = (at + all) % all;
    const { pk, column, refusal } = batch.refused[this.at];
    const words = { at: this.at + 1, n: all };
    const steps = element("div", "ls-slip-steps");
    steps.append(
      slipButton("‹", () => this.#step(batch, this.at - 1), { label: texts.previous }),
      slipButton("›", () => this.#step(batch, this.at + 1), { label: texts.next }),
      this.#dismiss(),
    );
    slip.show(
      element("p", "ls-slip-text", fill(texts.refusedAt, words)),
      element("p", "ls-slip-reason", refusal.message),
      steps,
    );
    const name = column || (this.outgoing.adding.firstColumn ?? "");
    stage.select(pk, name);
    stage.grid?.whenIdle(() => slip.avoid(() => stage.grid?.cell(pk, name) ?? null));
  }

  #dismiss() {
    const options = { className: "ls-button ls-icon ls-slip-close", label: this.texts.close };
    return slipButton("×", () => this.slip.hide(), options);
  }
}

/*
 * Says what a new row still needs before it can be saved: the selected one, or else one that was
 * left or restored.
 */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function needed(sheet) {
  const slip = new Needed(sheet);
  const show = () => slip.show();
  return {
    select: (pk, column) => slip.select(pk, column ?? ""),
    arranged: show,
    requested: show,
    drafted: show,
    frame: ({ type }) => {
      if (type === "reply") show();
    },
    close: () => slip.close(),
  };
}

class Needed {
  /** @param {SheetSurface} sheet */
  constructor({ store, outgoing, stage, texts }) {
    this.store = store;
    this.outgoing = outgoing;
    this.adding = outgoing.adding;
    this.stage = stage;
    this.texts = texts;
    this.slip = new Slip(stage, "needed");
    /** @type {Pk | null} */
    this.selected = null;
    this.column = "";
    this.shown = "";
  }

  /** @param {Pk | null} pk @param {string} column */
  select(pk, column) {
    this.selected = pk;
    this.column = column;
    this.show();
  }

  show() {
    const { store, adding, slip, stage, selected } = this;
    const isHere = selected !== null && adding.isOpen(selected);
    const pk = isHere ? selected : adding.unfinished[0];
    if (pk === undefined || pk === null) {
      this.shown = "";
      slip.hide();
      return;
    }
    const missing = store.drafts.missing(pk, store.columns);
    const canSave = !missing.length && !store.drafts.isUntouched(pk);
    const state = JSON.stringify([pk, isHere, canSave, missing.map(({ name }) => name)]);
    // Unchanged buttons are not drawn again, because the user may be about to press one.
    if (state !== this.shown || !slip.isShown) this.#draw(pk, missing, { isHere, canSave });
    this.shown = state;
    slip.avoid(() => stage.grid?.cell(pk, this.column) ?? null);
  }

  close() {
    this.slip.hide();
  }

  /**
   * @param {Pk} pk
   * @param {Column[]} missing
   * @param {{isHere: boolean, canSave: boolean}} how
   */
  #draw(pk, missing, { isHere, canSave }) {
    const { texts, stage, adding, outgoing } = this;
    const text = missing.length ? texts.stillNeeded : isHere ? texts.newRowAny : texts.rowNotSaved;
    const columns = missing.map(({ name, title }) =>
      slipButton(title, () => stage.select(pk, name), { className: "ls-button ls-needed-column" }),
    );
    const go = () => stage.select(pk, adding.firstColumn);
    const saving = { className: "ls-button ls-primary ls-save-row" };
    this.slip.show(
      element("p", "ls-slip-text", text),
      ...columns,
      ...(canSave ? [slipButton(texts.saveRow, () => adding.save(pk), saving)] : []),
      ...(isHere || missing.length ? [] : [slipButton(texts.showNext, go)]),
      slipButton(texts.discardRow, () => outgoing.delete([pk])),
    );
  }
}

/*
 * A slip at the foot of the sheet: the progress and the result of an action on many cells, or what
 * a new row still needs. Its buttons do not change the selection.
 */

export class Slip {
  /**
   * @param {Stage} stage
   * @param {string} kind
   */
  constructor(stage, kind) {
    this.root = stage.root;
    this.box = element("div", `ls-slip ls-slip-${kind}`);
    this.box.setAttribute("role", "status");
    keepSelection(this.box);
    // In later versions, the grid stops listening to keys after a click outside it.
    this.box.addEventListener("click", ({ detail }) => {
      const { grid } = stage;
      const isByPointer = detail > 0;
      if (isByPointer && grid?.hasSelection && !grid.isEditing) grid.keys.take();
    });
  }

  get isShown() {
    return this.box.isConnected;
  }

  /** @param {(Node | string)[]} parts */
  show(...parts) {
    this.box.replaceChildren(...parts);
    if (!this.isShown) this.root.append(this.box);
  }

  /**
   * Moves the slip to the other edge if it covers the cell that it is about.
   * @param {() => HTMLElement | null} cell  called once the cell is painted
   */
  avoid(cell) {
    delete this.box.dataset.edge;
    requestAnimationFrame(() => {
      const found = this.isShown ? cell()?.getBoundingClientRect() : null;
      const { top } = this.box.getBoundingClientRect();
      if (found && found.bottom > top) this.box.dataset.edge = "top";
    });
  }

  hide() {
    this.box.remove();
  }
}

/**
 * Pressing something in the box neither changes the selection of the grid nor takes its keys.
 * @param {HTMLElement} box
 */
export function keepSelection(box) {
  box.classList.add("ls-keeps-selection");
  box.addEventListener("mousedown", (event) => event.stopPropagation());
}

/**
 * @param {string} text
 * @param {() => void} onClick
 * @param {{className?: string, label?: string}} [more]  label: needed if the text is only a symbol
 */
export function slipButton(text, onClick, { className = "ls-button", label = "" } = {}) {
  const made = element("button", className, text);
  made.type = "button";
  if (label) made.title = label;
  if (label) made.setAttribute("aria-label", label);
  // Keeps the focus where it is.
  made.addEventListener("mousedown", (event) => event.preventDefault());
  made.addEventListener("click", onClick);
  return made;
}
