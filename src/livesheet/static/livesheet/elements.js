/**
 * Creates elements. Their text is always inserted as text, whatever it contains.
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
