/**
 * The panel for the height of the rows.
 */

import { element } from "../elements.js";
import { HEIGHTS } from "../store/view.js";

/** @import {CurrentView} from "./current.js" */

/**
 * @param {HTMLElement} panel
 * @param {CurrentView} current
 * @param {Record<string, string>} texts
 */
export function heightPanel(panel, current, texts) {
  const choices = HEIGHTS.map((height) => {
    const label = element("label", "ls-value-label");
    const radio = element("input", "ls-value-box");
    radio.type = "radio";
    radio.name = "ls-height";
    radio.value = height;
    radio.checked = current.view.height === height;
    radio.autofocus = radio.checked;
    radio.addEventListener("change", () => current.change({ height }));
    label.append(radio, element("span", "ls-value-text", texts[`height_${height}`]));
    return label;
  });
  panel.replaceChildren(...choices);
}
