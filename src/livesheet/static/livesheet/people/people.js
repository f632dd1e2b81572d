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
export function people({ store, stage, presence, texts }) {
  const { notices } = stage;
  const adding = element("ul", "ls-adding");
  stage.root.append(adding);
  const hint = element("div", "ls-hint");
  hint.popover = "manual";
  /** @type {{pk: Pk, column: string} | null} where the user is typing */
  let typing = null;
  /** The colleagues about whom the user has been told. */
  let told = "";

  /** @param {Face} who */
  async function go({ name, pk, column, isMe }) {
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

  /** @param {Person | undefined} other */
  function warn(other) {
    const cell = other && typing ? stage.grid?.cell(typing.pk, typing.column) : null;
    if (!other || !cell) {
      hint.remove();
      told = "";
      return;
    }
    const text = fill(texts.typingToo, { name: other.name });
    hint.replaceChildren(face(other), element("span", "", text));
    hint.style.setProperty("--ls-who", other.colour);
    if (!hint.isConnected) stage.root.append(hint);
    hint.showPopover?.();
    placeBeside(hint, cell);
    if (told !== other.key) notices.announce(text);
    told = other.key;
  }

  function showAdding() {
    const names = [...presence.people.values()].filter((person) => person.adding);
    const keys = names.map(({ key }) => key).join(" ");
    if (keys === adding.dataset.keys) return;
    adding.dataset.keys = keys;
    adding.replaceChildren(...names.slice(0, MOST_ADDING).map((person) => rowOf(person, texts)));
  }

  function look() {
    showAdding();
    const there = typing ? presence.at(typing.pk, typing.column) : [];
    warn(there.find((person) => person.editing));
  }

  return {
    go,
    select(pk, column, editing) {
      typing = editing && pk !== null && column !== null ? { pk, column } : null;
      look();
    },
    frame(frame) {
      if (frame.type === "presence") look();
    },
    status: look,
    close() {
      hint.remove();
      adding.remove();
    },
  };
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
