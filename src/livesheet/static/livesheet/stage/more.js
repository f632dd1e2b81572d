/**
 * The menu behind the bar's last button: what can be done with the sheet as a whole.
 */

import { keyNames, NOTHING } from "../commands.js";
import { element } from "../elements.js";

/** @import {Command, CommandList} from "../surfaces.js" */

export class More {
  /**
   * @param {HTMLElement} root
   * @param {HTMLButtonElement} button  that opens it
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
    const { bottom, right } = this.button.getBoundingClientRect();
    this.box.style.top = `${bottom + 4}px`;
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
