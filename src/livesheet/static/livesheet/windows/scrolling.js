/** Connects the scroll bar of a large sheet with the grid: what it shows, and where it goes. */

import { ScrollBar } from "./scrollbar.js";

/** @import {SheetSurface} from "../features.js" */
/** @import {Windows} from "./windows.js" */

export class Scrolling {
  /**
   * @param {SheetSurface} sheet
   * @param {Windows} windows
   */
  constructor({ stage, store, texts }, windows) {
    this.stage = stage;
    this.store = store;
    this.windows = windows;
    /** What decides how much room the bar takes. To look at that makes the browser lay out all. */
    this.known = "";
    this.bar = new ScrollBar(texts, {
      go: (place) => windows.goTo(place),
      isHere: (place) => place >= windows.order.page.from && place < windows.order.page.to,
      begin: () => this.#begin(),
      isFree: () => !stage.grid?.isEditing,
      textOf: (place) => this.#textOf(place),
    });
    // Keys that are pressed on the bar are not for the cells.
    this.bar.element.addEventListener("focus", () => stage.grid?.keys.unlisten());
    windows.listeners.push(() => this.show());
    this.gridMade();
  }

  /** A grid has been made, possibly another one. */
  gridMade() {
    const { stage, bar } = this;
    if (!stage.grid) return;
    stage.table.append(bar.element);
    bar.control(stage.table);
    this.known = "";
    this.show();
  }

  /** The rows in sight or their number may have changed. */
  show() {
    const { windows, bar, stage } = this;
    const sight = stage.grid?.sight.now();
    const { count, isExact, order } = windows;
    const { first = 0, whole = 0, rows = 0 } = sight ?? {};
    bar.show({ count, isExact, first: order.from + first, rows: whole });
    const known = [count, whole, rows, order.pages].join();
    if (known !== this.known) this.#takeRoom();
    this.known = known;
  }

  close() {
    this.bar.close();
    this.stage.table.classList.remove("ls-scrolled", "ls-scrolled-left", "ls-overlaid");
  }

  /** The bar covers the grid's own one. If that takes up less room, a gap is made. */
  #takeRoom() {
    const { stage, bar } = this;
    if (!stage.grid) return;
    const { table } = stage;
    const { across, down, isLeft } = stage.grid.sight.bars();
    table.classList.toggle("ls-scrolled", !bar.element.hidden);
    table.classList.toggle("ls-scrolled-left", isLeft);
    table.classList.toggle("ls-overlaid", !down);
    table.style.setProperty("--ls-scroll-down", `${down}px`);
    table.style.setProperty("--ls-scroll-across", `${across}px`);
  }

  #begin() {
    const { grid } = this.stage;
    grid?.finish();
    return Boolean(grid) && !grid?.isEditing;
  }

  /**
   * The values by which the rows are sorted, or else those of the first columns.
   * @param {number} place
   */
  #textOf(place) {
    const { store, windows } = this;
    const pk = windows.order.list[windows.order.rowAt(place)];
    const [sort] = store.order.sorts;
    const column = store.column(sort?.column ?? "") ?? store.shownColumns[0];
    if (!column || !store.rows.has(pk)) return "";
    return store.text(column, store.shown(pk, column.name));
  }
}
