/**
 * Measures the room for the grid, and tells the grid when it has changed, because the grid itself
 * measures only once.
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
