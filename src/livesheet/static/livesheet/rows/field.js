/**
 * One field of a card: its label, its control, and messages about the cell. As in a cell, the base
 * of an edit is the value at the time when typing began; a newer value from elsewhere is shown
 * beside it and never replaces it.
 */

import { element } from "../elements.js";
import { sameValue } from "../protocol.js";
import { button } from "../stage/note.js";
import { fill } from "../texts.js";
import { isReadonly } from "../values/kinds.js";

/** @import {Column, Mark, Person, Pk, Value} from "../protocol.js" */
/** @import {Commit} from "../surfaces.js" */
/** @import {ControlWorld, NewControl} from "./controls.js" */

/**
 * @typedef {Omit<ControlWorld, "onCommit"> & FieldHandlers} FieldWorld
 *
 * @typedef {object} FieldHandlers
 * @property {NewControl} newControl
 * @property {(pk: Pk, column: string) => Person[]} people  who are at that cell
 * @property {(commit: Commit) => void} onCommit
 * @property {(column: string) => void} onFocus
 * @property {(pk: Pk, column: string, mark: Mark) => void} onInsist
 * @property {(pk: Pk, column: string) => void} onDismiss
 */

/** The number makes the ids of a field's parts unique. */
let fields = 0;

export class Field {
  /**
   * @param {Column} column
   * @param {boolean} isDraft  of a new row, which whoever may add may fill in
   * @param {FieldWorld} world
   */
  constructor(column, isDraft, world) {
    const { store } = world;
    this.column = column;
    this.world = world;
    this.isFixed = isReadonly(column) || !(isDraft ? store.can.add : store.can.change);
    /** @type {Pk} */
    this.pk = "";
    /** @type {{base: Value, shown: Value}} what stood there when the typing began */
    this.session = { base: null, shown: null };
    const { texts, offer, newControl } = world;
    const onCommit = () => this.commit();
    this.control = newControl(column, this.isFixed, { store, texts, offer, onCommit });
    this.said = element("div", "ls-card-said");
    this.said.setAttribute("aria-live", "polite");
    this.element = element("div", "ls-card-field");
    this.element.dataset.column = column.name;
    this.#assemble();
    this.element.addEventListener("focusin", () => world.onFocus(column.name));
    this.element.addEventListener("focusout", (event) => this.#left(event));
  }

  #assemble() {
    const { column, control, world, isFixed } = this;
    const { input } = control;
    fields += 1;
    input.id = `ls-field-${fields}`;
    const label = element("label", "ls-card-label", column.title);
    label.htmlFor = input.id;
    label.id = `${input.id}-label`;
    input.setAttribute("aria-labelledby", label.id);
    if (column.required && !isFixed) {
      label.classList.add("ls-required");
      input.setAttribute("aria-required", "true");
    }
    const help = element("p", "ls-card-help", column.help);
    help.id = `${input.id}-help`;
    this.said.id = `${input.id}-said`;
    input.setAttribute("aria-describedby", `${column.help ? `${help.id} ` : ""}${this.said.id}`);
    const head = element("div", "ls-card-line");
    head.append(label);
    if (isFixed) head.append(element("span", "ls-card-locked", world.texts.readonly));
    this.element.append(head, control.element, ...(column.help ? [help] : []), this.said);
  }

  /** The user is in this field. */
  get isBusy() {
    return this.element.contains(document.activeElement) || this.control.isOpen === true;
  }

  focus() {
    this.control.input.focus();
    const { input } = this.control;
    if (input instanceof HTMLInputElement && input.type === "text") input.select();
  }

  /** Shows another row. @param {Pk} pk */
  turnTo(pk) {
    this.pk = pk;
    this.#begin();
    this.refresh();
  }

  /** The row has its pk now. @param {Pk} pk */
  rename(pk) {
    this.pk = pk;
  }

  #begin() {
    const { store } = this.world;
    const { name } = this.column;
    const value = store.shown(this.pk, name);
    this.session = { base: store.base(this.pk, name), shown: value };
    this.control.show(value);
  }

  /** The sheet's data may have changed. */
  refresh() {
    const { store } = this.world;
    const { pk, session, column } = this;
    const base = store.base(pk, column.name);
    const isTyped = this.control.isChanged && !this.isFixed;
    // A value that the user has sent, and that the server has accepted, is not highlighted.
    if (isTyped && sameValue(base, session.shown)) session.base = session.shown;
    const isSame = sameValue(store.shown(pk, column.name), session.shown);
    if (!isTyped && !(isSame && this.isBusy)) this.#begin();
    this.#say(isTyped && !sameValue(base, session.base));
  }

  /** Makes an edit of what was typed. */
  commit() {
    const { control, session, column, pk } = this;
    if (this.isFixed || !control.isChanged) return;
    const value = control.value();
    const { base, shown: before } = session;
    if (!sameValue(value, before))
      this.world.onCommit({ pk, column: column.name, value, base, before });
    this.#begin();
    this.refresh();
  }

  /** Discards what was typed. @returns {boolean} whether there was anything */
  revert() {
    const { isChanged } = this.control;
    if (!isChanged || this.isFixed) return false;
    this.#begin();
    this.refresh();
    return true;
  }

  close() {
    this.control.close?.();
  }

  /** @param {FocusEvent} event */
  #left({ relatedTarget }) {
    if (relatedTarget instanceof Node && this.element.contains(relatedTarget)) return;
    this.commit();
    this.refresh();
  }

  /** @param {boolean} isOvertaken  somebody has changed what is being typed over */
  #say(isOvertaken) {
    const { store, texts, people } = this.world;
    const { pk, column } = this;
    const mark = store.marks.get(pk, column.name);
    const isRefused = mark !== null && mark.kind !== "changed";
    const pending = store.outbox.pending(pk, column.name) !== null;
    const lines = [];
    if (isOvertaken && !isRefused) lines.push(line(this.#now(), "ls-card-now"));
    else if (mark?.kind === "changed") lines.push(line(mark.message, "ls-card-now"));
    if (pending) lines.push(line(texts[store.outbox.ready === false ? "unsentCell" : "pending"]));
    lines.push(...people(pk, column.name).map((person) => this.#person(person)));
    if (isRefused) lines.push(this.#refusal(mark));
    this.control.input.setAttribute("aria-invalid", String(isRefused));
    this.element.dataset.state = isRefused ? mark.kind : pending ? "pending" : "";
    const said = lines.map(({ outerHTML }) => outerHTML).join("");
    if (this.said.dataset.said === said) return;
    this.said.dataset.said = said;
    this.said.replaceChildren(...lines);
  }

  #now() {
    const { store, texts } = this.world;
    const text = store.inWords(this.column, store.base(this.pk, this.column.name));
    return fill(texts.theirs, { text: text || texts.none });
  }

  /** @param {Person} person */
  #person({ name, editing, colour }) {
    const { texts } = this.world;
    const made = line(fill(editing ? texts.typingHere : texts.isHere, { name }), "ls-card-who");
    made.style.setProperty("--ls-who", colour);
    return made;
  }

  /**
   * Shows the result of the request, and what the user can do about it, as beside a cell.
   * @param {Mark} mark
   */
  #refusal(mark) {
    const { texts, store, onInsist, onDismiss } = this.world;
    const { pk, column } = this;
    const isConflict = mark.kind === "conflict";
    const typed = store.inWords(column, mark.typed) || texts.none;
    const made = element("div", "ls-card-refusal");
    made.append(element("p", "ls-note-message", mark.message));
    if (isConflict) made.append(line(this.#now()));
    made.append(line(fill(mark.isUndo ? texts.undoWould : texts.youTyped, { text: typed })));
    const conflictWord = mark.isUndo ? texts.undoAnyway : texts.useMine;
    const again = button(isConflict ? conflictWord : texts.editAgain, "ls-button ls-primary", () =>
      isConflict ? onInsist(pk, column.name, mark) : this.#again(mark),
    );
    const enough = button(isConflict ? texts.keepTheirs : texts.dismiss, "ls-button", () =>
      onDismiss(pk, column.name),
    );
    const actions = element("div", "ls-note-actions");
    actions.append(again, enough);
    made.append(actions);
    return made;
  }

  /** @param {Mark} mark */
  #again(mark) {
    const { column, control } = this;
    this.world.onDismiss(this.pk, column.name);
    control.put?.(this.world.store.editText(column, mark.typed));
    control.input.focus();
  }
}

/**
 * @param {string} text
 * @param {string} [className]
 */
const line = (text, className = "") => element("p", `ls-card-note ${className}`, text);
