/**
 * Keeps scrolling smooth: the grid draws rows ahead of it, so that it need not draw in each frame,
 * and flashes stand still meanwhile.
 */

/** @import {Feature, SheetSurface} from "../features.js" */

/**
 * How many rows are drawn beyond those in sight, on the side where the user is going and on the
 * other. A drawing takes longer for them, but most of its time does not depend on its rows.
 */
const AHEAD = 18;
const BEHIND = 1;
/** With more rows in a step, they would be passed before they have saved a drawing. */
const FAST = 6;
/** How long after its last step a scroll is over. */
const REST_MS = 200;

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function smooth({ stage, store }) {
  const margin = new Margin();
  /** @type {any} */
  let timer = null;
  const still = () => stage.table.classList.remove("ls-moving");
  const rest = () => {
    still();
    // What has arrived ahead has not been drawn as rows that can be edited.
    if (store.order.isPaged) stage.grid?.repaint();
  };
  return {
    gridMade() {
      const grid = stage.grid?.own;
      grid?.addHook("afterViewportRowCalculatorOverride", (/** @type {Span} */ span) => {
        // Otherwise the site has chosen how many rows are drawn.
        if (grid.getSettings().viewportRowRenderingOffset === 0)
          margin.widen(span, grid.countRows());
      });
    },
    sighted() {
      margin.steps += 1;
      clearTimeout(timer);
      timer = setTimeout(rest, REST_MS);
      stage.table.classList.add("ls-moving");
    },
    close() {
      clearTimeout(timer);
      still();
    },
  };
}

/** @typedef {{startRow: number, endRow: number}} Span  the rows that will be drawn */

/** How many rows are drawn above and below those in sight. */
export class Margin {
  constructor() {
    this.above = BEHIND;
    this.below = BEHIND;
    /** The first row in sight when the grid drew last. */
    this.first = 0;
    /** How many times the user has scrolled since. */
    this.steps = 0;
  }

  /**
   * If the user scrolls so fast that the rows ahead would soon be passed, they are not drawn.
   * @param {Span} span  the rows in sight, to which the others are added
   * @param {number} count  the number of all rows
   */
  widen(span, count) {
    const moved = span.startRow - this.first;
    const isFast = Math.abs(moved) > FAST * Math.max(1, this.steps);
    const ahead = isFast ? BEHIND : AHEAD;
    if (moved) {
      this.above = moved < 0 ? ahead : BEHIND;
      this.below = moved > 0 ? ahead : BEHIND;
    }
    this.first = span.startRow;
    this.steps = 0;
    span.startRow = Math.max(0, span.startRow - this.above);
    span.endRow = Math.min(count - 1, span.endRow + this.below);
  }
}
