/**
 * Asks before something that cannot be undone, or that could be meant in several ways.
 */

import { element, question } from "../elements.js";

/**
 * @param {HTMLElement} root
 * @param {string} text
 * @param {{yes: string, no: string}} answers
 * @returns {Promise<boolean>}
 */
export async function confirm(root, text, { yes, no }) {
  const answers = [answer("yes", yes, "ls-danger"), answer("", no)];
  return (await choose(root, text, answers)) === "yes";
}

/**
 * @param {HTMLElement} root
 * @param {string} text
 * @param {HTMLButtonElement[]} answers
 * @returns {Promise<string>} the value of the chosen one, or ""
 */
export function choose(root, text, answers) {
  const dialog = question(root, text);
  const form = element("form", "ls-note-actions");
  form.method = "dialog";
  form.append(...answers);
  dialog.append(element("p", "ls-note-message", text), form);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue));
  });
}

/**
 * @param {string} value
 * @param {string} text
 * @param {string} [look]  a class
 */
export function answer(value, text, look = "") {
  const made = element("button", `ls-button ${look}`, text);
  made.value = value;
  return made;
}
