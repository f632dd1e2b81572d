/**
 * Creates the elements that the interface is made of, its icons, and its questions to the user.
 * Their text is always inserted as text, whatever it contains.
 */

/** Narrower than this, a row's card and the cells do not fit beside each other. */
export const BESIDE_PX = 720;

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {string} className
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[T]}
 */
export function element(tag, className, text = "") {
  const made = document.createElement(tag);
  made.className = className;
  if (text) made.textContent = text;
  return made;
}

/**
 * @param {string} className
 * @param {string} label
 * @param {[string, string][]} choices  value and text
 * @param {string} chosen
 * @param {(value: string) => void} onChange
 */
export function select(className, label, choices, chosen, onChange) {
  const made = element("select", className);
  made.setAttribute("aria-label", label);
  for (const [value, text] of choices) {
    const option = element("option", "", text);
    option.value = value;
    made.append(option);
  }
  made.value = chosen;
  made.addEventListener("change", () => onChange(made.value));
  return made;
}

/**
 * A dialog that is removed when it is closed. The caller fills it and opens it.
 * @param {HTMLElement} root
 * @param {string} label  for screen readers
 * @param {string} [className]
 */
export function question(root, label, className = "") {
  const dialog = element("dialog", `ls-question ${className}`);
  dialog.setAttribute("aria-label", label);
  // The grid must not receive keys that are pressed in here.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("close", () => dialog.remove());
  root.append(dialog);
  return dialog;
}

/**
 * Icons are small line drawings, made as elements, so that a strict content security policy allows
 * them. They have the colour of the text around them, and no meaning for screen readers.
 */
const SVG = "http://www.w3.org/2000/svg";

/** Lines in a square of sixteen. @type {Record<string, string>} */
const LINES = {
  columns:
    "M3.5 3h9a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM6.2 3v10M9.8 3v10",
  filter: "M2.5 4.5h11M4.5 8h7M6.5 11.5h3",
  sort: "M5 3v10M2.7 10.7 5 13l2.3-2.3M11 13V3M8.7 5.3 11 3l2.3 2.3",
  group: "M2.5 3.5h3v3h-3zM8 5h5.5M2.5 9.5h3v3h-3zM8 11h5.5",
  colour: "M8 2.2c2.6 3 4 5 4 6.9a4 4 0 0 1-8 0c0-1.9 1.4-3.9 4-6.9zM6.3 9.4a1.8 1.8 0 0 0 1.6 1.7",
  height: "M2.5 2.8h11M2.5 13.2h11M8 5.2v5.6M6 7l2-2 2 2M6 9l2 2 2-2",
  search: "M11 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM10 10l3.5 3.5",
  undo: "M5.8 3.2 2.6 6.4l3.2 3.2M2.6 6.4h7a3.4 3.4 0 0 1 0 6.8H7",
  redo: "m10.2 3.2 3.2 3.2-3.2 3.2M13.4 6.4h-7a3.4 3.4 0 0 0 0 6.8H9",
  grip: "M6 4v.01M6 8v.01M6 12v.01M10 4v.01M10 8v.01M10 12v.01",
  remove: "m4.5 4.5 7 7M11.5 4.5l-7 7",

  // Kinds of columns
  text: "M3.5 5V3.5h9V5M8 3.5v9M6.2 12.5h3.6",
  longtext: "M2.5 4h11M2.5 8h11M2.5 12h6",
  number: "M6.2 3 5 13M11 3 9.8 13M3 6.2h10.5M2.5 9.8H13",
  boolean:
    "M4 2.8h8c.7 0 1.2.5 1.2 1.2v8c0 .7-.5 1.2-1.2 1.2H4c-.7 0-1.2-.5-1.2-1.2V4c0-.7.5-1.2 1.2-1.2zM5.3 8.2l2 2 3.5-4",
  date: "M3.5 4h9a1 1 0 0 1 1 1v7.5a1 1 0 0 1-1 1h-9a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM2.5 7h11M5.5 2.2V5M10.5 2.2V5",
  time: "M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0zM8 4.8V8l2.2 1.6",
  choice: "M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0zM5.8 7.2 8 9.4l2.2-2.2",
  related: "M3 13 12.5 3.5M6.5 3.5h6v6",
  many: "M2.5 4v.01M5.5 4h8M2.5 8v.01M5.5 8h8M2.5 12v.01M5.5 12h8",
  link: "M6.8 9.2 11 5M5.5 6.5 4 8a2.8 2.8 0 0 0 4 4l1.5-1.5M7 4.5 8 3.8A2.8 2.8 0 0 1 12 8l-.8 1",
  mail: "M3 3.8h10c.4 0 .7.3.7.7v7c0 .4-.3.7-.7.7H3c-.4 0-.7-.3-.7-.7v-7c0-.4.3-.7.7-.7zM2.5 4.5 8 8.8l5.5-4.3",
  file: "M4 2.5h5L12.5 6v7.5H4zM9 2.5V6h3.5",
  json: "M6 3C4 3 5.5 7.5 3.5 8c2 .5.5 5 2.5 5M10 3c2 0 .5 4.5 2.5 5-2 .5-.5 5-2.5 5",
  key: "M9 6.5a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM8.2 8.6l4.8 4.4M11 11l1.5-1.5",
};

/** @type {Record<string, string>} the kinds of column whose drawing has another name */
const KINDS = {
  integer: "number",
  decimal: "number",
  float: "number",
  datetime: "date",
  duration: "time",
  related_many: "many",
  array: "many",
  url: "link",
  email: "mail",
  binary: "file",
};

/**
 * @param {string} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  const lines = document.createElementNS(SVG, "path");
  drawing.setAttribute("class", `ls-drawn ls-drawn-${name}`);
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("aria-hidden", "true");
  lines.setAttribute("d", LINES[name] ?? "");
  drawing.append(lines);
  return drawing;
}

/**
 * @param {{type: string, key?: boolean}} column
 * @returns {string} what is drawn for its kind; "" for one that has no drawing
 */
export function drawingOf({ type, key }) {
  const name = key ? "key" : (KINDS[type] ?? type);
  return name in LINES ? name : "";
}

/**
 * @param {string} name  of the drawing, and of the class
 * @param {string} label
 * @returns {HTMLButtonElement}
 */
export function iconButton(name, label) {
  const made = document.createElement("button");
  made.className = `ls-button ls-icon ls-${name}`;
  made.type = "button";
  made.title = label;
  made.setAttribute("aria-label", label);
  made.append(icon(name));
  return made;
}

/**
 * Asks before something that cannot be undone, or that could be meant in several ways.
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
