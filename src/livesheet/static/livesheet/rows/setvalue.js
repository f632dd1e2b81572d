/**
 * Asks for a column and a value, to be set in many rows.
 */

import { element } from "../elements.js";
import { fill } from "../texts.js";
import { isReadonly } from "../values/kinds.js";

/** @import {SheetSurface} from "../features.js" */
/** @import {SheetGrid} from "../grid/surface.js" */
/** @import {Column, Value} from "../protocol.js" */
/** @import {Control, NewControl} from "./controls.js" */

/** The number makes the ids of its parts unique. */
let dialogs = 0;

/**
 * @param {SheetSurface} sheet
 * @param {number} n  of rows
 * @param {NewControl} newControl
 * @param {(column: Column, value: Value) => void} onSet
 */
export function askValue({ stage, store, texts }, n, newControl, onSet) {
  dialogs += 1;
  const columns = store.shownColumns.filter((column) => !isReadonly(column));
  if (!columns.length || !stage.grid) return;
  const dialog = element("dialog", "ls-question ls-set-value");
  const form = element("form", "ls-set-form");
  form.method = "dialog";
  const select = element("select", "ls-field");
  select.append(...columns.map(({ name, title }) => new Option(title, name)));
  const place = element("div", "ls-set-place");
  const set = element("button", "ls-button ls-primary", fill(texts.setInRows, { n }));
  set.value = "yes";
  const cancel = element("button", "ls-button", texts.cancel);
  cancel.value = "no";
  const actions = element("div", "ls-note-actions");
  actions.append(set, cancel);
  form.append(labelled(texts.column, select, `ls-set-${dialogs}-column`), place, actions);
  dialog.append(form);
  dialog.setAttribute("aria-label", texts.setValue);

  /** @type {Control | null} */
  let control = null;
  const chosen = () => columns[select.selectedIndex];
  const change = () => {
    control?.close?.();
    const grid = /** @type {SheetGrid} */ (stage.grid);
    const world = {
      ...{ store, texts, onCommit: () => {} },
      offer: (/** @type {Column} */ column, /** @type {any} */ how) =>
        grid.offer(column, dialog, how),
    };
    const column = chosen();
    control = newControl(column, false, world);
    control.show(column.type === "boolean" ? false : null);
    control.input.id = `ls-set-${dialogs}-value`;
    place.replaceChildren(labelled(texts.value, control.element, control.input.id));
  };
  select.addEventListener("change", change);
  change();
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("close", () => {
    control?.close?.();
    const value = control?.value();
    dialog.remove();
    if (dialog.returnValue === "yes") onSet(chosen(), value);
  });
  stage.root.append(dialog);
  dialog.showModal();
}

/**
 * @param {string} text
 * @param {HTMLElement} control
 * @param {string} id  of what is labelled
 */
function labelled(text, control, id) {
  const made = element("div", "ls-card-field");
  const label = element("label", "ls-card-label", text);
  label.htmlFor = id;
  if (control instanceof HTMLSelectElement) control.id = id;
  made.append(label, control);
  return made;
}
