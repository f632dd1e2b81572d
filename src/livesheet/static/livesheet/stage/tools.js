/**
 * The tools in the bar. Each is a button, which shows how many of its settings are in force and
 * opens a panel. This module does everything apart from the tools' declarations: it places buttons
 * and panels, handles keys, and adds lines to the bar's menu if there is no room for the buttons.
 */

import { element, icon } from "../elements.js";

/** @import {Command, Tool} from "../surfaces.js" */

const GAP = 8;

export class Tools {
  /**
   * @param {HTMLElement} root  the root of the sheet
   * @param {HTMLElement} place  the element in the bar
   */
  constructor(root, place) {
    this.place = place;
    /** @type {{tool: Tool, button: HTMLButtonElement, count: HTMLElement}[]} */
    this.all = [];
    /** @type {Tool | null} the tool whose panel is open */
    this.opened = null;
    this.closed = () => {};
    this.box = element("div", "ls-menu ls-tool-panel");
    this.box.popover = "auto";
    this.box.setAttribute("role", "dialog");
    // The grid must not receive keys that are pressed in here.
    this.box.addEventListener("keydown", (event) => event.stopPropagation());
    this.box.addEventListener("toggle", () => this.#toggled());
    root.append(this.box);
  }

  /**
   * @param {Tool[]} tools
   * @returns {Command[]} commands for the bar's menu
   */
  add(tools) {
    for (const tool of tools) this.#make(tool);
    this.show();
    return tools.map((tool) => ({
      name: tool.name,
      text: () => `${tool.text} …`,
      where: "menu",
      group: "tools",
      isOffered: () => !this.#buttonOf(tool)?.offsetParent,
      run: () => this.open(tool.name),
    }));
  }

  /** Shows how many settings of each tool are in force. */
  show() {
    for (const { tool, button, count } of this.all) {
      const { n, words } = tool.inForce();
      const label = n ? `${tool.text}: ${words}` : tool.text;
      const text = n ? String(n) : "";
      if (count.textContent !== text) count.textContent = text;
      button.classList.toggle("ls-on", n > 0);
      if (button.title !== label) button.title = label;
    }
  }

  /**
   * @param {string} name
   * @param {HTMLElement} [anchor]  the panel opens below it; by default, below the tool's button
   */
  open(name, anchor = undefined) {
    const found = this.all.find(({ tool }) => tool.name === name);
    found?.tool.when(() => this.#open(found, anchor));
  }

  /**
   * @param {{tool: Tool, button: HTMLButtonElement}} found
   * @param {HTMLElement} [anchor]
   */
  #open({ tool, button }, anchor) {
    this.box.hidePopover();
    this.opened = tool;
    this.box.dataset.tool = tool.name;
    this.box.setAttribute("aria-label", tool.text);
    this.closed = tool.fill(this.box) ?? (() => {});
    this.box.showPopover();
    button.setAttribute("aria-expanded", "true");
    const under = anchor ?? (button.offsetParent ? button : this.place.closest(".ls-bar"));
    this.#stand(/** @type {HTMLElement} */ (under).getBoundingClientRect());
    const first = this.box.querySelector("[autofocus], input, select, button");
    /** @type {HTMLElement | null} */ (first)?.focus();
  }

  close() {
    this.closed();
    this.box.remove();
  }

  /** @param {Tool} tool */
  #make(tool) {
    const button = element("button", `ls-button ls-tool ls-tool-${tool.name}`);
    const count = element("span", "ls-tool-count");
    button.type = "button";
    button.dataset.tool = tool.name;
    button.setAttribute("aria-haspopup", "dialog");
    button.setAttribute("aria-expanded", "false");
    button.append(icon(tool.icon), element("span", "ls-tool-text", tool.text), count);
    // Pressing the button has closed the panel before it is clicked.
    let wasOpen = false;
    button.addEventListener("pointerdown", () => {
      wasOpen = this.opened === tool;
    });
    button.addEventListener("click", (event) => {
      if (wasOpen && event.detail) wasOpen = false;
      else this.open(tool.name);
    });
    this.all.push({ tool, button, count });
    this.all.sort((one, other) => one.tool.rank - other.tool.rank);
    this.place.replaceChildren(...this.all.map((each) => each.button));
  }

  /** @param {Tool} tool */
  #buttonOf(tool) {
    return this.all.find((each) => each.tool === tool)?.button;
  }

  /**
   * Places the panel below its button, within the window.
   * @param {DOMRect} under
   */
  #stand({ left, right, bottom }) {
    const { clientWidth, clientHeight } = document.documentElement;
    const { width } = this.box.getBoundingClientRect();
    const isMirrored = getComputedStyle(this.box).direction === "rtl";
    const wanted = isMirrored ? right - width : left;
    this.box.style.left = `${Math.max(GAP, Math.min(wanted, clientWidth - width - GAP))}px`;
    this.box.style.top = `${bottom + 4}px`;
    this.box.style.maxHeight = `${Math.max(160, clientHeight - bottom - 4 - GAP)}px`;
  }

  #toggled() {
    if (this.box.matches(":popover-open") || !this.opened) return;
    this.#buttonOf(this.opened)?.setAttribute("aria-expanded", "false");
    this.opened = null;
    this.closed();
    this.closed = () => {};
    this.box.replaceChildren();
  }
}
