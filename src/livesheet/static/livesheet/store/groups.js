/**
 * Rows in groups, by one column or two. Each group has a heading, which is placed among the rows
 * under a key that no row has. Rows do not jump: a row remains in the group where it was when the
 * rows were arranged, but it is counted in the group to which its saved values belong, like in the
 * database. All questions are asked by key alone, so that a server could answer them as well.
 */

import { HEADING, isHeading } from "../protocol.js";
import { sorted } from "./sorting.js";

/** @import {Column, Pk, Value} from "../protocol.js" */
/** @import {Folded} from "./folded.js" */
/** @import {SortKey} from "./sorting.js" */
/** @import {What} from "../values/kinds.js" */

/**
 * @typedef {string} Key  that of a heading
 *
 * @typedef {object} Group  rows with the same value in this column are grouped
 * @property {string} column
 * @property {boolean} descending
 * @property {{column: string, what: What | "count"}} [by]  sorts groups by a total instead of by
 *   their values
 *
 * @typedef {object} Heading
 * @property {Value[]} values  the values of the columns by which rows are grouped; null if empty
 * @property {number} level  from 1
 * @property {boolean} isOpen
 * @property {number | null} count  the number of rows that belong to it; null if it is not known
 *
 * @typedef {object} GroupsHost
 * @property {(pk: Pk, column: string) => Value} valueOf  the saved value by which the row is
 *   grouped
 * @property {(pk: Pk, column: string) => Value} savedOf
 * @property {SortKey} sortKey
 * @property {(name: string) => Column | undefined} column
 * @property {(pk: Pk) => boolean} isCounted  whether it is saved
 * @property {(what: What, column: Column, values: Value[]) => Value} subtotal
 */

/** @param {Value[]} values @returns {Key} */
export const keyOf = (values) => HEADING + JSON.stringify(values);

/** @param {Key} key @returns {Value[]} */
export const valuesOf = (key) => JSON.parse(key.slice(HEADING.length));

export class Groups {
  /**
   * @param {GroupsHost} host
   * @param {Folded} closed  groups that the user has closed
   * @param {Intl.Collator} [collator]
   */
  constructor(host, closed, collator = new Intl.Collator(undefined, { numeric: true })) {
    this.host = host;
    this.closed = closed;
    this.collator = collator;
    /** @type {Group[]} the first one is the outer one */
    this.by = [];
    /** @type {Map<Pk, Key>} the innermost group in which a row is shown */
    this.places = new Map();
    /** @type {Map<Pk, Key>} the group to which a row belongs according to its saved values */
    this.homes = new Map();
    /** @type {Map<Key, Set<Pk>>} the rows that belong to a group, inner or outer */
    this.members = new Map();
    /** @type {Map<Key, Map<string, Value>>} totals that have been calculated */
    this.known = new Map();
    /** @type {Set<Key>} groups whose totals have changed since they were last asked for */
    this.changed = new Set();
  }

  get isOn() {
    return this.by.length > 0;
  }

  /** @param {Group[]} by */
  set(by) {
    const columns = by.map(({ column }) => column);
    this.by = by;
    if (columns.join() !== this.closed.columns) this.closed.begin(columns);
  }

  /** @param {string[]} columns @returns {boolean} whether rows are grouped by any of them */
  isBy(columns) {
    return this.by.some(({ column }) => columns.includes(column));
  }

  // Placing rows

  /**
   * Puts every row into the group where it belongs.
   * @param {Pk[]} pks
   * @returns {Pk[]} group by group; within each group, in the former order
   */
  arrange(pks) {
    for (const map of [this.places, this.homes, this.members, this.known]) map.clear();
    return this.#gathered(pks, true);
  }

  /**
   * Puts new rows at the end of their groups, and leaves all others in place.
   * @param {Pk[]} pks
   * @returns {Pk[]}
   */
  settle(pks) {
    return this.#gathered(pks, false);
  }

  /**
   * @param {Pk[]} pks
   * @param {boolean} isSorted  whether groups are sorted; otherwise, they remain in order of
   *   appearance
   */
  #gathered(pks, isSorted) {
    if (!this.isOn) return pks;
    const groups = alike(pks, (pk) => this.places.get(pk) ?? this.#take(pk));
    const keys = [...groups.keys()];
    const inOuter = alike(keys, (key) => outerOf(key, 0)); // inner groups remain together
    const wanted = isSorted ? this.#ordered(keys, groups) : [...inOuter.values()].flat();
    return wanted.flatMap((key) => groups.get(key) ?? []);
  }

  /**
   * Adds a row that was in no group before.
   * @param {Pk} pk
   * @returns {Key}
   */
  #take(pk) {
    this.#count(pk);
    const key = this.homes.get(pk) ?? this.#homeOf(pk);
    this.places.set(pk, key);
    return key;
  }

  /** @param {Pk} pk @returns {Key} */
  #homeOf(pk) {
    return keyOf(this.by.map(({ column }) => this.host.valueOf(pk, column)));
  }

  /**
   * @param {Key[]} keys
   * @param {Map<Key, Pk[]>} groups
   * @param {number} [level]
   * @returns {Key[]}
   */
  #ordered(keys, groups, level = 0) {
    if (level === this.by.length) return keys;
    const { column, descending, by } = this.by[level];
    const parts = alike(keys, (key) => outerOf(key, level));
    const rank = (/** @type {Key} */ key) =>
      this.host.sortKey(groups.get(parts.get(key)?.[0] ?? "")?.[0] ?? "", column);
    const sort = { column, descending: !by && descending };
    const order = this.byTotal(sorted([...parts.keys()], [sort], rank, this.collator), level);
    return order.flatMap((key) => this.#ordered(parts.get(key) ?? [], groups, level + 1));
  }

  /** Sorts groups of a level by a total, if one is chosen. @param {Key[]} keys @param {number} at */
  byTotal(keys, at) {
    const { by } = this.by[at];
    if (!by) return keys;
    const rank = (/** @type {Key} */ key) => amount(this.total(key, by.column, by.what));
    return sorted(keys, [this.by[at]], rank, this.collator);
  }

  /**
   * Puts a new row into the group of another row, or of a heading.
   * @param {Pk} pk
   * @param {string} like
   */
  join(pk, like) {
    const key = this.#placeOf(like);
    if (key) this.places.set(pk, key);
  }

  /** @param {string} key  of a row or heading @returns {Key | undefined} the innermost group */
  #placeOf(key) {
    if (!isHeading(key)) return this.places.get(key);
    const values = valuesOf(key);
    const isOf = (/** @type {Key} */ one) =>
      valuesOf(one).every((value, at) => at >= values.length || same(value, values[at]));
    return values.length === this.by.length ? key : [...new Set(this.places.values())].find(isOf);
  }

  /**
   * The values that a new row needs to belong to the same group as that one.
   * @param {string} like  a row or a heading
   * @returns {Record<string, Value>}
   */
  valuesLike(like) {
    const key = isHeading(like) ? like : this.places.get(like);
    const values = key && this.isOn ? valuesOf(key) : [];
    return Object.fromEntries(values.map((value, at) => [this.by[at].column, value]));
  }

  /** @param {Pk} draft @param {Pk} pk */
  rename(draft, pk) {
    const key = this.places.get(draft);
    if (!key) return;
    this.places.delete(draft);
    this.places.set(pk, key);
    this.touched(pk);
  }

  // Totals

  /**
   * The row has another pk now.
   * @param {Pk} pk
   * @returns {boolean} whether it is shown in a group to which it does not belong
   */
  touched(pk) {
    if (!this.isOn || !this.places.has(pk)) return false;
    this.#discount(pk);
    this.#count(pk);
    return this.isAstray(pk);
  }

  /** @param {Pk} pk @returns {boolean} whether it is the first row of its group */
  opens(pk) {
    return this.isOn && !this.members.get(this.#homeOf(pk))?.size;
  }

  /** @param {Pk} pk */
  remove(pk) {
    this.#discount(pk);
    this.places.delete(pk);
  }

  /** @param {Pk} pk */
  isAstray(pk) {
    const home = this.homes.get(pk);
    return home !== undefined && home !== this.places.get(pk);
  }

  /**
   * @param {Pk} pk
   * @returns {Key | null} the group to which it will move
   */
  moveOf(pk) {
    return (this.isAstray(pk) && this.homes.get(pk)) || null;
  }

  /** @param {Pk} pk */
  #count(pk) {
    if (!this.host.isCounted(pk)) return;
    const home = this.#homeOf(pk);
    this.homes.set(pk, home);
    for (const key of this.#chain(home)) {
      const members = this.members.get(key);
      if (members) members.add(pk);
      else this.members.set(key, new Set([pk]));
      this.known.delete(key);
      this.changed.add(key);
    }
  }

  /** @param {Pk} pk */
  #discount(pk) {
    const home = this.homes.get(pk);
    if (home === undefined) return;
    this.homes.delete(pk);
    for (const key of this.#chain(home)) {
      this.members.get(key)?.delete(pk);
      this.known.delete(key);
      this.changed.add(key);
    }
  }

  /** @returns {Key[]} the groups whose totals have changed */
  news() {
    const news = [...this.changed];
    this.changed.clear();
    return news;
  }

  /** @param {Key} key @returns {Key[]} from the outermost group to this one */
  #chain(key) {
    const values = valuesOf(key);
    return values.map((_, at) => (at + 1 === values.length ? key : keyOf(values.slice(0, at + 1))));
  }

  /**
   * @param {Key} key
   * @param {string} name  the name of a column
   * @param {What | "count"} what
   * @returns {Value}
   */
  total(key, name, what) {
    const members = this.members.get(key) ?? new Set();
    const column = this.host.column(name);
    if (what === "count" || !column) return members.size;
    const known = this.known.get(key) ?? new Map();
    this.known.set(key, known);
    const about = `${what} ${name}`;
    if (!known.has(about)) {
      const values = Array.from(members, (pk) => this.host.savedOf(pk, name));
      known.set(about, this.host.subtotal(what, column, values));
    }
    return known.get(about);
  }

  // Showing

  /**
   * Headings and rows in the order in which they are shown.
   * @param {Pk[]} pks  group by group
   * @returns {string[]}
   */
  entries(pks) {
    if (!this.isOn) return pks;
    /** @type {string[]} */
    const entries = [];
    let last = "";
    /** @type {Key[]} */
    let former = [];
    let isShown = true;
    for (const pk of pks) {
      const key = this.places.get(pk) ?? "";
      if (key !== last) {
        last = key;
        const chain = this.#chain(key);
        const shut = chain.findIndex((one) => this.closed.has(one));
        const shown = shut < 0 ? chain : chain.slice(0, shut + 1);
        entries.push(...shown.filter((one) => !former.includes(one)));
        former = chain;
        isShown = shut < 0;
      }
      if (isShown) entries.push(pk);
    }
    return entries;
  }

  /** @param {Key} key @returns {Heading} */
  heading(key) {
    const values = valuesOf(key);
    const count = this.members.get(key)?.size ?? 0;
    return { values, level: values.length, isOpen: !this.closed.has(key), count };
  }

  /** @param {Key} key */
  toggle(key) {
    this.closed.toggle(key);
  }

  /** @param {boolean} isOpen  opens all groups, or closes the outermost ones */
  openAll(isOpen) {
    const outer = [...new Set(this.places.values())].map((key) => this.#chain(key)[0]);
    this.closed.set(isOpen ? [] : outer);
  }

  /**
   * Opens the groups that contain a row.
   * @param {string} key  the key of a row or a heading
   * @returns {boolean} whether any of them was closed
   */
  reveal(key) {
    const place = isHeading(key) ? key : this.places.get(key);
    const shut = place
      ? this.#chain(place).filter((one) => one !== key && this.closed.has(one))
      : [];
    if (shut.length) this.closed.open(shut);
    return shut.length > 0;
  }
}

/** The group of that level, from 0, around this one. @param {Key} key @param {number} level */
const outerOf = (key, level) => keyOf(valuesOf(key).slice(0, level + 1));

/** @param {Value} one @param {Value} other */
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The value by which groups are sorted: a number if possible. @param {Value} total */
const amount = (total) => (total === null || Number.isNaN(Number(total)) ? total : Number(total));

/**
 * @param {string[]} keys  of rows or headings
 * @param {(key: string) => Key} of
 * @returns {Map<Key, string[]>}
 */
function alike(keys, of) {
  /** @type {Map<Key, string[]>} */
  const found = new Map();
  for (const key of keys) {
    const group = of(key);
    const part = found.get(group);
    if (part) part.push(key);
    else found.set(group, [key]);
  }
  return found;
}
