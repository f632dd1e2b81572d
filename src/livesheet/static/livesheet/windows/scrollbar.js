/**
 * The scroll bar of a large sheet. It counts places in the order instead of pixels, because the
 * grid contains only a page of the rows, and a million rows are higher than browsers can scroll.
 */

import { element } from "../elements.js";
import { realClock } from "../protocol.js";
import { count as counted } from "../texts.js";

/** @import {Clock} from "../protocol.js" */

/**
 * @typedef {object} Extent
 * @property {number} count  the number of all rows
 * @property {boolean} isExact  if false, there are at least that many
 * @property {number} first  the place of the first row in sight, from 0
 * @property {number} rows  the number of rows in sight
 *
 * @typedef {object} ScrollHost
 * @property {(place: number) => Promise<unknown>} go  scrolls until the row is the first in sight
 * @property {(place: number) => boolean} isHere  whether the row is on the loaded page
 * @property {() => boolean} begin  finishes typing, and returns whether the rows may move now
 * @property {() => boolean} isFree  whether nothing is being typed
 * @property {(place: number) => string} textOf  the beginning of the row, or "" if it is not loaded
 */

/** Beyond the end of any sheet: means the last row, even if its number is not known yet. */
export const FAR = 2 ** 31 - 1;
const STEP_MS = 150;
/** After this time, the user would rather see another place than go on waiting. */
const PATIENCE_MS = 1_000;

/** A wheel that counts pixels moves as many rows per notch as in any other grid. */
const ROW_PX = 24;
/** @type {Record<number, number>} rows per unit of a wheel, by `deltaMode`; pages: see below */
const LINES = { 0: 1 / ROW_PX, 1: 1 };
/** The delay before a held button repeats, then the interval. */
const HOLD_MS = 400;
const REPEAT_MS = 120;

/** So many digits of a fraction are less than a tenth of a pixel. */
const FINE = 4;

let bars = 0;

export class ScrollBar {
  /**
   * @param {Record<string, string>} texts
   * @param {ScrollHost} host
   * @param {Clock} [clock]
   */
  constructor(texts, host, clock = realClock) {
    this.texts = texts;
    this.host = host;
    this.clock = clock;
    /** @type {Extent} */
    this.extent = { count: 0, isExact: true, first: 0, rows: 0 };
    /** @type {number | null} pixels from the upper end of the thumb to the pointer that drags it */
    this.grip = null;
    /** The position of the pointer. */
    this.y = 0;
    /** The fraction of a row that the wheel has moved in addition. */
    this.rest = 0;
    /** @type {any} */
    this.timer = null;
    this.journey = new Journey(host.go, host.isHere, () => this.#paint(), clock);
    this.element = element("div", "ls-scroll");
    this.thumb = element("div", "ls-scroll-thumb");
    this.bubble = element("div", "ls-scroll-bubble");
    this.bubble.setAttribute("aria-hidden", "true");
    this.bubble.hidden = true;
    this.element.append(this.thumb, this.bubble);
    this.element.hidden = true;
    this.#describe();
    this.#listen();
  }

  #describe() {
    const { element: bar, texts } = this;
    bars += 1;
    bar.id = `ls-scroll-${bars}`;
    bar.tabIndex = 0;
    bar.setAttribute("role", "scrollbar");
    bar.setAttribute("aria-orientation", "vertical");
    bar.setAttribute("aria-label", texts.scrollRows);
    bar.setAttribute("aria-valuemin", "1");
  }

  /**
   * Names the element that this bar scrolls; each new grid has another one.
   * @param {HTMLElement} target
   */
  control(target) {
    target.id ||= `${this.element.id}-rows`;
    this.element.setAttribute("aria-controls", target.id);
  }

  /** @param {Extent} extent */
  show(extent) {
    const isOther = extent.count !== this.extent.count;
    this.extent = extent;
    this.element.hidden = extent.count <= extent.rows;
    // More rows are known now, so the dragged thumb is at another place.
    if (isOther && this.grip !== null) this.#follow();
    this.#paint();
  }

  close() {
    this.journey.stop();
    this.clock.clearTimeout(this.timer);
    this.element.remove();
  }

  /** The first row in sight when scrolled to the end. */
  get last() {
    return Math.max(0, this.extent.count - this.extent.rows);
  }

  /** The place that the thumb shows: the one the user wants, or else the current one. */
  get place() {
    return Math.min(this.journey.place ?? this.extent.first, this.last);
  }

  // Painting

  /** It writes only what is different, because the grid would have everything laid out anew. */
  #paint() {
    const { element: bar, extent, place, last } = this;
    const share = extent.rows / Math.max(1, extent.count);
    this.#set("share", share.toFixed(FINE));
    this.#set("at", (last ? place / last : 0).toFixed(FINE));
    bar.setAttribute("aria-valuemax", String(last + 1));
    bar.setAttribute("aria-valuenow", String(place + 1));
    bar.setAttribute("aria-valuetext", this.#words());
    if (!this.bubble.hidden) this.#fillBubble();
  }

  /**
   * @param {"share" | "at"} name
   * @param {string} value
   */
  #set(name, value) {
    const { style } = this.element;
    const property = `--ls-scroll-${name}`;
    if (style.getPropertyValue(property) !== value) style.setProperty(property, value);
  }

  #words() {
    const { extent, place, texts } = this;
    const key = extent.isExact ? "placeOf" : "placeOfMore";
    return counted(texts, key, extent.count, { place: place + 1, n: extent.count });
  }

  #fillBubble() {
    const text = this.host.textOf(this.place);
    this.bubble.replaceChildren(element("b", "", this.#words()));
    if (text) this.bubble.append(element("span", "", text));
  }

  // Moving

  /**
   * @param {number} place
   * @param {boolean} [isLast]
   */
  #go(place, isLast = false) {
    const { last, extent } = this;
    const wanted = Math.round(Math.min(Math.max(0, place), last));
    this.journey.to(wanted === last && !extent.isExact ? FAR : wanted, isLast);
    this.#paint();
  }

  /** @param {number} rows */
  #by(rows) {
    this.#go(this.place + rows);
  }

  /** Scrolls by one screen, but keeps one row in sight. @param {number} direction */
  #page(direction) {
    this.#by(direction * Math.max(1, this.extent.rows - 1));
  }

  // Pointer, wheel and keys

  #listen() {
    const { element: bar } = this;
    bar.addEventListener("pointerdown", (event) => this.#down(event));
    bar.addEventListener("pointermove", (event) => this.#move(event));
    bar.addEventListener("pointerup", () => this.#up());
    bar.addEventListener("pointercancel", () => this.#up());
    bar.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    bar.addEventListener("keydown", (event) => this.#key(event));
    bar.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    if (!this.host.begin()) return;
    this.element.setPointerCapture?.(event.pointerId);
    const { top, bottom, height } = this.thumb.getBoundingClientRect();
    const isOn = event.clientY >= top && event.clientY <= bottom;
    if (isOn || event.shiftKey) this.#hold(event, isOn ? event.clientY - top : height / 2);
    else this.#pageTo(event.clientY, HOLD_MS);
  }

  /**
   * @param {PointerEvent} event
   * @param {number} grip
   */
  #hold(event, grip) {
    this.grip = grip;
    this.element.classList.add("ls-on");
    this.bubble.hidden = false;
    this.#fillBubble();
    this.#move(event);
  }

  /** @param {PointerEvent} event */
  #move({ clientY }) {
    this.y = clientY;
    if (this.grip !== null) this.#follow();
  }

  #follow() {
    const track = this.element.getBoundingClientRect();
    const room = track.height - this.thumb.getBoundingClientRect().height;
    const at = room > 0 ? (this.y - track.top - (this.grip ?? 0)) / room : 0;
    const place = Math.round(Math.min(Math.max(0, at), 1) * this.last);
    if (place !== this.place) this.#go(place);
  }

  #up() {
    this.clock.clearTimeout(this.timer);
    if (this.grip === null) return;
    this.grip = null;
    this.element.classList.remove("ls-on");
    this.bubble.hidden = true;
    if (this.journey.place !== null) this.#go(this.journey.place, true);
  }

  /**
   * Scrolls by one screen towards the pointer, and repeats it while the button is held.
   * @param {number} y
   * @param {number} ms
   */
  #pageTo(y, ms) {
    const { top, bottom } = this.thumb.getBoundingClientRect();
    if (y >= top && y <= bottom) return;
    this.#page(y < top ? -1 : 1);
    this.timer = this.clock.setTimeout(() => this.#pageTo(y, REPEAT_MS), ms);
  }

  /** @param {WheelEvent} event */
  #wheel(event) {
    if (event.ctrlKey || !event.deltaY) return;
    event.preventDefault();
    if (!this.host.isFree()) return;
    const rows = event.deltaY * (LINES[event.deltaMode] ?? this.extent.rows) + this.rest;
    this.rest = rows % 1;
    if (Math.trunc(rows)) this.#by(Math.trunc(rows));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { key, ctrlKey, metaKey, altKey } = event;
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowUp: () => this.#by(-1),
      ArrowDown: () => this.#by(1),
      PageUp: () => this.#page(-1),
      PageDown: () => this.#page(1),
      Home: () => this.#go(0),
      End: () => this.#go(this.last),
    };
    if (!moves[key] || ctrlKey || metaKey || altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.host.begin()) moves[key]();
  }
}

/**
 * Moves to a place. A dragged thumb passes thousands of places, so only one in a while is requested,
 * and the next one only after it has arrived or has taken very long.
 */
class Journey {
  /**
   * @param {(place: number) => Promise<unknown>} go
   * @param {(place: number) => boolean} isHere  whether the place is loaded already
   * @param {() => void} arrived
   * @param {Clock} clock
   */
  constructor(go, isHere, arrived, clock) {
    this.go = go;
    this.isHere = isHere;
    this.arrived = arrived;
    this.clock = clock;
    /** @type {number | null} where the user wants to be; null once it is reached */
    this.place = null;
    /** The number of the latest step. Answers to earlier ones are ignored. */
    this.steps = 0;
    this.begun = -Infinity;
    this.isUnderWay = false;
    /** @type {number | null} the place that has been requested */
    this.going = null;
    /** @type {any} */
    this.timer = null;
  }

  /**
   * @param {number} place
   * @param {boolean} [isLast]  the user stops at this place
   */
  to(place, isLast = false) {
    this.place = place;
    this.clock.clearTimeout(this.timer);
    if (this.isUnderWay && this.going === place) return;
    const wait = isLast || this.isHere(place) ? 0 : this.#wait();
    if (wait > 0) this.timer = this.clock.setTimeout(() => this.#set(), wait);
    else this.#set();
  }

  /** Cancels the move. */
  stop() {
    this.clock.clearTimeout(this.timer);
    this.place = null;
    this.steps += 1;
    this.isUnderWay = false;
  }

  /** @returns {number} milliseconds until the next step */
  #wait() {
    const passed = this.clock.now() - this.begun;
    return (this.isUnderWay ? PATIENCE_MS : STEP_MS) - passed;
  }

  async #set() {
    if (this.place === null) return;
    this.steps += 1;
    const step = this.steps;
    const { place } = this;
    this.going = place;
    this.begun = this.clock.now();
    this.isUnderWay = true;
    await this.go(place);
    if (step !== this.steps) return;
    this.isUnderWay = false;
    if (this.place === place) this.#end();
    else this.to(this.place);
  }

  #end() {
    this.place = null;
    this.arrived();
  }
}
