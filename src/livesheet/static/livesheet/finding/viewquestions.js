/** Dialogs about a named view: its name, and whether to delete it. */

import { element } from "../elements.js";

const LONGEST_NAME = 100;

/**
 * @param {HTMLElement} root
 * @param {string} title
 */
function question(root, title) {
  const dialog = element("dialog", "ls-question ls-view-question");
  dialog.setAttribute("aria-label", title);
  // The grid must not receive keys that are pressed in here.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  return dialog;
}

/**
 * @param {HTMLElement} root
 * @param {Record<string, string>} texts
 * @param {{title: string, name: string, canShare: boolean,
 *   onSave: (name: string, shared: boolean) => Promise<void>}} asked
 */
export function askForName(root, texts, { title, name, canShare, onSave }) {
  const dialog = question(root, title);
  const form = element("form", "ls-view-form");
  const field = element("input", "ls-field");
  field.value = name;
  field.required = true;
  field.maxLength = LONGEST_NAME;
  field.setAttribute("aria-label", texts.viewName);
  field.placeholder = texts.viewName;
  const share = element("input", "ls-view-tick");
  share.type = "checkbox";
  const label = element("label", "ls-view-share");
  label.append(share, texts.shareView);
  const problem = element("p", "ls-view-problem");
  problem.setAttribute("role", "alert");
  const actions = element("div", "ls-columns-actions");
  const cancel = element("button", "ls-button", texts.cancel);
  cancel.type = "button";
  cancel.addEventListener("click", () => dialog.close());
  actions.append(cancel, element("button", "ls-button ls-primary", texts.saveView));
  form.append(element("h3", "ls-note-message", title), field);
  if (canShare) form.append(label);
  form.append(problem, actions);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await onSave(field.value, share.checked);
      dialog.close();
    } catch (error) {
      problem.textContent = /** @type {Error} */ (error).message || texts.viewsOffline;
      field.focus();
    }
  });
  dialog.append(form);
  dialog.showModal();
  field.select();
}

/**
 * @param {HTMLElement} root
 * @param {string} text
 * @param {Record<string, string>} texts
 * @returns {Promise<boolean>}
 */
export function confirmed(root, text, texts) {
  const dialog = question(root, text);
  const form = element("form", "ls-columns-actions");
  form.method = "dialog";
  const no = element("button", "ls-button", texts.cancel);
  const yes = element("button", "ls-button ls-danger", texts.deleteView);
  yes.value = "yes";
  form.append(no, yes);
  dialog.append(element("p", "ls-note-message", text), form);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
  });
}
