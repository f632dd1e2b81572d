/**
 * A dialog with one field, which stays open, with the problem, until what is typed can be used.
 */

import { element, question } from "./elements.js";

/**
 * @typedef {object} Prompt
 * @property {string} title
 * @property {string} go  the word on the button
 * @property {string} [className]
 * @property {HTMLInputElement} field
 * @property {HTMLElement[]} rows  what is shown between the title and the buttons
 * @property {(typed: string) => Promise<string>} onTyped  returns the problem, or "" if there is none
 */

/**
 * @param {HTMLElement} root
 * @param {Record<string, string>} texts
 * @param {Prompt} prompt
 * @returns {HTMLDialogElement} already open
 */
export function prompt(root, texts, { title, go, className = "", field, rows, onTyped }) {
  const dialog = question(root, title, `ls-view-question ${className}`);
  const form = element("form", "ls-view-form");
  const problem = element("p", "ls-view-problem");
  problem.setAttribute("role", "alert");
  form.append(element("h3", "ls-note-message", title), ...rows, problem);
  form.append(actions(dialog, texts.cancel, go));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    problem.textContent = await onTyped(field.value);
    if (!problem.textContent) dialog.close();
    field.focus();
    field.select();
  });
  dialog.append(form);
  dialog.showModal();
  field.select();
  return dialog;
}

/**
 * @param {HTMLDialogElement} dialog
 * @param {string} no
 * @param {string} yes
 */
function actions(dialog, no, yes) {
  const made = element("div", "ls-columns-actions");
  const cancel = element("button", "ls-button", no);
  cancel.type = "button";
  cancel.addEventListener("click", () => dialog.close());
  made.append(cancel, element("button", "ls-button ls-primary", yes));
  return made;
}
