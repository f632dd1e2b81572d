/**
 * The badge of a person: initials on a colour.
 */

/**
 * `Ann Lee` → `AL`, `bea@example.org` → `B`.
 * @param {string} name
 * @returns {string}
 */
export function initials(name) {
  const words = name.replace(/@.*$/, "").split(/[\s._-]+/u);
  const letters = words.filter(Boolean).map((word) => [...word][0]);
  const picked = letters.length > 1 ? [letters[0], letters[letters.length - 1]] : letters;
  return picked.join("").toLocaleUpperCase() || "?";
}

/**
 * The colour is written into a style property, so anything else than a colour is rejected.
 * @param {string} colour
 */
export const safeColour = (colour) => (/^#[0-9a-f]{3,8}$/i.test(colour ?? "") ? colour : "#6b7280");
