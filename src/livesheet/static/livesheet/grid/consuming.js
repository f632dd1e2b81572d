/**
 * Events that are used up here: neither the browser nor the grid goes on with them.
 */

/**
 * Handsontable looks at a mark of its own on the event.
 * @param {Event & {isImmediatePropagationEnabled?: boolean}} event
 */
export function consume(event) {
  event.isImmediatePropagationEnabled = false;
  event.stopImmediatePropagation();
  event.preventDefault();
}

/**
 * No one else is to hear of this key.
 * @param {KeyboardEvent & {isImmediatePropagationEnabled?: boolean}} event
 */
export function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
  event.isImmediatePropagationEnabled = false;
}
