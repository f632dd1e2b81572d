/**
 * A list whose items the user can reorder: by dragging a handle with the mouse or a finger, or with
 * the arrow keys while the handle has the focus.
 */

/**
 * @param {HTMLElement} list  the parent of the items, each of which has a handle
 * @param {(from: number, to: number) => void} onMove  must draw the list again if the order has
 *   changed
 */
export function reorderable(list, onMove) {
  const items = () => /** @type {HTMLElement[]} */ ([...list.children]);
  const itemOf = (/** @type {Event} */ event) => {
    const held = /** @type {Element} */ (event.target).closest(".ls-grip");
    return items().find((item) => held && item.contains(held));
  };
  const move = (/** @type {number} */ from, /** @type {number} */ to) => {
    onMove(from, to);
    /** @type {HTMLElement | null | undefined} */ (items()[to]?.querySelector(".ls-grip"))?.focus();
  };

  list.addEventListener("keydown", (event) => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const item = itemOf(event);
    if (!step || !item) return;
    event.preventDefault();
    const from = items().indexOf(item);
    if (from + step >= 0 && from + step < list.children.length) move(from, from + step);
  });

  list.addEventListener("pointerdown", (event) => {
    const item = itemOf(event);
    if (!item || event.button !== 0) return;
    const from = items().indexOf(item);
    const held = new AbortController();
    const { signal } = held;
    event.preventDefault();
    item.classList.add("ls-held");
    const end = () => {
      held.abort();
      item.classList.remove("ls-held");
      const to = items().indexOf(item);
      if (to !== from) move(from, to);
    };
    document.addEventListener("pointermove", ({ clientY }) => follow(item, clientY), { signal });
    document.addEventListener("pointerup", end, { signal });
    document.addEventListener("pointercancel", end, { signal });
  });

  /**
   * @param {HTMLElement} item
   * @param {number} y
   */
  function follow(item, y) {
    const others = items().filter((other) => other !== item);
    const next = others.find((other) => {
      const { top, height } = other.getBoundingClientRect();
      return y < top + height / 2;
    });
    if (next !== item.nextElementSibling) list.insertBefore(item, next ?? null);
  }
}
