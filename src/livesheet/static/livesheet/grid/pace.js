/**
 * Schedules work on the screen: once in the next frame, even if it is requested several times, or a
 * little later if it is not possible yet.
 */

const LATER_MS = 50;

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
