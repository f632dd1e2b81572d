/**
 * All columns in a list: which are shown, and in which order.
 */

import { element } from "../elements.js";
import { ordered, plainLayout, visible, withMoved, withShown } from "../store/layout.js";
import { fill } from "../texts.js";

/** @import {Arrangement} from "./arrangement.js" */
/** @import {Column} from "../protocol.js" */
/** @import {Store} from "../store/store.js" */

/**
 * @param {HTMLElement} root
 * @param {Store} store
 * @param {Arrangement} arrangement
 * @param {Record<string, string>} texts
 */
export function openColumns(root, store, arrangement, texts) {
  const dialog = element("dialog", "ls-question ls-columns");
  const list = element("ul", "ls-columns-list");
  const actions = element("form", "ls-columns-actions");
  actions.method = "dialog";
  const all = element("button", "ls-button", texts.showAll);
  all.type = "button";
  all.addEventListener("click", () => {
    arrangement.change({ hidden: plainLayout().hidden });
    draw();
  });
  actions.append(all, element("button", "ls-button ls-primary", texts.done));
  dialog.append(element("h3", "ls-note-message", texts.columnsTitle), list, actions);
  dialog.setAttribute("aria-label", texts.columnsTitle);
  // Its keys are not the grid's.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  draw();
  dialog.showModal();

  /** @param {string} [focused]  what has the focus afterwards */
  function draw(focused) {
    const columns = ordered(store.columns, store.layout);
    list.replaceChildren(...columns.map((column, at) => item(column, at, columns)));
    const button = /** @type {HTMLElement | null} */ (list.querySelector(focused || "#none"));
    button?.focus();
  }

  /**
   * @param {Column} column
   * @param {number} at
   * @param {Column[]} columns
   */
  function item({ name, title }, at, columns) {
    const made = element("li", "ls-columns-item");
    const label = element("label", "ls-value-label");
    const box = element("input", "ls-value-box");
    box.type = "checkbox";
    box.checked = visible(store.columns, store.layout).some((one) => one.name === name);
    box.dataset.column = name;
    box.addEventListener("change", () => {
      arrangement.set(withShown(arrangement.layout, store.columns, name, box.checked));
      draw(`input[data-column="${CSS.escape(name)}"]`);
    });
    label.append(box, element("span", "ls-value-text", title));
    const up = step(name, title, -1, columns[at - 1]?.name);
    const down = step(name, title, 1, columns[at + 2]?.name ?? null);
    up.disabled = at === 0;
    down.disabled = at === columns.length - 1;
    made.append(label, up, down);
    return made;
  }

  /**
   * @param {string} name
   * @param {string} title
   * @param {1 | -1} by
   * @param {string | null | undefined} before  where it goes
   */
  function step(name, title, by, before) {
    const text = fill(by < 0 ? texts.moveUp : texts.moveDown, { column: title });
    const button = element("button", "ls-button ls-icon", by < 0 ? "↑" : "↓");
    button.type = "button";
    button.title = text;
    button.setAttribute("aria-label", text);
    button.dataset.move = `${name}:${by}`;
    button.addEventListener("click", () => {
      arrangement.set(withMoved(arrangement.layout, store.columns, name, before ?? null));
      draw(`[data-move="${CSS.escape(name)}:${by}"]`);
    });
    return button;
  }
}
