/** The people who are here: each has a face, which leads to the cell where that person is. */

import { element } from "../elements.js";
import { count, fill } from "../texts.js";

/** @import {Face} from "../protocol.js" */

const MOST_FACES = 5;

export class Faces {
  /**
   * @param {Record<string, string>} texts
   * @param {(face: Face) => void} onGo
   */
  constructor(texts, onGo) {
    this.texts = texts;
    this.onGo = onGo;
    this.element = element("ul", "ls-faces");
    this.element.setAttribute("aria-label", texts.people);
    /** @type {Map<string, Item>} by person. Items are reused, so that a focused button keeps the
     * focus */
    this.items = new Map();
    this.others = new Others(texts, onGo);
  }

  /**
   * @param {Face[]} faces
   * @param {number} others  the number of further people
   */
  show(faces, others) {
    const isTooMany = faces.length + others > MOST_FACES;
    const shown = faces.slice(0, isTooMany ? MOST_FACES - 1 : MOST_FACES);
    const keys = new Set(shown.map(({ key }) => key));
    for (const [key, { item }] of this.items) {
      if (keys.has(key)) continue;
      item.remove();
      this.items.delete(key);
    }
    for (const face of shown) this.#itemOf(face.key).show(face);
    this.others.show(faces.slice(shown.length), others);
    const wanted = [...shown.map(({ key }) => this.#itemOf(key).item), this.others.item];
    wanted.forEach((item, at) => {
      if (this.element.children[at] !== item)
        this.element.insertBefore(item, this.element.children[at]);
    });
  }

  /** @param {string} key */
  #itemOf(key) {
    const item = this.items.get(key) ?? new Item(this.texts, this.onGo);
    this.items.set(key, item);
    return item;
  }
}

class Item {
  /**
   * @param {Record<string, string>} texts
   * @param {(face: Face) => void} onGo
   */
  constructor(texts, onGo) {
    this.texts = texts;
    /** @type {Face | null} */
    this.face = null;
    this.item = element("li", "ls-face-item");
    this.button = element("button", "ls-face");
    this.button.type = "button";
    this.button.addEventListener("click", () => this.face && onGo(this.face));
    this.item.append(this.button);
  }

  /** @param {Face} face */
  show(face) {
    const { initials, colour, isMe, editing, adding } = face;
    this.face = face;
    const { button } = this;
    if (button.textContent !== initials) button.textContent = initials;
    button.title = said(face, this.texts);
    button.setAttribute("aria-label", button.title);
    button.setAttribute("aria-disabled", String(isMe));
    button.style.setProperty("--ls-who", colour);
    button.classList.toggle("ls-me", isMe);
    button.classList.toggle("ls-typing", editing || Boolean(adding));
  }
}

/** A menu with the people for whom there is no room. */
class Others {
  /**
   * @param {Record<string, string>} texts
   * @param {(face: Face) => void} onGo
   */
  constructor(texts, onGo) {
    this.texts = texts;
    this.onGo = onGo;
    this.item = element("li", "ls-face-item");
    this.button = element("button", "ls-face ls-more");
    this.button.type = "button";
    this.menu = element("div", "ls-menu");
    this.menu.popover = "auto";
    this.menu.setAttribute("role", "menu");
    this.menu.addEventListener("beforetoggle", () => this.#place());
    this.menu.addEventListener("keydown", (event) => event.stopPropagation());
    this.button.popoverTargetElement = this.menu;
    this.button.setAttribute("aria-haspopup", "menu");
    this.item.append(this.button, this.menu);
    this.item.hidden = true;
  }

  /**
   * @param {Face[]} faces
   * @param {number} others  the number of further people, whom the server does not name
   */
  show(faces, others) {
    const all = faces.length + others;
    const rest = others ? [count(this.texts, "morePeople", others)] : [];
    this.item.hidden = !all;
    this.button.textContent = `+${all}`;
    this.button.title = [...faces.map((face) => said(face, this.texts)), ...rest].join("\n");
    this.button.setAttribute("aria-label", count(this.texts, "morePeople", all));
    this.menu.replaceChildren(...faces.map((face) => this.#entry(face)), ...rest.map(nobody));
  }

  /** @param {Face} face */
  #entry(face) {
    const entry = element("button", "ls-menu-item", said(face, this.texts));
    entry.type = "button";
    entry.setAttribute("role", "menuitem");
    entry.addEventListener("click", () => {
      this.menu.hidePopover();
      this.onGo(face);
    });
    return entry;
  }

  #place() {
    const { bottom, right } = this.button.getBoundingClientRect();
    this.menu.style.top = `${bottom + 4}px`;
    this.menu.style.right = `${Math.max(8, document.documentElement.clientWidth - right)}px`;
  }
}

/** @param {string} text */
function nobody(text) {
  const entry = element("button", "ls-menu-item", text);
  entry.type = "button";
  entry.setAttribute("role", "menuitem");
  entry.disabled = true;
  return entry;
}

/**
 * @param {Face} face
 * @param {Record<string, string>} texts
 */
function said({ name, isMe, editing, adding, pk }, texts) {
  if (isMe) return fill(texts.you, { name });
  if (adding) return fill(texts.addsRow, { name });
  if (editing) return fill(texts.editing, { name });
  return fill(pk === null ? texts.isSomewhere : texts.goTo, { name });
}
