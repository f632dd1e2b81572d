/**
 * The named views in the bar: which one is open. If it has been changed, a message above the grid,
 * beside the filters, offers to save it.
 */

import { element } from "../elements.js";
import { count, fill } from "../texts.js";
import { isModified, newsOf } from "./namedviews.js";

/** @import {SheetSurface} from "../features.js" */
/** @import {Offer} from "./chips.js" */
/** @import {ViewEntry} from "./namedviews.js" */
/** @import {SavedViews} from "./savedviews.js" */
/** @import {ViewsMenu} from "./viewsmenu.js" */

export class ViewsButton {
  /**
   * @param {SheetSurface} sheet
   * @param {SavedViews} saved
   * @param {() => void} onCopyLink
   */
  constructor({ texts, stage, later }, saved, onCopyLink) {
    this.saved = saved;
    this.texts = texts;
    this.root = stage.root;
    this.later = later;
    this.onCopyLink = onCopyLink;
    /** @type {ViewsMenu | null} null until it is first needed */
    this.menu = null;
    this.name = element("span", "ls-view-name");
    this.name.dir = "auto";
    this.button = element("button", "ls-button ls-views-button");
    this.button.type = "button";
    this.button.append(this.name);
    this.button.setAttribute("aria-haspopup", "menu");
    this.button.setAttribute("aria-expanded", "false");
    this.button.addEventListener("click", (event) => this.#first(event));
    this.show();
  }

  close() {
    this.menu?.close();
  }

  /** Shows the name of the open view. */
  show() {
    const { saved, texts, button } = this;
    const name = this.entry?.name ?? texts.ownView;
    const isChanged = saved.isModified;
    this.name.textContent = name;
    button.classList.toggle("ls-modified", isChanged);
    const said = fill(texts.viewNamed, { name });
    button.title = isChanged ? `${said} · ${texts.viewModified}` : said;
    button.setAttribute("aria-label", button.title);
    this.menu?.refresh();
  }

  /** @returns {Offer[]} messages about the view in effect */
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
    if (news === "gone") return [{ text: texts.viewGone, choices: this.#saveAs(texts.saveAsMine) }];
    if (news === "") return [];
    const name = now?.by?.name || texts.somebody;
    const text = fill(texts.viewChangedBy, { name });
    return [{ text, choices: [[texts.reloadView, () => saved.reload()]] }];
  }

  /** @returns {Offer[]} */
  #ofChanges() {
    const { saved, texts } = this;
    const entry = this.entry;
    if (!entry || !isModified(saved.named, saved.current.view)) return [];
    /** @type {Offer["choices"]} */
    const choices = [];
    if (this.#maySave(entry)) {
      choices.push([entry.shared ? texts.saveForAll : texts.saveView, () => saved.save()]);
    }
    choices.push(...this.#saveAs(entry.shared ? texts.saveAsMine : texts.saveViewAs));
    choices.push([texts.discardView, () => saved.discard()]);
    return [{ text: texts.viewModified, choices }];
  }

  /** @returns {Offer[]} */
  #ofLeftOut() {
    const left = this.saved.named?.leftOut ?? 0;
    return left ? [{ text: count(this.texts, "viewLeftOut", left), choices: [] }] : [];
  }

  /**
   * @param {string} text
   * @returns {Offer["choices"]}
   */
  #saveAs(text) {
    if (!this.saved.isSignedIn) return [];
    return [[text, () => this.#withMenu((menu) => menu.askToSave())]];
  }

  /** The current entry of the list, or else the one that was opened. */
  get entry() {
    const { named, views } = this.saved;
    return named && (views.entry(named.entry.id) ?? named.entry);
  }

  /** @param {ViewEntry} entry */
  mayChange({ shared, mine }) {
    return shared ? this.saved.views.canShare : mine;
  }

  /**
   * A user who does not see all conditions of a view must not save it, because that would remove
   * them.
   * @param {ViewEntry} entry
   */
  #maySave(entry) {
    const { named, views } = this.saved;
    return named?.leftOut === 0 && views.entry(entry.id) !== null && this.mayChange(entry);
  }

  /** @param {Event} event  the first click. Its default action is prevented, because it would close
   * the menu again */
  #first(event) {
    if (this.menu) return;
    event.preventDefault();
    this.#withMenu((menu) => menu.open());
  }

  /** @param {(menu: ViewsMenu) => void} run */
  #withMenu(run) {
    this.later.opening(({ viewsMenu }) => {
      this.menu ??= viewsMenu(this);
      run(this.menu);
    });
  }
}
