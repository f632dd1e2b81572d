/**
 * When the grid draws again: at most once in each frame, however often it is requested, and when
 * the room for it has changed, because the grid itself measures its room only once.
 */

const LATER_MS = 50;

/**
 * Schedules work on the screen: once in the next frame, even if it is requested several times, or a
 * little later if it is not possible yet.
 */
export class Pace {
  /** @param {() => void} work */
  constructor(work) {
    this.work = work;
    this.frame = 0;
    /** @type {any} */
    this.timer = null;
    this.stopped = false;
  }

  soon() {
    if (this.frame || this.stopped) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.work();
    });
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.soon(), LATER_MS);
  }

  stop() {
    this.stopped = true;
    cancelAnimationFrame(this.frame);
    clearTimeout(this.timer);
  }
}

/**
 * Measures the room for the grid, and reports when it has changed.
 */
export class Room {
  /**
   * @param {HTMLElement} element  that of the grid
   * @param {(run: () => void) => void} whenIdle
   * @param {(size: {width: number, height: number}) => void} onFit
   */
  constructor(element, whenIdle, onFit) {
    // The grid fixes the size of its own element, so the parent is measured.
    this.box = element.parentElement ?? element;
    this.onFit = onFit;
    this.size = this.#measure();
    this.resizing = new ResizeObserver(() => whenIdle(() => this.#fit()));
    this.resizing.observe(this.box);
  }

  close() {
    this.resizing.disconnect();
  }

  #measure() {
    return { width: this.box.clientWidth, height: this.box.clientHeight };
  }

  #fit() {
    const { width, height } = this.#measure();
    const isSame = width === this.size.width && height === this.size.height;
    if (!width || !height || isSame) return;
    this.size = { width, height };
    this.onFit(this.size);
  }
}
