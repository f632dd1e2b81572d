/**
 * All that one sheet knows, and the one rule that joins it: over what the server last said stands
 * what is pending, and a new row is what its draft says until the server has it.
 */

import { format, options, parse, sortKey } from "./cells.js";
import { Drafts } from "./drafts.js";
import { Marks } from "./marks.js";
import { realClock } from "./protocol.js";
import { Rows } from "./rows.js";
import { Undo } from "./undo.js";
import { View } from "./view.js";

/** @import {Clock, Column, Hello, Outlook, Pk, Value, Who} from "./protocol.js" */

/** Whether a lone comma is a decimal point to this user. @param {string | undefined} language */
function hasDecimalComma(language) {
  return new Intl.NumberFormat(language).format(1.5).includes(",");
}

export class Store {
  /**
   * @param {(pk: Pk, column: string) => void} onFaded
   * @param {Clock} [clock]
   * @param {string} [language]
   */
  constructor(onFaded, clock = realClock, language = undefined) {
    /** @type {Hello | null} */
    this.hello = null;
    this.rows = new Rows();
    this.drafts = new Drafts();
    this.undo = new Undo();
    this.marks = new Marks(onFaded, clock);
    this.view = new View(
      (pk, column) => this.sortKey(pk, column),
      (pk, query) => this.matches(pk, query),
    );
    /** @type {Outlook} what is pending; the outbox, once there is one */
    this.outbox = { pending: () => null, pendingRow: () => null };
    this.context = {
      zone: "",
      decimalComma: hasDecimalComma(language),
      labels: (/** @type {string} */ column) => this.rows.labels(column),
    };
    /** @type {string | null} how far this copy goes */
    this.cursor = null;
    /** @type {Map<Pk, Who>} who last wrote a row, as far as this copy has heard */
    this.writers = new Map();
  }

  get columns() {
    return this.rows.columns;
  }

  get can() {
    return this.hello?.can ?? { add: false, change: false, delete: false };
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
   * @returns {Value} what stands in the cell
   */
  shown(pk, column) {
    const pending = this.outbox.pending(pk, column);
    return pending ? pending.value : this.base(pk, column);
  }

  /**
   * @param {Pk} pk
   * @param {string} column
   * @returns {Value} what the server last said
   */
  base(pk, column) {
    if (this.rows.has(pk)) return this.rows.value(pk, column) ?? null;
    return this.drafts.values(pk)[column] ?? null;
  }

  /**
   * @param {Column} column
   * @param {Value} value
   */
  text(column, value) {
    return format(column, value, this.context);
  }

  /**
   * @param {Column} column
   * @param {Value} text
   */
  parse(column, text) {
    return parse(column, text, this.context);
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
    return column ? sortKey(column, this.shown(pk, name), this.context) : null;
  }

  /**
   * @param {Pk} pk
   * @param {string} query
   */
  matches(pk, query) {
    const wanted = query.toLocaleLowerCase();
    return this.columns.some((column) =>
      this.text(column, this.shown(pk, column.name)).toLocaleLowerCase().includes(wanted),
    );
  }
}
