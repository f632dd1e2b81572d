/**
 * Asks before something that cannot be undone.
 */

import { element } from "../elements.js";

/**
 * @param {HTMLElement} root
 * @param {string} text
 * @param {{yes: string, no: string}} answers
 * @returns {Promise<boolean>}
 */
export function ask(root, text, { yes, no }) {
  const dialog = element("dialog", "ls-question");
  const form = element("form", "ls-note-actions");
  form.method = "dialog";
  const confirm = element("button", "ls-button ls-danger", yes);
  confirm.value = "yes";
  const cancel = element("button", "ls-button", no);
  cancel.value = "no";
  form.append(confirm, cancel);
  dialog.append(element("p", "ls-note-message", text), form);
  // Its keys are not the grid's.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  root.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
