/**
 * Dialogs with one field: one that stays open, with the problem, until what is typed can be used,
 * and one that shows a link.
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

/**
 * Copies a link to the clipboard. If the browser does not allow that (on a page without HTTPS),
 * shows it, so that it can be copied by hand.
 * @param {HTMLElement} root
 * @param {string} link
 * @param {Record<string, string>} texts
 * @param {(message: string) => void} say
 */
export async function copyLink(root, link, texts, say) {
  try {
    await navigator.clipboard.writeText(link);
    say(texts.linkCopied);
  } catch {
    showLink(root, link, texts);
  }
}

/**
 * @param {HTMLElement} root
 * @param {string} link
 * @param {Record<string, string>} texts
 */
function showLink(root, link, texts) {
  const dialog = question(root, texts.linkHere);
  const form = element("form", "ls-columns-actions");
  form.method = "dialog";
  form.append(element("button", "ls-button ls-primary", texts.done));
  const field = element("input", "ls-field ls-link-field");
  field.readOnly = true;
  field.value = link;
  field.setAttribute("aria-label", texts.linkHere);
  dialog.append(element("p", "ls-note-message", texts.linkHere), field, form);
  dialog.showModal();
  field.select();
}
