/**
 * The panel with the list of all columns: which are shown, and in which order.
 */

import { element } from "../elements.js";
import { iconButton } from "../icons.js";
import { reorderable } from "../stage/reorder.js";
import { ordered, plainView, visible, withMoved, withShown } from "../store/view.js";
import { fill } from "../texts.js";

/** @import {Column} from "../protocol.js" */
/** @import {CurrentView} from "./current.js" */

/**
 * @param {HTMLElement} panel
 * @param {CurrentView} current
 * @param {Record<string, string>} texts
 */
export function columnsPanel(panel, current, texts) {
  const { store } = current;
  const list = element("ul", "ls-tools-list");
  const all = element("button", "ls-plain", texts.showAll);
  all.type = "button";
  all.addEventListener("click", () => {
    current.change({ hidden: plainView().hidden });
    draw();
  });
  reorderable(list, (from, to) => {
    const names = ordered(store.columns, store.view).map(({ name }) => name);
    const before = names.filter((_, at) => at !== from)[to] ?? null;
    current.set(withMoved(current.view, store.columns, names[from], before));
    draw();
  });
  panel.replaceChildren(list, all);
  draw();

  function draw() {
    list.replaceChildren(...ordered(store.columns, store.view).map(item));
    all.disabled = !current.view.hidden.length;
  }

  /** @param {Column} column */
  function item({ name, title }) {
    const made = element("li", "ls-tools-item");
    const label = element("label", "ls-value-label");
    const box = element("input", "ls-value-box");
    box.type = "checkbox";
    box.checked = visible(store.columns, store.view).some((one) => one.name === name);
    box.dataset.column = name;
    box.addEventListener("change", () => {
      current.set(withShown(current.view, store.columns, name, box.checked));
      draw();
      const again = list.querySelector(`input[data-column="${CSS.escape(name)}"]`);
      /** @type {HTMLElement | null} */ (again)?.focus();
    });
    label.append(box, element("span", "ls-value-text", title));
    made.append(label, iconButton("grip", fill(texts.moveByKeys, { column: title })));
    return made;
  }
}
