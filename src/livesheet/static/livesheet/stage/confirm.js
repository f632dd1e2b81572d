/**
 * Asks before something that cannot be undone.
 */

import { element, question } from "../elements.js";

/**
 * @param {HTMLElement} root
 * @param {string} text
 * @param {{yes: string, no: string}} answers
 * @returns {Promise<boolean>}
 */
export function confirm(root, text, { yes, no }) {
  const dialog = question(root, text);
  const form = element("form", "ls-note-actions");
  form.method = "dialog";
  const agree = element("button", "ls-button ls-danger", yes);
  agree.value = "yes";
  form.append(agree, element("button", "ls-button", no));
  dialog.append(element("p", "ls-note-message", text), form);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}
