/**
 * The menu of named views: the other views, and the commands for the open one, with the dialogs that
 * ask for its name and whether to delete it.
 */

import { confirm, element } from "../elements.js";
import { prompt } from "../prompt.js";
import { fill } from "../texts.js";

/** @import {ViewEntry} from "./namedviews.js" */
/** @import {ViewsButton} from "./viewsbutton.js" */

const GAP = 4;
const EDGE = 8;

export class ViewsMenu {
  /** @param {ViewsButton} head  the button below which it opens */
  constructor(head) {
    const { root, saved, texts, button } = head;
    this.head = head;
    this.root = root;
    this.saved = saved;
    this.texts = texts;
    this.button = button;
    this.box = element("div", "ls-menu ls-views-menu");
    this.box.popover = "auto";
    this.box.setAttribute("role", "menu");
    this.box.setAttribute("aria-label", texts.views);
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("beforetoggle", (event) => this.#toggles(event));
    this.box.addEventListener("toggle", () => this.#toggled());
    button.popoverTargetElement = this.box;
    root.append(this.box);
  }

  open() {
    if (!this.box.matches(":popover-open")) this.box.showPopover();
  }

  /** Updates the open menu. */
  refresh() {
    if (this.box.matches(":popover-open")) this.#fill();
  }

  close() {
    this.box.remove();
  }

  /** @param {Event} event */
  #toggles(event) {
    if (/** @type {ToggleEvent} */ (event).newState !== "open") return;
    this.#fill();
    this.saved.views.load();
    const { left, right, bottom } = this.button.getBoundingClientRect();
    const { style } = this.box;
    const { clientWidth } = document.documentElement;
    const isRight = getComputedStyle(this.button).direction === "rtl";
    style.top = `${bottom + GAP}px`;
    style.left = isRight ? "auto" : `${Math.max(EDGE, left)}px`;
    style.right = isRight ? `${Math.max(EDGE, clientWidth - right)}px` : "auto";
  }

  #toggled() {
    const isOpen = this.box.matches(":popover-open");
    this.button.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return;
    const chosen = this.box.querySelector("[aria-checked=true]");
    /** @type {HTMLElement | undefined} */ (chosen ?? this.#items()[0])?.focus();
  }

  /** Keeps the focus in the same place if the menu is filled again while it is open. */
  #fill() {
    const { saved, texts } = this;
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.key;
    const list = saved.views.list ?? [];
    const own = list.filter(({ shared }) => !shared);
    const shared = list.filter((entry) => entry.shared);
    const actions = this.#actions();
    this.box.replaceChildren(
      this.#choice(null),
      ...this.#group(texts.viewsMine, own),
      ...this.#group(texts.viewsShared, shared),
      ...(actions.length ? [rule(), ...actions] : []),
    );
    if (focused === undefined) return;
    this.#items()
      .find((item) => item.dataset.key === focused)
      ?.focus();
  }

  /**
   * @param {string} title
   * @param {ViewEntry[]} entries
   */
  #group(title, entries) {
    if (!entries.length) return [];
    const group = element("div", "ls-view-group");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", title);
    const head = element("div", "ls-menu-title", title);
    head.setAttribute("aria-hidden", "true");
    group.append(head, ...entries.map((entry) => this.#choice(entry)));
    return [group];
  }

  /** @param {ViewEntry | null} entry  null for the one without a name */
  #choice(entry) {
    const { saved, texts } = this;
    const id = entry?.id ?? null;
    const item = this.#item(entry?.name ?? texts.ownView, id ?? "own", () => saved.choose(id));
    item.setAttribute("role", "menuitemradio");
    item.setAttribute("aria-checked", String((saved.named?.entry.id ?? null) === id));
    if (entry?.default) item.append(element("span", "ls-view-tag", texts.viewDefault));
    const owner = entry?.shared && !entry.mine ? entry.owner : null;
    if (entry) item.title = entry.name;
    if (owner) item.title += ` · ${fill(texts.viewSharedBy, { name: owner.name })}`;
    return item;
  }

  #actions() {
    const { saved, texts } = this;
    const entry = this.head.entry;
    const found = [];
    if (saved.isSignedIn) {
      found.push(this.#item(texts.saveViewAs, "saveAs", () => this.askToSave()));
    }
    if (entry && this.head.mayChange(entry)) found.push(...this.#changes(entry));
    found.push(this.#item(texts.copyLink, "link", this.head.onCopyLink));
    if (entry && this.head.mayChange(entry)) {
      found.push(this.#item(texts.deleteView, "delete", () => this.#askToDelete(entry)));
    }
    return found;
  }

  /** @param {ViewEntry} entry */
  #changes(entry) {
    const { texts } = this;
    const { canShare } = this.saved.views;
    const found = [this.#item(texts.renameView, "rename", () => this.#askForName(entry))];
    const change = (/** @type {object} */ what) => () => this.#change(what);
    if (!entry.shared && canShare) {
      found.push(this.#item(texts.shareView, "share", change({ shared: true })));
    }
    if (entry.shared && entry.mine) {
      found.push(this.#item(texts.unshareView, "unshare", change({ shared: false })));
    }
    if (entry.shared) {
      const text = entry.default ? texts.viewNoDefault : texts.viewMakeDefault;
      found.push(this.#item(text, "default", change({ default: !entry.default })));
    }
    return found;
  }

  /**
   * @param {string} text
   * @param {string} key
   * @param {() => void} run
   */
  #item(text, key, run) {
    const item = element("button", "ls-menu-item");
    item.type = "button";
    item.setAttribute("role", "menuitem");
    item.dataset.key = key;
    item.tabIndex = -1;
    const words = element("span", "ls-view-item", text);
    words.dir = "auto";
    item.append(words);
    item.addEventListener("click", () => {
      this.box.hidePopover();
      run();
    });
    return item;
  }

  #items() {
    return [...this.box.querySelectorAll("button")];
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    event.stopPropagation();
    const items = this.#items();
    const at = items.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") this.box.hidePopover();
    if (next !== undefined) {
      event.preventDefault();
      items.at(next % items.length)?.focus();
    } else if (event.key.length === 1 && event.key !== " ") this.#toLetter(event.key, items, at);
  }

  /**
   * @param {string} letter
   * @param {HTMLButtonElement[]} items
   * @param {number} at
   */
  #toLetter(letter, items, at) {
    const begins = (/** @type {HTMLButtonElement} */ item) =>
      item.textContent?.toLocaleLowerCase().startsWith(letter.toLocaleLowerCase());
    [...items.slice(at + 1), ...items.slice(0, at + 1)].find(begins)?.focus();
  }

  // Carrying out

  /** @param {object} what */
  async #change(what) {
    try {
      await this.saved.change(what);
    } catch (error) {
      this.saved.failed(error);
    }
  }

  askToSave() {
    const { saved, texts } = this;
    const entry = this.head.entry;
    askForName(this.root, texts, {
      title: texts.saveViewAs,
      name: entry ? fill(texts.viewCopy, { name: entry.name }) : "",
      canShare: saved.views.canShare,
      onSave: (name, shared) => saved.saveAs(name, shared),
    });
  }

  /** @param {ViewEntry} entry */
  #askForName({ name }) {
    const { saved, texts } = this;
    askForName(this.root, texts, {
      ...{ title: texts.renameView, name, canShare: false },
      onSave: (given) => saved.change({ name: given }),
    });
  }

  /** @param {ViewEntry} entry */
  async #askToDelete({ name, shared }) {
    const { texts } = this;
    const text = fill(shared ? texts.deleteForAll : texts.deleteOwn, { name });
    const answers = { yes: texts.deleteView, no: texts.cancel };
    if (await confirm(this.root, text, answers)) await this.saved.remove();
  }
}

function rule() {
  const made = element("hr", "ls-menu-rule");
  made.setAttribute("role", "separator");
  return made;
}

const LONGEST_NAME = 100;

/**
 * Asks for a view's name, and whether to share it.
 * @param {HTMLElement} root
 * @param {Record<string, string>} texts
 * @param {{title: string, name: string, canShare: boolean,
 *   onSave: (name: string, shared: boolean) => Promise<void>}} asked
 */
function askForName(root, texts, { title, name, canShare, onSave }) {
  const field = element("input", "ls-field");
  field.value = name;
  field.required = true;
  field.maxLength = LONGEST_NAME;
  field.setAttribute("aria-label", texts.viewName);
  field.placeholder = texts.viewName;
  const share = element("input", "ls-view-tick");
  share.type = "checkbox";
  const label = element("label", "ls-view-share");
  label.append(share, texts.shareView);
  const save = async (/** @type {string} */ typed) => {
    try {
      await onSave(typed, share.checked);
      return "";
    } catch (error) {
      return /** @type {Error} */ (error).message || texts.viewsOffline;
    }
  };
  const rows = canShare ? [field, label] : [field];
  prompt(root, texts, { title, go: texts.saveView, field, rows, onTyped: save });
}
