/**
 * The bar above the grid: the title, the people who are here, and the status light.
 */

import { keyNames, NOTHING } from "../commands.js";
import { element, icon } from "../elements.js";
import { count, fill } from "../texts.js";
import { Faces } from "./faces.js";

/** @import {Face, Status} from "../protocol.js" */
/** @import {Counted} from "../store/order.js" */
/** @import {Command, CommandList} from "../surfaces.js" */

/**
 * @typedef {object} BarHandlers
 * @property {() => void} onAdd
 * @property {() => void} onUndo
 * @property {() => void} onRedo
 * @property {(query: string) => void} onSearch
 * @property {() => void} onReload
 * @property {(face: Face) => void} onGo
 */

export class Bar {
  /**
   * @param {Record<string, string>} texts
   * @param {BarHandlers} handlers
   * @param {string} [language]  for formatting numbers
   */
  constructor(texts, handlers, language = undefined) {
    this.texts = texts;
    this.language = language;
    this.handlers = handlers;
    this.title = element("h2", "ls-heading");
    this.count = element("span", "ls-count");
    this.message = element("span", "ls-message");
    /** The place of named views, which determine how the sheet is arranged. */
    this.views = element("div", "ls-bar-views");
    this.faces = new Faces(texts, handlers.onGo);
    this.light = element("span", "ls-light");
    this.lightText = element("span", "ls-light-text");
    this.reload = this.#button("ls-button ls-reload", texts.reloadPage, handlers.onReload);
    this.tools = element("div", "ls-tools");
    this.tools.setAttribute("role", "group");
    this.tools.setAttribute("aria-label", texts.tools);
    this.search = this.#search();
    this.openSearch = this.#button(
      "ls-button ls-icon ls-open-search",
      "",
      () => this.toSearch(),
      texts.search,
    );
    this.undo = this.#button("ls-button ls-icon ls-undo", "", handlers.onUndo, texts.undo);
    this.redo = this.#button("ls-button ls-icon ls-redo", "", handlers.onRedo, texts.redo);
    this.add = this.#button("ls-button ls-primary ls-add", "", handlers.onAdd, texts.addRow);
    this.add.append(element("span", "ls-add-text", texts.addRow));
    this.openSearch.append(icon("search"));
    this.undo.append(icon("undo"));
    this.redo.append(icon("redo"));
    this.more = this.#button("ls-button ls-icon ls-open-menu", "", () => {}, texts.menu);
    this.describe("", { add: false, change: false });
    this.element = this.#assemble();
    /** @type {Status} */
    this.status = "connecting";
    this.unsettled = 0;
    this.isKept = true;
    this.reason = "";
    this.setStatus("connecting", "");
    this.setUndo(false, false);
  }

  #assemble() {
    const bar = element("header", "ls-bar");
    const left = element("div", "ls-bar-start");
    const right = element("div", "ls-bar-end");
    const light = element("div", "ls-status");
    light.setAttribute("role", "status");
    light.append(this.light, this.lightText, this.reload);
    left.append(this.title, this.views, this.count, this.tools);
    right.append(this.search, this.openSearch, this.undo, this.redo, this.add);
    right.append(this.faces.element, light, this.more);
    bar.append(left, this.message, right);
    this.fitting = new ResizeObserver(() => this.#fit(bar));
    for (const one of [bar, left, right]) this.fitting.observe(one);
    // Enter or Space on a button must not also open the editor of the selected cell.
    bar.addEventListener("keydown", (event) => {
      const isPress = event.key === "Enter" || event.key === " ";
      if (isPress && event.target instanceof HTMLButtonElement) event.stopPropagation();
    });
    return bar;
  }

  close() {
    this.fitting?.disconnect();
  }

  /**
   * Hides as few things as possible, until everything fits into one line.
   * @param {HTMLElement} bar
   */
  #fit(bar) {
    for (const room of ["full", "icons", "little", "least"]) {
      bar.dataset.room = room;
      if (bar.scrollWidth <= bar.clientWidth) return;
    }
  }

  /** In a narrow bar, the search field temporarily replaces the tools. */
  toSearch() {
    this.element.classList.add("ls-searching");
    this.search.focus();
    this.search.select();
  }

  /**
   * @param {string} className
   * @param {string} text
   * @param {() => void} onClick
   * @param {string} [label]
   */
  #button(className, text, onClick, label = "") {
    const button = element("button", className, text);
    button.type = "button";
    if (label) {
      button.title = label;
      button.setAttribute("aria-label", label);
    }
    button.addEventListener("click", () => onClick());
    return button;
  }

  #search() {
    const input = element("input", "ls-search");
    input.type = "search";
    input.placeholder = this.texts.search;
    input.setAttribute("aria-label", this.texts.search);
    input.autocomplete = "off";
    input.spellcheck = false;
    input.addEventListener("input", () => this.handlers.onSearch(input.value));
    input.addEventListener("blur", () => {
      this.element.classList.remove("ls-searching");
      this.openSearch.classList.toggle("ls-on", input.value !== "");
    });
    return input;
  }

  /** Ends the search, so that all rows are shown again. */
  endSearch() {
    this.search.value = "";
    this.handlers.onSearch("");
  }

  /**
   * @param {string} title
   * @param {{add: boolean, change: boolean}} can
   */
  describe(title, can) {
    this.title.textContent = title;
    this.search.hidden = !title;
    this.openSearch.hidden = !title;
    this.tools.hidden = !title;
    this.views.hidden = !title;
    this.add.hidden = !can.add;
    this.undo.hidden = !can.change;
    this.redo.hidden = !can.change;
    this.more.hidden = !title;
  }

  /** @param {Counted} counted */
  setCount({ shown, all, isExact, isAbout }) {
    const n = (/** @type {number} */ number) => number.toLocaleString(this.language);
    const least = isAbout ? "rowsAbout" : "rowsAtLeast";
    const key = !isExact ? least : shown === all ? "rows" : "rowsFound";
    setText(this.count, all ? count(this.texts, key, all, { n: n(shown), all: n(all) }) : "");
  }

  /**
   * @param {Status} status
   * @param {string} reason
   */
  setStatus(status, reason) {
    this.status = status;
    this.reason = reason;
    this.#showLight();
  }

  /** @param {number} unsettled */
  setUnsettled(unsettled) {
    if (unsettled === this.unsettled) return;
    this.unsettled = unsettled;
    this.#showLight();
  }

  /**
   * Whether there may be something to undo or redo. This is checked again when the button is
   * pressed.
   * @param {boolean} isUndoable
   * @param {boolean} isRedoable
   */
  setUndo(isUndoable, isRedoable) {
    this.undo.setAttribute("aria-disabled", String(!isUndoable));
    this.redo.setAttribute("aria-disabled", String(!isRedoable));
  }

  /** @param {boolean} isKept  whether unsent edits outlive this page */
  setKept(isKept) {
    if (isKept === this.isKept) return;
    this.isKept = isKept;
    this.#showLight();
  }

  /** @param {string} message */
  say(message) {
    setText(this.message, message);
    this.message.title = message;
  }

  /**
   * @param {Face[]} faces
   * @param {number} others  the number of further people
   */
  setFaces(faces, others) {
    this.faces.show(faces, others);
  }

  #showLight() {
    const { status, unsettled, texts } = this;
    const isLive = status === "live";
    const doing = unsettled ? fill(isLive ? texts.saving : texts.unsent, { n: unsettled }) : "";
    const risk = unsettled && !this.isKept ? texts.notKept : "";
    const words = isLive ? [doing || texts.live] : [texts[status], doing, risk];
    setText(this.lightText, words.filter(Boolean).join(" · "));
    this.light.dataset.status = isLive && unsettled ? "saving" : status;
    this.reload.hidden = status !== "reload";
    this.say(isLive ? "" : this.reason);
  }
}

/**
 * @param {HTMLElement} target
 * @param {string} text
 */
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/*
 * The menu of the bar's last button, with the commands for the sheet as a whole.
 */

export class More {
  /**
   * @param {HTMLElement} root
   * @param {HTMLButtonElement} button  the button that opens the menu
   * @param {CommandList} commands
   */
  constructor(root, button, commands) {
    this.root = root;
    this.button = button;
    this.commands = commands;
    this.box = element("div", "ls-menu");
    this.box.popover = "auto";
    this.box.setAttribute("role", "menu");
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("toggle", () => this.#toggled());
    button.setAttribute("aria-haspopup", "menu");
    button.setAttribute("aria-expanded", "false");
    button.popoverTargetElement = this.box;
    root.append(this.box);
    this.box.addEventListener("beforetoggle", () => this.#fill());
  }

  close() {
    this.box.remove();
  }

  #fill() {
    const offered = this.commands.offered("menu");
    const items = offered.flatMap((command, index) => {
      const isNewGroup = index > 0 && offered[index - 1].group !== command.group;
      return isNewGroup ? [rule(), this.#item(command)] : [this.#item(command)];
    });
    this.box.replaceChildren(...items);
    const { top, bottom, right } = this.button.getBoundingClientRect();
    const isLow = bottom > innerHeight / 2;
    this.box.style.top = isLow ? "auto" : `${bottom + 4}px`;
    this.box.style.bottom = isLow ? `${innerHeight - top + 4}px` : "auto";
    this.box.style.right = `${Math.max(8, document.documentElement.clientWidth - right)}px`;
  }

  /** @param {Command} command */
  #item(command) {
    const item = element("button", "ls-menu-item");
    item.type = "button";
    item.setAttribute("role", "menuitem");
    item.dataset.command = command.name;
    item.disabled = command.isEnabled?.(NOTHING) === false;
    if (command.isChosen) {
      item.setAttribute("role", "menuitemradio");
      item.setAttribute("aria-checked", String(command.isChosen()));
    }
    item.append(element("span", "", command.text(NOTHING)));
    if (command.keys?.length) item.append(keys(command.keys[0]));
    item.addEventListener("click", () => {
      this.box.hidePopover();
      command.run(NOTHING);
    });
    return item;
  }

  #toggled() {
    const isOpen = this.box.matches(":popover-open");
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) this.#items()[0]?.focus();
  }

  #items() {
    return [...this.box.querySelectorAll("button")].filter((item) => !item.disabled);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation();
    const items = this.#items();
    const at = items.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    items.at(next % items.length)?.focus();
  }
}

function rule() {
  const made = element("hr", "ls-menu-rule");
  made.setAttribute("role", "separator");
  return made;
}

/** @param {string} text */
export function keys(text) {
  const made = element("kbd", "ls-keys");
  made.append(...keyNames(text).map((name) => element("kbd", "ls-key", name)));
  return made;
}
