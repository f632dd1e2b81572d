/**
 * What is shown if there are no rows, or no connection: the reason, and what can be done. Without
 * rows, it is shown in their place; without a connection, below the cells, with the number of
 * changes that are kept.
 */

import { element } from "../elements.js";
import { count } from "../texts.js";

/** @import {Feature, SheetSurface} from "../features.js" */

/** Shorter interruptions are not shown. */
const PATIENCE_MS = 2_000;
/** If more cells than this are waiting, they are not marked one by one. */
const MANY = 100;

/** @typedef {{text: string, run: () => void, isFirst?: boolean}} Way  an action that is offered */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function states(sheet) {
  const { stage, outgoing } = sheet;
  const banner = new Banner(sheet);
  const look = () => showPlaceholder(sheet);
  const reckon = () => {
    stage.root.classList.toggle("ls-many-pending", outgoing.outbox.size > MANY);
    banner.show();
  };
  return {
    hello: look,
    arranged: look,
    gridMade: look,
    status() {
      look();
      reckon();
    },
    requested: reckon,
    drafted: reckon,
    close: () => banner.close(),
  };
}

/** @param {SheetSurface} sheet */
function showPlaceholder(sheet) {
  const { root, veil } = sheet.stage;
  const { words, ways } = placeholder(sheet);
  const state = JSON.stringify([words, ways.map(({ text }) => text)]);
  // Unchanged buttons are not drawn again, because the user may be about to press one.
  if (state === veil.dataset.state) return;
  veil.dataset.state = state;
  // As `:has()`, this would be asked again for each node that a scroll puts into a cell.
  root.classList.toggle("ls-veiled", words !== "");
  const text = element("p", "ls-veil-text", words);
  text.setAttribute("role", "status");
  const buttons = element("div", "ls-veil-ways");
  buttons.append(...ways.map(button));
  veil.replaceChildren(...(words ? [text] : []), ...(ways.length ? [buttons] : []));
}

/**
 * @param {SheetSurface} sheet
 * @returns {{words: string, ways: Way[]}}
 */
function placeholder(sheet) {
  const { stage, store, texts, status } = sheet;
  const reload = { text: texts.reloadPage, run: () => location.reload() };
  if (stage.failure) return { words: stage.failure, ways: [reload] };
  if (!store.order.isEmpty) return { words: "", ways: [] };
  const isComing = store.hello?.windowed && !store.order.isPaged;
  if (status === "live" && (isComing || store.order.isWaiting))
    return { words: texts.loading, ways: [] };
  if (status === "live") return store.hello ? nothingHere(sheet) : { words: "", ways: [] };
  const { reason } = stage.bar;
  if (status === "forbidden" || status === "reload")
    return { words: reason || texts[status], ways: [reload] };
  if (status !== "offline" && !reason) return { words: texts.loading, ways: [] };
  return { words: reason || texts[status], ways: [retry(sheet)] };
}

/**
 * @param {SheetSurface} sheet
 * @returns {{words: string, ways: Way[]}}
 */
function nothingHere({ store, stage, commands, outgoing, texts }) {
  const { query } = store.order;
  const n = store.view.filters.length;
  const isEmpty = !store.rows.size && !store.order.isPaged;
  if (isEmpty || (!query && !n)) {
    if (!store.can.add) return { words: texts.empty, ways: [] };
    const add = { text: texts.addFirst, run: () => outgoing.addRow(), isFirst: true };
    return { words: texts.emptyPaste, ways: [add] };
  }
  /** @type {Way[]} */
  const ways = [];
  const clear = commands.all.find(({ name }) => name === "clearFilters");
  const run = () => clear?.run({ pks: [], pk: null, column: null, columns: [], blocks: [] });
  if (n) ways.push({ text: count(texts, "clearSome", n), run, isFirst: true });
  if (query) ways.push({ text: texts.clearSearch, run: () => stage.bar.endSearch(), isFirst: !n });
  return { words: texts.noRowMatches, ways };
}

/** @param {SheetSurface} sheet @returns {Way} */
const retry = ({ texts, retry: run }) => ({ text: texts.tryAgain, run });

/** @param {Way} way */
function button({ text, run, isFirst }) {
  const made = element("button", isFirst ? "ls-button ls-primary" : "ls-button", text);
  made.type = "button";
  made.addEventListener("click", run);
  return made;
}

/** Without a connection: says how many edits are waiting, and that they are not lost. */
class Banner {
  /** @param {SheetSurface} sheet */
  constructor(sheet) {
    this.sheet = sheet;
    this.text = element("span", "ls-banner-text");
    this.box = element("div", "ls-banner");
    this.box.setAttribute("role", "status");
    this.box.hidden = true;
    this.box.append(this.text, button(retry(sheet)));
    sheet.stage.table.after(this.box);
    /** @type {any} */
    this.timer = null;
    this.isMissed = false;
  }

  close() {
    clearTimeout(this.timer);
    this.box.remove();
  }

  show() {
    const { status, store } = this.sheet;
    const isGone = (status === "offline" || status === "reconnecting") && store.hello !== null;
    if (!isGone) {
      clearTimeout(this.timer);
      this.timer = null;
      this.isMissed = false;
    } else if (status === "offline") this.isMissed = true;
    else
      this.timer ??= setTimeout(() => {
        this.isMissed = true;
        this.show();
      }, PATIENCE_MS);
    this.box.hidden = !isGone || !this.isMissed;
    const words = this.box.hidden ? "" : this.#words();
    if (this.text.textContent !== words) this.text.textContent = words;
  }

  #words() {
    const { status, texts, outgoing, stage } = this.sheet;
    const n = outgoing.outbox.size;
    const what = status === "offline" ? texts.youAreOffline : texts.noServer;
    if (!stage.bar.isKept && n) return `${what} ${count(texts, "keptInTab", n)}`;
    return `${what} ${n ? count(texts, "keptHere", n) : texts.goOn}`;
  }
}
