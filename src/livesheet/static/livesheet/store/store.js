/**
 * Everything that one sheet knows, and the one rule that combines it: pending edits cover the
 * server's latest values, and a new row is shown as its draft until the server has added it.
 */

import { ownText, ownValue } from "../definitions.js";
import { realClock, sameValue } from "../protocol.js";
import { TEXTS } from "../texts.js";
import { copyText, editText, format, options, parse, partsOf, sortKey } from "../values/cells.js";
import { hasDate, isBoolean, isEmpty, isMany, isReadonly } from "../values/kinds.js";
import { dateOrder, formatMoment, PLAIN_DATES } from "../values/moments.js";
import { Drafts } from "./drafts.js";
import { Folded } from "./folded.js";
import { Groups } from "./groups.js";
import { Haystack } from "./haystack.js";
import { Marks } from "./marks.js";
import { Order } from "./order.js";
import { Rows } from "./rows.js";
import { subtotal } from "./subtotals.js";
import { Undo } from "./undo.js";
import { plainView, visible } from "./view.js";

/** @import {Clock, Column, Hello, Outlook, Pk, Value, Who} from "../protocol.js" */
/** @import {View} from "./view.js" */
/** @import {What} from "../values/kinds.js" */
/** @import {Custom} from "../surfaces.js" */

/** @typedef {{pk: Pk, column: string, value: Value}} Cut  value: that of the cut cell */

/** Whether a single comma is a decimal point in this language. @param {string | undefined} language */
function hasDecimalComma(language) {
  return new Intl.NumberFormat(language).format(1.5).includes(",");
}

/** @type {Outlook} */
const NOTHING_PENDING = { pending: () => null, pendingRow: () => null };

export class Store {
  /**
   * @param {(pk: Pk, column: string) => void} onFaded
   * @param {Clock} [clock]
   * @param {string} [language]
   * @param {object} [world]
   * @param {() => Outlook} [world.outlook]  what is pending in the outbox, which is created later
   * @param {(column: string) => Custom} [world.custom]  the page's own definition of a column
   * @param {Record<string, string>} [world.words]  the texts of the interface
   * @param {Folded} [world.folded]  groups that were closed before
   */
  constructor(onFaded, clock = realClock, language = undefined, world = {}) {
    const { outlook = () => NOTHING_PENDING, custom = () => ({}), words = TEXTS } = world;
    /** @type {Hello | null} */
    this.hello = null;
    this.rows = new Rows();
    this.drafts = new Drafts();
    this.undo = new Undo();
    this.marks = new Marks(onFaded, clock);
    this.groups = new Groups(
      {
        valueOf: (pk, column) => this.groupValue(pk, column),
        savedOf: (pk, column) => this.rows.value(pk, column) ?? null,
        sortKey: (pk, column) => this.sortKey(pk, column),
        column: (name) => this.column(name),
        isCounted: (pk) => this.rows.has(pk),
        subtotal,
      },
      world.folded ?? new Folded(),
    );
    this.order = new Order(
      (pk, column) => this.sortKey(pk, column),
      (pk, query) => this.haystack.has(pk, query),
      this.groups,
    );
    /** @type {(column: string) => Custom} */
    this.custom = custom;
    /** How the user has arranged the sheet. */
    this.view = plainView();
    this.haystack = new Haystack((pk) => this.#texts(pk));
    this.outlook = outlook;
    this.words = words;
    this.context = {
      zone: "",
      decimalComma: hasDecimalComma(language),
      group: "",
      dates: { ...PLAIN_DATES, typed: dateOrder(language) },
      words: { day: words.day, days: words.days },
      labels: (/** @type {string} */ column) => this.rows.labels(column),
    };
    /** @type {string | null} the position in the log of this copy */
    this.cursor = null;
    /** @type {Map<Pk, Who>} the last known author of each row */
    this.writers = new Map();
    /** @type {Set<Pk>} rows that the user has asked to delete */
    this.leaving = new Set();
    /** @type {Set<Pk>} rows that the user has ticked */
    this.ticked = new Set();
    /** @type {Pk} the row whose card is open */
    this.opened = "";
    /** @type {Cut[]} cells that move to where they are pasted */
    this.cut = [];
  }

  get outbox() {
    return this.outlook();
  }

  get columns() {
    return this.rows.columns;
  }

  /** The columns that are shown, in the user's order. */
  get shownColumns() {
    return visible(this.columns, this.view);
  }

  get can() {
    return this.hello?.can ?? { add: false, change: false, delete: false, history: false };
  }

  get habits() {
    const { decimalComma, group, dates } = this.context;
    return { decimalComma, group, dates, dateOrder: dates.typed };
  }

  /** Applies the current columns, permissions and formats. @param {Hello} hello */
  greet(hello) {
    const { zone, numbers, dates } = hello;
    this.hello = hello;
    this.context.zone = zone;
    if (dates) this.context.dates = dates;
    if (!numbers) return;
    this.context.decimalComma = numbers.decimal === ",";
    this.context.group = numbers.group;
  }

  /** The position in the log up to which this copy is current. @param {string | null} cursor */
  reached(cursor) {
    this.cursor = cursor;
  }

  /** Uses another kind of order from now on. @param {Order} order */
  orderBy(order) {
    this.order = order;
    this.groups = order.groups;
    this.#group();
  }

  /**
   * The user's unanswered edits are applied to these rows, too.
   * @param {Rows} rows
   * @returns {Store} a store with these rows instead, in their order
   */
  over(rows) {
    const pks = [...rows.pks()];
    const order = Object.create(this.order, {
      pks: { value: pks },
      settle: { value: () => pks },
    });
    return Object.create(this, { rows: { value: rows }, order: { value: order } });
  }

  /** @param {Pk[]} pks @param {boolean} isOn */
  tick(pks, isOn) {
    for (const pk of pks) this.ticked[isOn ? "add" : "delete"](pk);
  }

  /** The row whose card is open. @param {Pk} pk  "" for none */
  open(pk) {
    this.opened = pk;
  }

  /** @param {Cut[]} cells  replace those that were cut before */
  cutOut(cells) {
    this.cut = cells;
  }

  /**
   * Whether the cut cell is emptied by a paste. It is not if somebody has changed it since.
   * @param {Pk} pk
   * @param {string} column
   */
  isCut(pk, column) {
    const found = this.cut.find((cell) => cell.pk === pk && cell.column === column);
    return found !== undefined && sameValue(found.value, this.shown(pk, column));
  }

  /** Applies the user's view. @param {View} view */
  arrange(view) {
    this.view = view;
    this.order.sorts = view.sorts.filter(({ column }) => this.column(column));
    this.#group();
  }

  #group() {
    this.groups.set(this.view.groups.filter(({ column }) => this.column(column)));
  }

  /**
   * @param {string} name
   * @returns {Column | undefined}
   */
  column(name) {
    return this.columns.find((column) => column.name === name);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @returns {Value} the value of the cell
   */
  shown(pk, column) {
    const pending = this.outbox.pending(pk, column);
    return pending ? pending.value : this.base(pk, column);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @returns {Value} the latest value from the server
   */
  base(pk, column) {
    if (this.rows.has(pk)) return this.rows.value(pk, column) ?? null;
    if (this.isDefault(pk, column)) return this.column(column)?.default ?? null;
    return this.drafts.values(pk)[column] ?? null;
  }

  /**
   * In a new row: whether the server will fill in this cell, because nothing was typed there.
   * @param {Pk} pk
   * @param {string} column
   */
  isDefault(pk, column) {
    return this.drafts.has(pk) && !(column in this.drafts.values(pk));
  }

  /**
   * Enters a value into a new row. If a cell that must not be empty is emptied, it counts as
   * untouched.
   * @param {Pk} pk
   * @param {string} name
   * @param {Value} value
   */
  fillIn(pk, name, value) {
    const column = this.column(name);
    const isLeft = isEmpty(value) && column && !column.null && !column.blank;
    if (isLeft) this.drafts.unset(pk, name);
    else this.drafts.set(pk, name, value);
  }

  /**
   * @param {Column} column
   * @param {Value} value
   */
  text(column, value) {
    const usual = () => format(column, value, this.context);
    return ownText(this.custom(column.name), column, value, usual);
  }

  /**
   * @param {Column} column
   * @param {Value} value
   * @returns {string} its text in a sentence, where a tick is a word
   */
  inWords(column, value) {
    const isTick = typeof value === "boolean" && isBoolean(column);
    const isOwn = this.custom(column.name).format;
    return isTick && !isOwn ? this.words[value ? "yes" : "no"] : this.text(column, value);
  }

  /** @param {Column} column @param {Value} value */
  editText(column, value) {
    return editText(column, value, this.context);
  }

  /** @param {Column} column @param {Value} value */
  copyText(column, value) {
    return copyText(column, value, this.context);
  }

  /**
   * @param {Column} column
   * @param {Value} value
   */
  parts(column, value) {
    return partsOf(column, value, this.context);
  }

  /**
   * @param {Column} column
   * @param {Value} value  a list of keys
   */
  named(column, value) {
    const keys = Array.isArray(value) ? value : [];
    return this.parts(column, keys).map((text, at) => ({ value: keys[at], text }));
  }

  /**
   * Shows the label of a picked value before the server has sent it.
   * @param {Column} column
   * @param {{value: Value, text: string}[]} options
   */
  learn({ name, related }, options) {
    const named = options.filter(({ value }) => related && value);
    this.rows.addLabels(name, Object.fromEntries(named.map(({ value, text }) => [value, text])));
  }

  /**
   * @param {Column} column
   * @param {Value} text
   */
  parse(column, text) {
    const usual = () => parse(column, text, this.context);
    return ownValue(this.custom(column.name), column, text, usual);
  }

  /** @param {Pk} pk @returns {string} the name of the row: its first cell with a text */
  rowName(pk) {
    for (const column of this.columns) {
      const text = this.text(column, this.base(pk, column.name));
      if (text && !isBoolean(column)) return text;
    }
    return "";
  }

  /** @param {Column} column */
  options(column) {
    return options(column, this.context);
  }

  /**
   * @param {Pk} pk
   * @param {string} name
   */
  sortKey(pk, name) {
    const column = this.column(name);
    if (!column) return null;
    const value = this.shown(pk, name);
    // Numbers are compared ten times as fast as texts.
    if (hasDate(column)) return Date.parse(value) || null;
    return sortKey(column, value, this.context);
  }

  /**
   * Rows belong together if they have the same items, or are of the same day.
   * @param {Pk} pk
   * @param {string} name
   * @returns {Value} the value by which a row is grouped
   */
  groupValue(pk, name) {
    const column = this.column(name);
    const value = this.base(pk, name);
    if (!column || isEmpty(value)) return null;
    if (isMany(column) && Array.isArray(value)) return value.toSorted();
    if (column.type === "datetime")
      return formatMoment(String(value), this.context.zone).slice(0, 10);
    return value;
  }

  /**
   * The values with which a new row begins, so that it belongs to the group where the user is.
   * @param {string} like  a row, or the heading of a group
   * @returns {Record<string, Value>}
   */
  groupValues(like) {
    const values = Object.entries(this.groups.valuesLike(like));
    const isKept = (/** @type {[string, Value]} */ [name, value]) => {
      const column = this.column(name);
      // A date without a time is not a moment.
      return value !== null && column && !isReadonly(column) && column.type !== "datetime";
    };
    return Object.fromEntries(values.filter(isKept));
  }

  /**
   * @param {Column} column
   * @param {What} what
   * @returns {Value} the total of all shown rows, according to saved values
   */
  total({ name, ...column }, what) {
    const values = [];
    for (const pk of this.order.pks)
      if (this.rows.has(pk)) values.push(this.rows.value(pk, name) ?? null);
    return subtotal(what, /** @type {Column} */ (column), values);
  }

  /**
   * The server has given a row another pk.
   * @param {Pk} pk
   * @param {string[]} columns
   */
  touched(pk, columns) {
    this.haystack.forget(pk);
    this.order.touched(pk, columns);
  }

  /** @param {Pk} pk */
  #texts(pk) {
    return this.shownColumns.map((column) => this.text(column, this.base(pk, column.name)));
  }
}
