/**
 * Who has the sheet open, and on which cell. It is sent at most four times a second and stored
 * nowhere.
 */

import { realClock } from "../protocol.js";
import { initials, safeColour } from "../stage/note.js";

/** @import {Author, Clock, Face, Me, Person, Pk, Who} from "../protocol.js" */

const TELL_MS = 250;

/**
 * @typedef {{pk: Pk | null, column: string | null, editing: boolean, adding?: boolean}} Place
 */

/** A number or a UUID, which cannot be the name of a person. */
const KEY = /^[\d-]*$|^[0-9a-f-]{32,36}$/;

export class Presence {
  /**
   * @param {(place: Place) => void} tell
   * @param {(pks: Pk[]) => void} onMoved  called with the rows in which a cursor has changed
   * @param {Clock} [clock]
   * @param {string} [guest]  what somebody without an account is called
   */
  constructor(tell, onMoved, clock = realClock, guest = "Guest") {
    this.tell = tell;
    this.onMoved = onMoved;
    this.clock = clock;
    /** @type {Me | null} */
    this.me = null;
    this.guest = guest;
    /** @type {Map<string, Person>} by key: one person may have several windows */
    this.people = new Map();
    /** The number of further people, whom the server does not name. */
    this.others = 0;
    /** @type {Map<string, Author>} everybody who was here, by user id: they may have left since */
    this.known = new Map();
    /** @type {Map<Pk, Person[]>} */
    this.cursors = new Map();
    /** @type {Place} */
    this.place = { pk: null, column: null, editing: false };
    this.told = "";
    this.toldAt = Number.NEGATIVE_INFINITY;
    /** @type {any} */
    this.timer = null;
  }

  /** @param {Me} me */
  greet(me) {
    this.me = me;
  }

  /** A new connection: the first list is complete. */
  reset() {
    const rows = [...this.cursors.keys()];
    this.people.clear();
    this.others = 0;
    this.cursors.clear();
    this.told = "";
    this.onMoved(rows);
  }

  /**
   * @param {Person[]} here
   * @param {number} [others]
   */
  take(here, others = 0) {
    this.others = others;
    for (const person of here) {
      if (person.left) this.people.delete(person.key);
      else if (person.key !== this.me?.key) this.#meet(this.#named(person));
    }
    const former = [...this.cursors.keys()];
    this.cursors = this.#placed();
    this.onMoved([...new Set([...former, ...this.cursors.keys()])]);
  }

  /** @param {Person} person */
  #meet(person) {
    const former = this.people.get(person.key);
    const isThere = former && former.pk === person.pk && former.column === person.column;
    const at = isThere ? former.at : this.clock.now();
    this.people.set(person.key, { ...person, at });
    if (person.id) this.known.set(person.id, person);
  }

  /** Shows their name tags for a moment. @param {Pk} pk */
  point(pk) {
    for (const person of this.people.values()) if (person.pk === pk) person.at = this.clock.now();
    this.cursors = this.#placed();
    this.onMoved([pk]);
  }

  /**
   * Colleagues on this cell.
   * @param {Pk} pk
   * @param {string} column
   * @returns {Person[]}
   */
  at(pk, column) {
    return this.cursors.get(pk)?.filter((person) => person.column === column) ?? [];
  }

  /**
   * The author of a change: the id of a user who is here, the unchanged origin, or both.
   * @param {Who} who
   * @returns {string} "" if nobody knows
   */
  nameOf(who) {
    if (Array.isArray(who)) {
      const [name, origin] = [this.nameOf(who[0]), who[1]];
      return name ? `${name} (${origin})` : origin;
    }
    if (who && who === this.me?.id) return this.#named(this.me).name;
    return this.known.get(who)?.name ?? (KEY.test(who) ? "" : who);
  }

  /**
   * @param {Who} who
   * @returns {Author | null} null if nobody knows
   */
  authorOf(who) {
    const name = this.nameOf(who);
    const id = Array.isArray(who) ? who[0] : who;
    const { colour } = (id === this.me?.id ? this.me : this.known.get(id)) ?? { colour: "" };
    return name ? { name, colour: safeColour(colour) } : null;
  }

  /**
   * One face for each person, the user's own first.
   * @returns {Face[]}
   */
  faces() {
    const faces = new Map();
    if (this.me)
      faces.set(this.me.id || "me", face(this.#named(this.me), this.me.id || "me", true));
    // The place of a person with several windows is where they type, or else the latest one.
    const people = [...this.people.values()].sort(
      (one, other) =>
        Number(one.editing ?? false) - Number(other.editing ?? false) ||
        Number(Boolean(one.pk)) - Number(Boolean(other.pk)) ||
        (one.at ?? 0) - (other.at ?? 0),
    );
    const places = new Map(people.map((person) => [person.id || person.key, person]));
    for (const person of this.people.values()) {
      const id = person.id || person.key;
      if (!faces.has(id)) faces.set(id, face(places.get(id) ?? person, id, false));
    }
    return [...faces.values()];
  }

  /**
   * @param {Pk | null} pk
   * @param {string | null} column
   * @param {boolean} editing
   * @param {boolean} [adding]  whether the user is in a row that nobody else can see yet
   */
  moveTo(pk, column, editing, adding = false) {
    this.place = adding ? { pk, column, editing, adding } : { pk, column, editing };
    if (this.timer !== null) return;
    const wait = this.toldAt + TELL_MS - this.clock.now();
    if (wait <= 0) this.#tellNow();
    else {
      this.timer = this.clock.setTimeout(() => {
        this.timer = null;
        this.#tellNow();
      }, wait);
    }
  }

  /** The server does not know the user's place on a new connection yet. */
  tellAgain() {
    this.told = JSON.stringify({ pk: null, column: null, editing: false });
    if (this.timer === null) this.#tellNow();
  }

  close() {
    this.clock.clearTimeout(this.timer);
    this.timer = null;
  }

  #tellNow() {
    const said = JSON.stringify(this.place);
    if (said === this.told) return;
    this.told = said;
    this.toldAt = this.clock.now();
    this.tell(this.place);
  }

  /**
   * @template {{name: string}} T
   * @param {T} person
   * @returns {T}
   */
  #named(person) {
    return person.name ? person : { ...person, name: this.guest };
  }

  /** Other windows of the same user get no cursor, because they are not another person. */
  #placed() {
    /** @type {Map<Pk, Person[]>} */
    const cursors = new Map();
    for (const person of this.people.values()) {
      const isMe = Boolean(person.id) && person.id === this.me?.id;
      if (isMe || typeof person.pk !== "string" || !person.column) continue;
      const safe = { ...person, colour: safeColour(person.colour) };
      cursors.set(person.pk, [...(cursors.get(person.pk) ?? []), safe]);
    }
    return cursors;
  }
}

/**
 * @param {{name: string, colour: string} & Partial<Person>} person
 * @param {string} key
 * @param {boolean} isMe
 * @returns {Face}
 */
function face({ name, colour, pk = null, column = null, ...doing }, key, isMe) {
  const { editing = false, adding = false } = doing;
  const look = { name, colour: safeColour(colour), initials: initials(name) };
  return { key, ...look, isMe, editing, adding, pk, column };
}
