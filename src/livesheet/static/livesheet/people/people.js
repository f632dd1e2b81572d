/**
 * Colleagues: a click on a face goes to that person's cell, and a user who types where a colleague
 * is typing is told so. The cell is not locked; whoever saves second is asked which value to keep.
 * A row that a colleague is filling in has no place yet; a line at the foot announces it.
 */

import { element } from "../elements.js";
import { face, placeBeside } from "../stage/note.js";
import { fill } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Face, Person, Pk} from "../protocol.js" */

/** The foot names at most so many people who are adding rows at the same time. */
const MOST_ADDING = 3;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function people(sheet) {
  const colleagues = new Colleagues(sheet);
  return {
    go: (face) => colleagues.go(face),
    select(pk, column, editing) {
      colleagues.types(editing && pk !== null && column !== null ? { pk, column } : null);
    },
    frame(frame) {
      if (frame.type === "presence") colleagues.look();
    },
    status: () => colleagues.look(),
    close: () => colleagues.close(),
  };
}

class Colleagues {
  /** @param {SheetSurface} sheet */
  constructor({ store, stage, presence, texts }) {
    this.store = store;
    this.stage = stage;
    this.presence = presence;
    this.texts = texts;
    this.adding = element("ul", "ls-adding");
    stage.root.append(this.adding);
    this.hint = element("div", "ls-hint");
    this.hint.popover = "manual";
    /** @type {{pk: Pk, column: string} | null} where the user is typing */
    this.typing = null;
    /** The colleague about whom the user has been told. */
    this.told = "";
  }

  /** @param {Face} who */
  async go({ name, pk, column, isMe }) {
    const { store, stage, presence, texts } = this;
    const { notices } = stage;
    if (isMe) return;
    const isPlace = pk !== null && column !== null;
    const isFound = isPlace && (await store.order.reach(pk));
    const isThere = isPlace && (store.rows.has(pk) || store.order.isPaged);
    const isShown = isThere && stage.grid?.columns.some((one) => one.name === column);
    if (!isThere) {
      notices.show(fill(texts.isNowhere, { name }), { name: "go", ms: 5_000 });
    } else if (!isShown || !isFound) {
      const text = fill(texts.isHidden, { name, row: store.rowName(pk) });
      notices.show(text, { name: "go", ms: 8_000 });
    } else {
      notices.hide("go");
      stage.select(pk, column);
      presence.point(pk);
    }
  }

  /** @param {{pk: Pk, column: string} | null} typing */
  types(typing) {
    this.typing = typing;
    this.look();
  }

  look() {
    this.#showAdding();
    const { typing, presence } = this;
    const there = typing ? presence.at(typing.pk, typing.column) : [];
    this.#warn(there.find((person) => person.editing));
  }

  close() {
    this.hint.remove();
    this.adding.remove();
  }

  /** @param {Person | undefined} other */
  #warn(other) {
    const { hint, stage, typing } = this;
    const cell = other && typing ? stage.grid?.cell(typing.pk, typing.column) : null;
    if (!other || !cell) {
      hint.remove();
      this.told = "";
      return;
    }
    const text = fill(this.texts.typingToo, { name: other.name });
    hint.replaceChildren(face(other), element("span", "", text));
    hint.style.setProperty("--ls-who", other.colour);
    if (!hint.isConnected) stage.root.append(hint);
    hint.showPopover?.();
    placeBeside(hint, cell);
    if (this.told !== other.key) stage.notices.announce(text);
    this.told = other.key;
  }

  #showAdding() {
    const { adding, presence, texts } = this;
    const names = [...presence.people.values()].filter((person) => person.adding);
    const keys = names.map(({ key }) => key).join(" ");
    if (keys === adding.dataset.keys) return;
    adding.dataset.keys = keys;
    adding.replaceChildren(...names.slice(0, MOST_ADDING).map((person) => rowOf(person, texts)));
  }
}

/**
 * @param {Person} person
 * @param {Record<string, string>} texts
 */
function rowOf(person, texts) {
  const name = person.name || texts.guest;
  const made = element("li", "ls-adding-one");
  made.append(face({ ...person, name }), element("span", "", fill(texts.addsRow, { name })));
  return made;
}
