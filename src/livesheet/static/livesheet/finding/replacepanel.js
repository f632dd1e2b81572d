/**
 * The panel of find and replace.
 */

import { keepSelection, slipButton } from "../editing/progress.js";
import { element } from "../elements.js";
import { fill } from "../texts.js";
import { FarFinder, Finder } from "./finder.js";
import { Pieces } from "./pieces.js";

/** @import {Feature, SheetSurface} from "../features.js" */
/** @import {Pk} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */
/** @import {Commit, Target} from "../surfaces.js" */
/** @import {Place, Scope} from "./finder.js" */
/** @import {Fetched} from "./pieces.js" */

/** During typing and other people's changes, the search is not repeated each time. */
const SEARCH_MS = 150;
const STAY_MS = 1_000;
/** Enough time to read a sentence twice. */
const SAID_MS = 8_000;
/** In a large sheet, because one undo must restore everything that was replaced. */
const MOST_ROWS = 10_000;
/** How often a key may be pressed ahead of the answers. */
const MOST_STEPS = 3;

/**
 * @typedef {object} PanelHandlers
 * @property {(pk: Pk, column: string) => void} select
 * @property {(about: string, query: object, signal?: AbortSignal) => Promise<any>} ask
 * @property {(commits: Commit[], isFar?: boolean) => void} edit  isFar: the rows need not be loaded
 * @property {(text: string) => void} say
 * @property {(text: string) => Promise<Fetched | null>} fetch  fetches the rows of a large sheet
 *   that contain the text
 * @property {() => void} onClose  called when the grid is to receive keys again
 */

export class ReplacePanel {
  /**
   * @param {HTMLElement} root
   * @param {Record<string, string>} texts
   * @param {Store} store
   * @param {PanelHandlers} handlers
   */
  constructor(root, texts, store, handlers) {
    this.root = root;
    this.texts = texts;
    this.handlers = handlers;
    this.store = store;
    this.finder = new Finder(store);
    this.far = new FarFinder(store, handlers.ask);
    /** @type {(1 | -1)[]} what has been pressed, the current one first */
    this.steps = [];
    /** @type {{pk: Pk | null, column: string | null}} where the user is */
    this.here = { pk: null, column: null };
    /** @type {Scope | null} what was selected when the panel was opened */
    this.selection = null;
    /** @type {any} */
    this.timer = null;
    this.staying = new AbortController();
    this.box = element("form", "ls-panel ls-replace");
    this.box.setAttribute("role", "search");
    this.box.setAttribute("aria-label", texts.findReplace);
    keepSelection(this.box);
    this.find = this.#field(texts.findWhat);
    this.by = this.#field(texts.replaceWith);
    this.matchCase = this.#tick(texts.matchCase);
    this.wholeCell = this.#tick(texts.wholeCell);
    this.inSelection = this.#tick(texts.inSelection);
    this.count = element("output", "ls-found-count");
    /** Shown in large sheets. */
    this.covers = element("p", "ls-outcome");
    this.replaceOne = slipButton(texts.replaceOne, () => this.#replaceOne());
    this.replaceAll = slipButton(texts.replaceAll, () => this.#replaceAll());
    this.box.append(...this.#lines());
    this.box.addEventListener("input", () => {
      this.far.stop();
      this.refresh();
    });
    this.box.addEventListener("submit", (event) => event.preventDefault());
    this.box.addEventListener("keydown", (event) => this.#key(event));
  }

  get isOpen() {
    return this.box.isConnected;
  }

  get wanted() {
    const { find, matchCase, wholeCell } = this;
    return { text: find.value, matchCase: matchCase.checked, wholeCell: wholeCell.checked };
  }

  /** @returns {Scope | null} */
  get scope() {
    return this.inSelection.checked ? this.selection : null;
  }

  /** Whether all rows are searched, of which most are not loaded. */
  get isFar() {
    return this.store.order.isPaged && !this.scope;
  }

  /** @param {Target | null} target  null keeps the former one */
  open(target) {
    if (target) this.#start(target);
    if (!this.isOpen) this.root.append(this.box);
    const mayWrite = this.store.can.change || this.store.can.add;
    this.by.disabled = !mayWrite;
    this.find.select();
    this.#stay(this.find);
    this.refresh();
  }

  close() {
    clearTimeout(this.timer);
    this.timer = null;
    this.staying.abort();
    this.finder.turn += 1;
    this.far.stop();
    this.box.remove();
  }

  /** Searches again soon. */
  refresh() {
    if (!this.isOpen || this.timer !== null) return;
    this.timer = setTimeout(() => this.#search(), SEARCH_MS);
  }

  /** @param {1 | -1} step */
  async go(step) {
    if (this.isFar) return this.#goFar(step);
    await this.#search();
    return this.#select(this.finder.go(step));
  }

  /** @param {1 | -1} step */
  async #goFar(step) {
    if (!this.find.value.trim() || this.steps.length > MOST_STEPS) return;
    const from = document.activeElement;
    this.steps.push(step);
    if (this.steps.length > 1) return;
    while (this.steps.length) {
      await this.#stepFar(this.steps[0], from);
      this.steps.shift();
    }
  }

  /** @param {1 | -1} step @param {Element | null} from  the field or button that was pressed */
  async #stepFar(step, from) {
    this.count.value = this.texts.searching;
    const place = await this.#told(() => this.far.next(this.wanted, step, this.here));
    if (place === undefined || !this.isOpen) return void this.steps.splice(1);
    if (place && !(await this.store.order.reach(place.pk))) return;
    this.#select(place, from);
    if (place) this.here = place;
    if (!place) this.#showCount(this.texts.notFound);
    else if (await this.#told(() => this.far.count(this.wanted))) this.#showCount();
  }

  /**
   * Says what the server has refused.
   * @template T
   * @param {() => Promise<T>} run
   * @returns {Promise<T | undefined>}
   */
  async #told(run) {
    try {
      return await run();
    } catch (error) {
      const { code, message } = /** @type {any} */ (error);
      this.#showCount(code === "offline" ? this.texts.noServer : message);
      return undefined;
    }
  }

  /** The user is in another cell. @param {Pk | null} pk @param {string | null} column */
  moved(pk, column) {
    this.here = { pk, column };
  }

  async #search() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.isFar) {
      if (await this.#told(() => this.far.count(this.wanted))) this.#showCount();
    } else if (await this.finder.find(this.wanted, this.scope)) this.#showCount();
  }

  /** @param {Target} target */
  #start({ blocks }) {
    const scope = blocks.at(-1) ?? null;
    const isMany = scope !== null && scope.pks.length * scope.columns.length > 1;
    this.selection = isMany ? scope : null;
    this.inSelection.disabled = !isMany;
    this.inSelection.checked = isMany;
  }

  /** @param {{pk: Pk, column: string} | null} place @param {Element | null} [active] */
  #select(place, active = document.activeElement) {
    this.#showCount();
    if (!place) return;
    this.handlers.select(place.pk, place.column);
    if (active instanceof HTMLElement && this.box.contains(active)) this.#stay(active);
  }

  /**
   * Keeps the focus in a field, so that the user can go from match to match. The grid takes the
   * focus when a cell is selected, and version 6.2.2 does so a little later.
   * @param {HTMLElement} field
   */
  #stay(field) {
    this.staying.abort();
    this.staying = new AbortController();
    const { signal } = this.staying;
    field.focus();
    const back = () => {
      if (!this.box.contains(document.activeElement)) field.focus();
    };
    document.addEventListener("focusin", back, { signal });
    document.addEventListener("pointerdown", () => this.staying.abort(), { signal, capture: true });
    setTimeout(() => this.staying.abort(), STAY_MS);
  }

  /** @param {string} [text] */
  #showCount(text = "") {
    const { texts, finder, isFar } = this;
    const { length } = finder.found;
    const words = { at: finder.at + 1, n: length };
    const found = !length ? texts.notFound : finder.at < 0 ? texts.foundMany : texts.foundAt;
    const said = isFar ? this.far.said(texts) : fill(found, words);
    this.covers.textContent = isFar ? texts.findsAll : "";
    this.count.value = text || (this.find.value ? said : "");
    const isFound = isFar ? this.far.pk !== null : length > 0;
    this.replaceOne.disabled = !isFound || this.by.disabled;
    const isSearched = isFar && this.find.value.trim() !== "";
    this.replaceAll.disabled = !(isFar ? isSearched : length) || this.by.disabled;
  }

  async #replaceOne() {
    const { finder, handlers } = this;
    if (this.isFar) {
      if (this.here.pk === null || this.here.column === null) return undefined;
      handlers.edit(
        finder.replaced([/** @type {Place} */ (this.here)], this.wanted, this.by.value),
      );
      return this.#goFar(1);
    }
    await this.#search();
    const place = finder.found[finder.at];
    if (place) handlers.edit(finder.replaced([place], this.wanted, this.by.value));
    const before = finder.at;
    await finder.find(this.wanted, this.scope);
    if (place && finder.at < 0) finder.at = before - 1;
    return this.#select(finder.go(1));
  }

  async #replaceAll() {
    const { handlers, texts } = this;
    const { isFar } = this;
    if (!isFar) await this.#search();
    const far = isFar ? await handlers.fetch(this.wanted.text) : null;
    if (isFar && !far) return;
    const finder = far ? new Finder(far.store) : this.finder;
    if (far) await finder.find(this.wanted, null);
    const all = finder.found;
    const commits = finder.replaced(all, this.wanted, this.by.value);
    if (commits.length) handlers.edit(commits, isFar);
    if (!isFar) await this.finder.find(this.wanted, this.scope);
    const locked = all.length - commits.length;
    const words = { n: commits.length, locked };
    const said = fill(locked ? texts.replacedSome : texts.replacedMany, words);
    const part = far && !far.isWhole ? fill(texts.replacedPart, { n: MOST_ROWS }) : "";
    const told = [said, part].filter(Boolean).join(" ");
    this.#showCount(told);
    if (isFar) handlers.say(told); // the following changes update the panel
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const isFinder = (event.ctrlKey || event.metaKey) && /^[fh]$/i.test(event.key);
    if (!isFinder) event.stopPropagation();
    if (event.key === "Tab") this.staying.abort();
    if (event.key === "Escape") this.close();
    if (event.key === "Escape") this.handlers.onClose();
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    if (event.target === this.by) this.#replaceOne();
    else this.go(event.shiftKey ? -1 : 1);
  }

  #lines() {
    const { texts } = this;
    const close = { className: "ls-button ls-icon ls-slip-close", label: texts.close };
    const head = line(
      element("strong", "ls-panel-title", texts.findReplace),
      this.count,
      slipButton("×", () => this.close(), close),
    );
    const first = line(
      /** @type {HTMLElement} */ (this.find.parentElement),
      slipButton("↑", () => this.go(-1), { className: "ls-button ls-icon", label: texts.previous }),
      slipButton("↓", () => this.go(1), { className: "ls-button ls-icon", label: texts.next }),
    );
    const ticks = [this.matchCase, this.wholeCell, this.inSelection];
    const options = line(...ticks.map((tick) => /** @type {HTMLElement} */ (tick.parentElement)));
    options.classList.add("ls-panel-options");
    const last = line(this.replaceOne, this.replaceAll);
    last.classList.add("ls-panel-actions");
    const second = line(/** @type {HTMLElement} */ (this.by.parentElement));
    return [head, first, second, options, this.covers, last];
  }

  /** @param {string} label */
  #field(label) {
    const input = element("input", "ls-search ls-panel-field");
    input.type = "text";
    input.autocomplete = "off";
    input.spellcheck = false;
    const made = element("label", "ls-panel-label");
    made.append(element("span", "", label), input);
    return input;
  }

  /** @param {string} label */
  #tick(label) {
    const input = element("input", "ls-panel-tick");
    input.type = "checkbox";
    const made = element("label", "ls-panel-choice");
    made.append(input, element("span", "", label));
    return input;
  }
}

/** @param {HTMLElement[]} parts */
function line(...parts) {
  const made = element("div", "ls-panel-line");
  made.append(...parts);
  return made;
}

/*
 * Find and replace: a panel in the corner of the sheet. Replacing is one action, which is sent in
 * frames like a paste, and can be undone in one step.
 */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function replacing(sheet) {
  const { store, outgoing, stage, texts } = sheet;
  const pieces = new Pieces(sheet);
  // If the sheet is being searched, that narrows the rows more than the text to be replaced.
  const fetch = (/** @type {string} */ text) =>
    pieces.fetch({ most: MOST_ROWS, n: 0, search: store.order.query || text });
  const panel = new ReplacePanel(stage.root, texts, store, {
    select: (pk, column) => stage.select(pk, column),
    ask: (...question) => sheet.ask(...question),
    edit: (commits, isFar) => outgoing.edit(commits, [], { isFar }),
    fetch,
    say: (text) => stage.notices.show(text, { name: "replace", ms: SAID_MS }),
    onClose: () => stage.grid?.keys.listen(),
  });
  return {
    runs: { replace: (target) => panel.open(target) },
    commands: [
      {
        name: "findNext",
        text: () => texts.next,
        where: "none",
        group: "find",
        keys: ["mod+g"],
        isEnabled: () => panel.isOpen,
        run: () => panel.go(1),
      },
      {
        name: "findPrevious",
        text: () => texts.previous,
        where: "none",
        group: "find",
        keys: ["mod+shift+g"],
        isEnabled: () => panel.isOpen,
        run: () => panel.go(-1),
      },
    ],
    hello: () => panel.refresh(),
    select: (pk, column) => panel.moved(pk, column),
    arranged: () => panel.refresh(),
    frame: ({ type }) => {
      if (type === "change") panel.refresh();
    },
    close: () => {
      pieces.stop();
      panel.close();
    },
  };
}
