/**
 * A row as a card: every field of the sheet, including those that the view hides, and below them what
 * can be done with the row. It is beside the cells if there is room for both, otherwise on top of
 * them; on a phone it fills the screen.
 */

import { BESIDE_PX, element } from "../elements.js";
import { pageElement } from "../grid/contents.js";
import { realClock } from "../protocol.js";
import { button } from "../stage/note.js";

/** @import {SheetSurface} from "../features.js" */
/** @import {Column, Pk} from "../protocol.js" */
/** @import {Target} from "../surfaces.js" */
/** @import {Field} from "./field.js" */

/**
 * @typedef {object} CardHandlers
 * @property {(step: 1 | -1) => void} onStep  to the next row
 * @property {() => void} onClose
 * @property {() => void} onRoom  the cells have another amount of it
 *
 * @typedef {object} CardPage  what the card of one row says besides its fields
 * @property {string} title
 * @property {string} place  "3 of 120"
 * @property {boolean} hasPrevious
 * @property {boolean} hasNext
 * @property {HTMLElement[]} actions
 */

let cards = 0;

export class Card {
  /**
   * @param {HTMLElement} root  of the sheet
   * @param {HTMLElement} table  beside which it stands
   * @param {Record<string, string>} texts
   * @param {CardHandlers} handlers
   */
  constructor(root, table, texts, { onStep, onClose, onRoom }) {
    this.root = root;
    this.table = table;
    this.texts = texts;
    this.onStep = onStep;
    this.onClose = onClose;
    /** @type {Field[]} */
    this.fields = [];
    this.box = element("dialog", "ls-card ls-keeps-selection");
    this.heading = element("h2", "ls-card-title");
    this.place = element("p", "ls-card-place");
    this.place.setAttribute("role", "status");
    this.previous = sign("↑", texts.previousRow, () => onStep(-1));
    this.next = sign("↓", texts.nextRow, () => onStep(1));
    this.body = element("div", "ls-card-fields");
    this.actions = element("footer", "ls-card-actions");
    this.#assemble();
    this.resizing = new ResizeObserver(() => {
      this.#fit();
      onRoom();
    });
    this.resizing.observe(table);
  }

  #assemble() {
    const { texts, box, heading } = this;
    cards += 1;
    heading.id = `ls-card-${cards}`;
    box.setAttribute("aria-labelledby", heading.id);
    const head = element("header", "ls-card-head");
    const titles = element("div", "ls-card-titles");
    titles.append(heading, this.place);
    const closing = sign("✕", texts.close, () => this.onClose());
    closing.classList.add("ls-card-close");
    head.append(titles, this.previous, this.next, closing);
    box.append(head, this.body, this.actions);
    box.addEventListener("keydown", (event) => this.#key(event));
    box.addEventListener("mousedown", (event) => event.stopPropagation());
    this.body.addEventListener("scroll", () => this.#follow());
    // Called when the user presses the back button of a phone.
    box.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.onClose();
    });
    this.root.append(box);
    this.#stand();
  }

  /** Shows the card as a modal dialog, which blocks everything else. */
  get isAlone() {
    return this.box.matches(":modal");
  }

  get hasFocus() {
    return this.box.contains(document.activeElement);
  }

  /** The field that has the focus. */
  get busy() {
    return this.fields.find((field) => field.element.contains(document.activeElement)) ?? null;
  }

  /**
   * @param {{shown: Column[], hidden: Column[]}} columns
   * @param {(column: Column) => Field} make
   */
  build({ shown, hidden }, make) {
    for (const field of this.fields) field.close();
    const [first, more] = [shown.map(make), hidden.map(make)];
    this.fields = [...first, ...more];
    const parts = first.map((field) => field.element);
    if (more.length) {
      parts.push(element("h3", "ls-card-subtitle", this.texts.hiddenFields));
      parts.push(...more.map((field) => field.element));
    }
    this.body.replaceChildren(...parts);
  }

  /** @param {Pk} pk @param {CardPage} page */
  show(pk, page) {
    for (const field of this.fields) field.turnTo(pk);
    this.describe(page);
  }

  /** @param {CardPage} page */
  describe({ title, place, hasPrevious, hasNext, actions }) {
    this.heading.textContent = title;
    if (place !== this.place.dataset.place) this.place.textContent = place;
    this.place.dataset.place = place;
    this.previous.disabled = !hasPrevious;
    this.next.disabled = !hasNext;
    // Buttons must not move while a finger presses one of them.
    const isSame = sameParts(this.actions.children, actions);
    if (!isSame) this.actions.replaceChildren(...actions);
  }

  /** Shows a message in place of the row's number, until the row is described again. */
  say = (/** @type {string} */ words) => {
    this.place.textContent = words;
  };

  /** @param {string | null} column */
  focus(column) {
    const named = this.fields.find((field) => field.column.name === column);
    const field = named ?? this.fields[0];
    field?.element.scrollIntoView({ block: "nearest" });
    field?.focus();
  }

  close() {
    this.resizing.disconnect();
    for (const field of this.fields) field.close();
    this.box.close();
    this.box.remove();
    this.root.classList.remove("ls-has-card");
  }

  #stand() {
    const isRoomy = this.root.clientWidth >= BESIDE_PX;
    this.root.classList.toggle("ls-has-card", isRoomy);
    if (isRoomy) this.box.show();
    else this.box.showModal();
    this.#fit();
  }

  /** Beside the cells, it is as high as they are. */
  #fit() {
    const isRoomy = this.root.clientWidth >= BESIDE_PX;
    if (!this.root.clientWidth || !this.box.open) return;
    if (isRoomy === this.isAlone) {
      const { busy } = this;
      this.box.close();
      this.#stand();
      busy?.focus();
      return;
    }
    this.box.style.top = isRoomy ? `${this.table.offsetTop}px` : "";
    this.box.style.height = isRoomy ? `${this.table.offsetHeight}px` : "";
    this.#follow();
  }

  #follow() {
    for (const { control } of this.fields) control.follow?.();
  }

  /** The grid must not receive keys that are pressed in the card. @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    const { busy } = this;
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (event.key === "Escape") this.#leave();
    else if (event.key === "Enter" && this.#isEnough(event)) busy?.commit();
    else if (isPlain && this.#steps(event.key)) this.onStep(this.#steps(event.key) ?? 1);
    else return;
    event.preventDefault();
  }

  /** As in a cell, the first Esc discards what is being typed. */
  #leave() {
    if (!this.busy?.revert()) this.onClose();
  }

  /** In fields where Enter begins a new line, Ctrl+Enter is needed. @param {KeyboardEvent} event */
  #isEnough({ target, ctrlKey, metaKey }) {
    if (target instanceof HTMLTextAreaElement) return ctrlKey || metaKey;
    return target instanceof HTMLInputElement;
  }

  /** @param {string} key @returns {1 | -1 | null} */
  #steps(key) {
    if (key === "PageDown") return 1;
    if (key === "PageUp") return -1;
    if (this.busy?.control.takesArrows) return null;
    return key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : null;
  }
}

/**
 * @param {string} text
 * @param {string} label
 * @param {() => void} onClick
 */
function sign(text, label, onClick) {
  const made = button(text, "ls-button ls-icon", onClick);
  made.title = label;
  made.setAttribute("aria-label", label);
  return made;
}

/**
 * @param {Iterable<Element>} one
 * @param {Element[]} other
 */
const sameParts = (one, other) => textsOf(one) === textsOf(other);

/** @param {Iterable<Element>} parts */
const textsOf = (parts) =>
  JSON.stringify([...parts].map((part) => [part.textContent, part.getAttribute("href")]));

/** The addresses are fetched only after the row has been shown for this long. */
const PASSING_MS = 150;

/** Commands that are shown here as well. */
const COMMANDS = ["copyRowLink", "history-row", "duplicate", "delete"];

/**
 * The foot of a card: the other addresses of the row, as far as the server tells them to this user,
 * and what can be done with the row.
 */
export class CardFoot {
  /**
   * @param {SheetSurface} sheet
   * @param {() => void} onNews
   */
  constructor(sheet, onNews) {
    this.sheet = sheet;
    this.onNews = onNews;
    /** @type {{pk: Pk, page: string | null, admin: string | null}} */
    this.known = { pk: "", page: null, admin: null };
    /** @type {Pk} */
    this.wanted = "";
    /** @type {any} */
    this.timer = null;
  }

  /** Fetches the other addresses of the row. @param {Pk} pk */
  ask(pk) {
    this.rest();
    this.wanted = pk;
    if (this.known.pk === pk || !this.sheet.store.rows.has(pk)) return;
    this.timer = realClock.setTimeout(() => this.#ask(pk), PASSING_MS);
  }

  rest() {
    realClock.clearTimeout(this.timer);
  }

  /** @param {Pk} pk */
  async #ask(pk) {
    const found = await this.sheet.ask("addresses", { pk }).catch(() => null);
    if (!found || pk !== this.wanted) return;
    this.known = { pk, ...found };
    this.onNews();
  }

  /**
   * @param {() => Target} target  the row, when one of them is pressed
   * @returns {HTMLElement[]}
   */
  parts(target) {
    const now = target();
    const commands = COMMANDS.flatMap(
      (name) => this.sheet.commands.all.find((command) => command.name === name) ?? [],
    );
    const buttons = commands
      .filter(({ isOffered, isEnabled }) => isOffered?.() !== false && isEnabled?.(now) !== false)
      .map((command) => {
        const made = button(command.text(now), "ls-button", () => command.run(target()));
        made.dataset.command = command.name;
        return made;
      });
    return [...this.#pages(), ...buttons];
  }

  #pages() {
    const { texts } = this.sheet;
    const { pk, page, admin } = this.known;
    if (pk !== this.wanted) return [];
    return [
      page ? pageElement(page, texts.openPage) : null,
      admin ? pageElement(admin, texts.openAdmin) : null,
    ].flatMap((link) => link ?? []);
  }
}
