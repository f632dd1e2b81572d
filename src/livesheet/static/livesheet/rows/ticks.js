/**
 * The rows that the user has ticked, by their keys: they stay ticked when rows are sorted or
 * filtered. While there are some, a bar shows how many, and its buttons act on all of them, for
 * instance by setting a value in one column.
 */

import { Slip, slipButton } from "../editing/progress.js";
import { element, question } from "../elements.js";
import { Pieces } from "../finding/pieces.js";
import { isAbsent, isHeading } from "../protocol.js";
import { More } from "../stage/bar.js";
import { count, fill } from "../texts.js";
import { isReadonly } from "../values/kinds.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {SheetGrid} from "../grid/surface.js" */
/** @import {Action, Column, Pk, ServerFrame, Status, Value} from "../protocol.js" */
/** @import {Target} from "../surfaces.js" */
/** @import {Control, NewControl} from "./controls.js" */

/** The most rows of a large sheet that are ticked at once. They are kept until they are unticked. */
const MOST_ROWS = 10_000;
const SAID_MS = 8_000;
/** The most actions of the sheet that are shown as buttons. */
const MOST_BUTTONS = 2;

/**
 * @param {NewControl} newControl
 * @returns {(sheet: SheetSurface) => Feature}
 */
export const ticks = (newControl) => (sheet) => new Ticks(sheet, newControl);

/** @implements {Feature} */
class Ticks {
  /**
   * @param {SheetSurface} sheet
   * @param {NewControl} newControl
   */
  constructor(sheet, newControl) {
    this.sheet = sheet;
    this.newControl = newControl;
    this.store = sheet.store;
    this.stage = sheet.stage;
    this.texts = sheet.texts;
    this.slip = new Slip(sheet.stage, "ticked");
    this.slip.box.setAttribute("role", "toolbar");
    this.slip.box.setAttribute("aria-label", this.texts.tickedRows);
    // The grid must not receive keys that are pressed in here.
    this.slip.box.addEventListener("keydown", (event) => event.stopPropagation());
    /** @type {Pk | null} the last one that was ticked by itself */
    this.from = null;
    /** Fetches rows that are not loaded. */
    this.pieces = new Pieces(sheet);
    /** Whether the user has ticked all rows that are loaded. */
    this.isPage = false;
    /** @type {More | null} the menu of further actions */
    this.more = null;
    /** @type {Feature["runs"]} */
    this.runs = { tick: (target) => this.#tickSelected(target) };
  }

  /**
   * @param {Pk} pk
   * @param {boolean} isRange  all from the one that was ticked before
   */
  tick(pk, isRange) {
    const { ticked, order } = this.store;
    const isOn = !ticked.has(pk);
    if (isRange && this.from !== null && this.#hasGap(this.from, pk)) {
      this.#tickFar({ between: [this.from, pk], n: 0 });
      this.from = pk;
      return;
    }
    const at = isRange && this.from !== null ? order.pks.indexOf(this.from) : -1;
    const to = order.pks.indexOf(pk);
    const pks = at < 0 || to < 0 ? [pk] : order.pks.slice(Math.min(at, to), Math.max(at, to) + 1);
    this.#set(pks, at < 0 ? isOn : true);
    this.from = pk;
  }

  /** Ticks the rows that are shown or, if all of them are ticked, unticks them. */
  tickAll() {
    const { ticked, order, drafts } = this.store;
    const shown = order.pks.filter((pk) => !drafts.has(pk) && !isHeading(pk));
    const isOn = !shown.every((pk) => ticked.has(pk));
    this.isPage = isOn && order.isPaged;
    this.#set(shown, isOn);
    this.#show(true);
  }

  /**
   * Whether there are rows between the two that are not loaded.
   * @param {Pk} one
   * @param {Pk} other
   */
  #hasGap(one, other) {
    const { order, rows } = this.store;
    if (!order.isPaged || !rows.has(one)) return false;
    const keys = order.entries();
    const [from, to] = [keys.indexOf(one), keys.indexOf(other)].sort((a, b) => a - b);
    return from < 0 || keys.slice(from, to).some(isAbsent);
  }

  /**
   * Ticks rows of a large sheet, most of which are not loaded. They are needed for their values.
   * @param {{between?: [Pk, Pk], n: number}} which
   */
  async #tickFar(which) {
    const { stage, texts } = this;
    const found = await this.pieces.fetch({ ...which, most: MOST_ROWS });
    if (!found) return;
    this.pieces.keep(found);
    this.isPage = false;
    this.#set(found.pks, true);
    this.#show(true);
    const text = fill(texts.tickedPart, { n: MOST_ROWS });
    if (!found.isWhole) stage.notices.show(text, { name: "ticks", ms: SAID_MS });
  }

  /** @param {ServerFrame} frame */
  frame(frame) {
    if (frame.type === "change") this.#set(frame.gone, false);
    else if (frame.type === "part" || (frame.type === "rows" && frame.done))
      this.#set(this.#missing(), false);
  }

  arranged() {
    if (this.store.ticked.size) this.stage.repaint(); // the box in the corner
    this.#show();
  }

  /** Rights may have changed, and the buttons with them. */
  hello() {
    this.slip.hide();
    this.#show();
  }

  /** @param {Pk} draft @param {Pk} pk */
  renamed(draft, pk) {
    if (!this.store.ticked.has(draft)) return;
    this.#set([draft], false);
    this.#set([pk], true);
  }

  /** @param {Status} status */
  status(status) {
    if (status === "forbidden") this.#clear();
  }

  close() {
    this.pieces.stop();
    this.more?.close();
    this.slip.hide();
    this.stage.root.classList.remove("ls-has-ticks");
  }

  #missing() {
    const { ticked, rows, drafts } = this.store;
    return [...ticked].filter((pk) => !rows.has(pk) && !drafts.has(pk));
  }

  /** @param {Pk[]} pks @param {boolean} isOn */
  #set(pks, isOn) {
    const { store, stage } = this;
    const others = pks.filter((pk) => !isHeading(pk) && store.ticked.has(pk) !== isOn);
    if (!others.length) return;
    store.tick(others, isOn);
    stage.repaint();
    this.#show();
  }

  #clear() {
    this.isPage = false;
    this.pieces.stop();
    this.#set([...this.store.ticked], false);
  }

  /** Rows that are not shown come first, so that a row inserted below the last one is visible. */
  get #pks() {
    const { ticked, order } = this.store;
    const shown = order.pks.filter((pk) => ticked.has(pk));
    const seen = new Set(shown);
    return [...[...ticked].filter((pk) => !seen.has(pk)), ...shown];
  }

  /** @returns {Target} */
  get #target() {
    const pks = this.#pks;
    return { pks, pk: pks.at(-1) ?? null, column: null, columns: [], blocks: [] };
  }

  /** @param {boolean} [isOther]  other buttons may be needed */
  #show(isOther = false) {
    const { store, slip, texts } = this;
    const { size } = store.ticked;
    // A `:has()` would be tried for each row header in each frame.
    this.stage.root.classList.toggle("ls-has-ticks", size > 0);
    if (!size) {
      const hadFocus = slip.box.contains(document.activeElement);
      slip.hide();
      if (hadFocus && this.from !== null) this.stage.select(this.from);
      return;
    }
    const shown = store.order.pks.filter((pk) => store.ticked.has(pk)).length;
    const n = size.toLocaleString(this.sheet.language);
    const hidden = (size - shown).toLocaleString(this.sheet.language);
    const text =
      size === shown
        ? count(texts, "ticked", size, { n })
        : fill(texts.tickedHidden, { n, hidden });
    const label = slip.box.querySelector(".ls-slip-text");
    // Buttons must not move while somebody is about to click on one.
    if (slip.isShown && label && !isOther) label.textContent = text;
    else slip.show(element("p", "ls-slip-text", text), ...this.#buttons());
  }

  #buttons() {
    const { texts, store, sheet } = this;
    const { can } = store;
    const press = (/** @type {string} */ text, /** @type {() => void} */ run) =>
      slipButton(text, run);
    const duplicate = sheet.commands.all.find(({ name }) => name === "duplicate");
    const away = slipButton("×", () => this.#clear(), {
      className: "ls-button ls-icon ls-slip-close",
      label: texts.untickAll,
    });
    return [
      ...this.#offers(),
      ...(can.change ? [press(texts.setValue, () => this.#setValue())] : []),
      ...(can.add && duplicate ? [press(texts.duplicate, () => duplicate.run(this.#target))] : []),
      press(texts.copy, () => this.#copy()),
      ...this.#actions(),
      ...(can.delete ? [press(texts.delete, () => sheet.outgoing.delete(this.#pks))] : []),
      away,
    ];
  }

  /** @returns {HTMLElement[]} a button that ticks the rows of all pages */
  #offers() {
    const { store, texts } = this;
    const { all } = store.order.counted(store.rows.size);
    if (!this.isPage || all <= store.ticked.size) return [];
    const text = all > MOST_ROWS ? texts.tickFirst : texts.tickEvery;
    const n = Math.min(all, MOST_ROWS).toLocaleString(this.sheet.language);
    return [slipButton(fill(text, { n }), () => this.#tickFar({ n: all }))];
  }

  /** The first actions of the sheet as buttons, the others in a menu. */
  #actions() {
    const { sheet, store, texts } = this;
    const all = store.hello?.actions ?? [];
    const run = (/** @type {Action} */ action) => sheet.outgoing.act(action, this.#pks);
    const shown = all.length > MOST_BUTTONS + 1 ? all.slice(0, MOST_BUTTONS) : all;
    const buttons = shown.map((action) =>
      slipButton(action.label, () => run(action), { className: "ls-button ls-action" }),
    );
    this.more?.close();
    this.more = null;
    if (shown === all) return buttons;
    const more = slipButton(texts.moreActions, () => {});
    const others = all.slice(MOST_BUTTONS).map((action) => ({
      ...{ name: action.name, where: /** @type {const} */ ("menu"), group: "rows" },
      text: () => action.label,
      run: () => run(action),
    }));
    this.more = new More(sheet.stage.root, more, { offered: () => others, of: () => null });
    return [...buttons, more];
  }

  #setValue() {
    const { sheet, store } = this;
    askValue(sheet, store.ticked.size, this.newControl, (column, value) => {
      const commits = this.#pks.flatMap((pk) => this.#commit(pk, column, value));
      if (commits.length) sheet.outgoing.edit(commits);
    });
  }

  /**
   * @param {Pk} pk
   * @param {Column} column
   * @param {Value} value
   */
  #commit(pk, { name }, value) {
    const { store } = this;
    const before = store.shown(pk, name);
    if (JSON.stringify(before) === JSON.stringify(value)) return [];
    return [{ pk, column: name, value, base: store.base(pk, name), before }];
  }

  #copy() {
    const pks = this.#pks;
    this.stage.grid?.clipboard.copyRows(pks);
    this.stage.notices.show(count(this.texts, "rowsCopied", pks.length), {
      name: "copied",
      ms: 4_000,
    });
  }

  /** Ticks all selected rows or, if they are ticked, unticks them. @param {Target | null} target */
  #tickSelected(target) {
    const { pks = [], blocks = [] } = target ?? {};
    const all = blocks.length ? blocks.flatMap((block) => block.pks) : pks;
    this.#set(all, !all.every((pk) => this.store.ticked.has(pk)));
  }
}

/** The number makes the ids of its parts unique. */
let dialogs = 0;

/**
 * Asks for a column and a value, to be set in the ticked rows.
 * @param {SheetSurface} sheet
 * @param {number} n  of rows
 * @param {NewControl} newControl
 * @param {(column: Column, value: Value) => void} onSet
 */
function askValue({ stage, store, texts }, n, newControl, onSet) {
  dialogs += 1;
  const columns = store.shownColumns.filter((column) => !isReadonly(column));
  if (!columns.length || !stage.grid) return;
  const dialog = question(stage.root, texts.setValue, "ls-set-value");
  const form = element("form", "ls-set-form");
  form.method = "dialog";
  const select = element("select", "ls-field");
  select.append(...columns.map(({ name, title }) => new Option(title, name)));
  const place = element("div", "ls-set-place");
  const set = element("button", "ls-button ls-primary", count(texts, "setInRows", n));
  set.value = "yes";
  const cancel = element("button", "ls-button", texts.cancel);
  cancel.value = "no";
  const actions = element("div", "ls-note-actions");
  actions.append(set, cancel);
  form.append(labelled(texts.column, select, `ls-set-${dialogs}-column`), place, actions);
  dialog.append(form);

  /** @type {Control | null} */
  let control = null;
  const chosen = () => columns[select.selectedIndex];
  const change = () => {
    control?.close?.();
    const grid = /** @type {SheetGrid} */ (stage.grid);
    const world = {
      ...{ store, texts, onCommit: () => {} },
      offer: (/** @type {Column} */ column, /** @type {any} */ how) =>
        grid.offer(column, dialog, how),
    };
    const column = chosen();
    control = newControl(column, false, world);
    control.show(column.type === "boolean" ? false : null);
    control.input.id = `ls-set-${dialogs}-value`;
    place.replaceChildren(labelled(texts.value, control.element, control.input.id));
  };
  select.addEventListener("change", change);
  change();
  dialog.addEventListener("close", () => {
    control?.close?.();
    const value = control?.value();
    if (dialog.returnValue === "yes") onSet(chosen(), value);
  });
  dialog.showModal();
}

/**
 * @param {string} text
 * @param {HTMLElement} control
 * @param {string} id  of what is labelled
 */
function labelled(text, control, id) {
  const made = element("div", "ls-card-field");
  const label = element("label", "ls-card-label", text);
  label.htmlFor = id;
  if (control instanceof HTMLSelectElement) control.id = id;
  made.append(label, control);
  return made;
}
