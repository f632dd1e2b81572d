/**
 * The menu of named views in the bar: which one is open, the others, and what can be done with
 * them. If the open view has been changed, the line above the grid offers to save it.
 */

import { element } from "../elements.js";
import { count, fill } from "../texts.js";
import { isModified, newsOf } from "./namedviews.js";
import { askForName, confirmed } from "./viewquestions.js";

/** @import {Offer} from "./chips.js" */
/** @import {ViewEntry} from "./namedviews.js" */
/** @import {SavedViews} from "./savedviews.js" */

const GAP = 4;
const EDGE = 8;

export class ViewsMenu {
  /**
   * @param {HTMLElement} root
   * @param {SavedViews} saved
   * @param {Record<string, string>} texts
   * @param {() => void} onCopyLink
   */
  constructor(root, saved, texts, onCopyLink) {
    this.root = root;
    this.saved = saved;
    this.texts = texts;
    this.onCopyLink = onCopyLink;
    this.name = element("span", "ls-view-name");
    this.name.dir = "auto";
    this.button = element("button", "ls-button ls-views-button");
    this.button.type = "button";
    this.button.append(this.name);
    this.button.setAttribute("aria-haspopup", "menu");
    this.button.setAttribute("aria-expanded", "false");
    this.box = element("div", "ls-menu ls-views-menu");
    this.box.popover = "auto";
    this.box.setAttribute("role", "menu");
    this.box.setAttribute("aria-label", texts.views);
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("beforetoggle", (event) => this.#toggles(event));
    this.box.addEventListener("toggle", () => this.#toggled());
    this.button.popoverTargetElement = this.box;
    root.append(this.box);
    this.show();
  }

  close() {
    this.box.remove();
  }

  /** The button says what is open. */
  show() {
    const { saved, texts, button } = this;
    const name = this.#entry()?.name ?? texts.ownView;
    const isChanged = saved.isModified;
    this.name.textContent = name;
    button.classList.toggle("ls-modified", isChanged);
    const said = fill(texts.viewNamed, { name });
    button.title = isChanged ? `${said} · ${texts.viewModified}` : said;
    button.setAttribute("aria-label", button.title);
    if (this.box.matches(":popover-open")) this.#fill();
  }

  /** @returns {Offer[]} what is to be said of the view in effect */
  offers() {
    return [...this.#ofVisit(), ...this.#ofNews(), ...this.#ofChanges(), ...this.#ofLeftOut()];
  }

  /** @returns {Offer[]} */
  #ofVisit() {
    const { saved, texts } = this;
    if (!saved.isVisit) return [];
    const keep = () => saved.keep();
    return [
      {
        text: texts.visiting,
        choices: [
          [texts.keepView, keep],
          [texts.leaveView, () => saved.leave()],
        ],
      },
    ];
  }

  /** @returns {Offer[]} */
  #ofNews() {
    const { saved, texts } = this;
    const { named, views } = saved;
    if (!named || views.list === null) return [];
    const now = views.entry(named.entry.id);
    const news = newsOf(named, now);
    if (news === "gone") return [{ text: texts.viewGone, choices: this.#saveAsMine() }];
    if (news === "") return [];
    const name = now?.by?.name || texts.somebody;
    const text = fill(texts.viewChangedBy, { name });
    return [{ text, choices: [[texts.reloadView, () => saved.reload()]] }];
  }

  /** @returns {Offer[]} */
  #ofChanges() {
    const { saved, texts } = this;
    const entry = this.#entry();
    if (!entry || !isModified(saved.named, saved.current.view)) return [];
    /** @type {Offer["choices"]} */
    const choices = [];
    if (this.#maySave(entry)) {
      choices.push([entry.shared ? texts.saveForAll : texts.saveView, () => saved.save()]);
    }
    choices.push(...this.#saveAsMine(), [texts.discardView, () => saved.discard()]);
    return [{ text: texts.viewModified, choices }];
  }

  /** @returns {Offer[]} */
  #ofLeftOut() {
    const left = this.saved.named?.leftOut ?? 0;
    return left ? [{ text: count(this.texts, "viewLeftOut", left), choices: [] }] : [];
  }

  /** @returns {Offer["choices"]} */
  #saveAsMine() {
    if (!this.saved.isSignedIn) return [];
    return [[this.texts.saveAsMine, () => this.#askToSave()]];
  }

  /** As it is listed now, or as it was opened. */
  #entry() {
    const { named, views } = this.saved;
    return named && (views.entry(named.entry.id) ?? named.entry);
  }

  /** @param {ViewEntry} entry */
  #mayChange({ shared, mine }) {
    return shared ? this.saved.views.canShare : mine;
  }

  /** Who does not see all of its conditions would take them away. @param {ViewEntry} entry */
  #maySave(entry) {
    const { named, views } = this.saved;
    return named?.leftOut === 0 && views.entry(entry.id) !== null && this.#mayChange(entry);
  }

  // The menu

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

  /** Filled anew while it is open, it keeps the focus where it was. */
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

  /** @param {ViewEntry | null} entry  null: the one without a name */
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
    const entry = this.#entry();
    const found = [];
    if (saved.isSignedIn) {
      found.push(this.#item(texts.saveViewAs, "saveAs", () => this.#askToSave()));
    }
    if (entry && this.#mayChange(entry)) found.push(...this.#changes(entry));
    found.push(this.#item(texts.copyLink, "link", this.onCopyLink));
    if (entry && this.#mayChange(entry)) {
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

  // Doing it

  /** @param {object} what */
  async #change(what) {
    try {
      await this.saved.change(what);
    } catch (error) {
      this.saved.failed(error);
    }
  }

  #askToSave() {
    const { saved, texts } = this;
    const entry = this.#entry();
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
    if (await confirmed(this.root, text, texts)) await this.saved.remove();
  }
}

function rule() {
  const made = element("hr", "ls-menu-rule");
  made.setAttribute("role", "separator");
  return made;
}
