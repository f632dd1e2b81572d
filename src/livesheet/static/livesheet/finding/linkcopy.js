/**
 * A link on its way to the clipboard; where the browser keeps that closed (a page without https),
 * it is shown to be copied by hand.
 */

import { element } from "../elements.js";

/**
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
    show(root, link, texts);
  }
}

/**
 * @param {HTMLElement} root
 * @param {string} link
 * @param {Record<string, string>} texts
 */
function show(root, link, texts) {
  const dialog = element("dialog", "ls-question");
  const form = element("form", "ls-columns-actions");
  form.method = "dialog";
  form.append(element("button", "ls-button ls-primary", texts.done));
  const field = element("input", "ls-field ls-link-field");
  field.readOnly = true;
  field.value = link;
  field.setAttribute("aria-label", texts.linkHere);
  dialog.append(element("p", "ls-note-message", texts.linkHere), field, form);
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  dialog.showModal();
  field.select();
}
