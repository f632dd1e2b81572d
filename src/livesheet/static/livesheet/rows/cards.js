/**
 * When a row's card is open, and for which row. The card follows the selection, and moves the
 * selection; Esc goes back to the cell.
 */

import { NOTHING } from "../commands.js";
import { sameValue } from "../protocol.js";
import { fill } from "../texts.js";
import { Card, CardFoot } from "./card.js";
import { Field } from "./field.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {SheetGrid} from "../grid/surface.js" */
/** @import {Pk, Status} from "../protocol.js" */
/** @import {Command, Target} from "../surfaces.js" */
/** @import {CardPage} from "./card.js" */
/** @import {NewControl} from "./controls.js" */
/** @import {FieldWorld} from "./field.js" */

/**
 * @param {NewControl} newControl
 * @returns {(sheet: SheetSurface) => Feature}
 */
export const cards = (newControl) => (sheet) => new Cards(sheet, newControl);

/** @implements {Feature} */
class Cards {
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
    /** @type {Card | null} */
    this.card = null;
    /** @type {Pk} */
    this.pk = "";
    /** @type {string | null} where the user is */
    this.column = null;
    /** The row's place in the order, from which to continue if the row is deleted. */
    this.at = 0;
    this.foot = new CardFoot(sheet, () => this.#soon());
    /** The columns and rights for which the fields were made. */
    this.made = "";
    this.isDue = false;
    this.commands = this.#commands();
    const open = (/** @type {Target | null} */ target) =>
      target?.pk != null && this.#open(target.pk, target.column);
    /** @type {Feature["runs"]} */
    this.runs = { openRow: open, openRowByKey: open };
  }

  // What it hears

  hello() {
    this.#soon();
  }

  frame() {
    this.#soon();
  }

  requested() {
    this.#soon();
  }

  arranged() {
    this.#soon();
  }

  gridMade() {
    if (this.card) this.#bring();
  }

  /** @param {Status} status */
  status(status) {
    if (status === "forbidden") this.close();
    else this.#soon();
  }

  /**
   * The user moves through the cells, and the card follows.
   * @param {Pk | null} pk
   * @param {string | null} column
   */
  select(pk, column) {
    if (!this.card || pk === null || this.card.hasFocus) return;
    this.column = column;
    if (pk !== this.pk) this.#turnTo(pk);
    else this.#soon();
  }

  /** @param {Pk} draft @param {Pk} pk */
  renamed(draft, pk) {
    if (!this.card || this.pk !== draft) return;
    this.pk = pk;
    for (const field of this.card.fields) field.rename(pk);
    this.#soon();
  }

  /**
   * Opens the card, by the button in the row header or instead of a cell's editor.
   * @param {Pk} pk
   * @param {string} [column]
   */
  open(pk, column) {
    this.#open(pk, column ?? this.column ?? this.store.shownColumns[0]?.name ?? null);
  }

  close() {
    this.foot.rest();
    this.card?.close();
    this.card = null;
    this.made = "";
    this.#mark("");
  }

  // Opening, going, leaving

  /** @param {Pk} pk @param {string | null} column */
  #open(pk, column) {
    const { stage, store } = this;
    if (!store.rows.has(pk) && !store.drafts.has(pk)) return;
    stage.grid?.finish();
    this.column = column;
    this.card ??= new Card(stage.root, stage.table, this.texts, {
      onStep: (step) => this.#step(step),
      onClose: () => this.#leave(),
      onRoom: () => this.#bring(),
    });
    this.#turnTo(pk);
    stage.grid?.keys.unlisten();
    this.card.focus(column);
  }

  /** @param {Pk} pk */
  #turnTo(pk) {
    const { card } = this;
    if (!card) return;
    card.busy?.commit();
    this.pk = pk;
    this.#build();
    card.show(pk, this.#page());
    this.foot.ask(pk);
    this.#mark(pk);
    if (card.hasFocus) this.stage.grid?.sight.select(pk, this.column ?? undefined);
  }

  /** @param {1 | -1} step */
  #step(step) {
    const { card, column } = this;
    const pk = this.#neighbour(step);
    if (!card || pk === undefined) return;
    this.#turnTo(pk);
    card.focus(column);
  }

  /** @param {1 | -1} step */
  #neighbour(step) {
    const { pks } = this.store.order;
    const at = pks.indexOf(this.pk);
    // If the row has been deleted, the next one has taken its place.
    if (at < 0) return step > 0 ? pks[this.at] : pks[this.at - 1];
    return pks[at + step];
  }

  #leave() {
    const { stage, pk, column } = this;
    this.card?.busy?.commit();
    this.close();
    stage.grid?.keys.listen();
    const isShown = this.store.shownColumns.some(({ name }) => name === column);
    stage.select(pk, (isShown && column) || undefined);
  }

  /** The available width has changed: keeps the row's cell visible. */
  #bring() {
    const { stage, pk, column } = this;
    stage.grid?.whenIdle(() => stage.grid?.sight.bring(pk, column ?? undefined));
  }

  /** @param {Pk} pk  the row whose header shows that its card is open */
  #mark(pk) {
    const { store, stage } = this;
    if (store.opened === pk) return;
    store.open(pk);
    stage.repaint();
  }

  // What it shows

  /** Several events may come at once, and one update is enough for all of them. */
  #soon() {
    if (this.isDue || !this.card) return;
    this.isDue = true;
    queueMicrotask(() => {
      this.isDue = false;
      this.#look();
    });
  }

  #look() {
    const { card, store, pk } = this;
    if (!card) return;
    if (!store.rows.has(pk) && !store.drafts.has(pk)) {
      this.#gone();
      return;
    }
    this.#build();
    for (const field of card.fields) field.refresh();
    card.describe(this.#page());
  }

  /** Somebody has deleted the row: offers to restore what was being typed. */
  #gone() {
    const { card, stage } = this;
    const hadFocus = card?.hasFocus;
    card?.busy?.commit();
    this.close();
    if (!hadFocus) return;
    const pk = this.store.order.pks[Math.min(this.at, this.store.order.pks.length - 1)];
    stage.grid?.keys.listen();
    if (pk !== undefined) stage.select(pk, this.column ?? undefined);
  }

  /** Makes new fields if columns or rights have changed, unless somebody is using them. */
  #build() {
    const { store, card, pk } = this;
    const isDraft = store.drafts.has(pk);
    const shown = store.shownColumns;
    const hidden = store.columns.filter((column) => !shown.includes(column));
    const made = JSON.stringify([shown, hidden, store.can, isDraft]);
    if (!card || made === this.made || (card.fields.length && card.busy && !this.#isOther()))
      return;
    const { busy } = card;
    this.made = made;
    const world = this.#fieldWorld(card);
    card.build({ shown, hidden }, (column) => new Field(column, isDraft, world));
    for (const field of card.fields) field.turnTo(pk);
    if (busy) card.focus(busy.column.name);
  }

  /** The columns are no longer those for which the fields were made. */
  #isOther() {
    const names = this.card?.fields.map(({ column }) => column) ?? [];
    return !names.every((column) => this.store.columns.some((one) => sameValue(one, column)));
  }

  /**
   * @param {Card} card
   * @returns {FieldWorld}
   */
  #fieldWorld(card) {
    const { sheet, store, texts } = this;
    return {
      ...{ store, texts, newControl: this.newControl },
      offer: (column, how) =>
        /** @type {SheetGrid} */ (sheet.stage.grid).offer(column, card.box, how),
      people: (pk, column) => sheet.presence.at(pk, column),
      onCommit: (commit) => sheet.outgoing.edit([commit]),
      onFocus: (column) => this.#focused(column),
      onInsist: (pk, column, mark) => sheet.outgoing.insist(pk, column, mark),
      onDismiss: (pk, column) => {
        sheet.outgoing.dismiss(pk, column);
        this.#soon();
      },
    };
  }

  /** Shows colleagues which field the user is in. @param {string} column */
  #focused(column) {
    this.column = column;
    if (this.store.rows.has(this.pk)) this.sheet.presence.moveTo(this.pk, column, true);
  }

  /** @returns {CardPage} */
  #page() {
    const { store, texts, pk } = this;
    const at = store.order.pks.indexOf(pk);
    if (at >= 0) this.at = at;
    const { order } = store;
    const all = order.isPaged ? order.counted(0).all : order.pks.length;
    const n = all.toLocaleString(this.sheet.language);
    const place = { at: (order.placeOf(pk) + 1).toLocaleString(this.sheet.language), n };
    return {
      title: store.rowName(pk) || (store.drafts.has(pk) ? texts.newRowName : pk),
      place: at < 0 ? texts.rowNotShown : fill(texts.rowPlace, place),
      hasPrevious: this.#neighbour(-1) !== undefined,
      hasNext: this.#neighbour(1) !== undefined,
      actions: this.foot.parts(() => this.#target()),
    };
  }

  /** @returns {Target} */
  #target() {
    const { pk, column, store } = this;
    const columns = column === null ? [] : [column];
    const name = column ?? store.columns[0]?.name ?? null;
    const { box: within, say } = this.card ?? {};
    return { ...NOTHING, pks: [pk], pk, column: name, columns, within, say };
  }

  // Commands

  /** @returns {Command[]} */
  #commands() {
    const { texts } = this;
    return [
      {
        name: "closeRow",
        text: () => texts.closeRow,
        where: "none",
        group: "rows",
        keys: ["escape"],
        isOffered: () => this.card !== null,
        run: () => this.close(),
      },
    ];
  }
}
