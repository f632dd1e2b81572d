/**
 * How much room there is for the grid, which measures once: it is told when there is another amount.
 */

export class Room {
  /**
   * @param {HTMLElement} element  the grid's
   * @param {(run: () => void) => void} whenIdle
   * @param {(size: {width: number, height: number}) => void} onFit
   */
  constructor(element, whenIdle, onFit) {
    // The grid fixes its own element's size, so the room there is shows in the parent.
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
