/**
 * The card beside a cell by keyboard: Alt+Enter goes to its first button, Esc goes back to the cell.
 * While the focus is in a card, or in any other part of the sheet that has keys of its own, the grid
 * does not listen to them.
 */

/** @import {Feature, SheetSurface} from "./features.js" */
/** @import {Pk} from "./protocol.js" */

const CARD = ".ls-note";

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function answering({ stage, texts }) {
  const { root } = stage;
  const listeners = new AbortController();
  const { signal } = listeners;
  /** @type {{pk: Pk, column: string} | null} */
  let place = null;
  const button = () => root.querySelector(`${CARD} button`);
  const back = () => {
    if (place) stage.select(place.pk, place.column);
  };
  const inCard = (/** @type {EventTarget | null} */ at) =>
    at instanceof Element && at.closest(CARD) !== null;
  root.addEventListener("focusin", (event) => inCard(event.target) && stage.grid?.hot.unlisten(), {
    signal,
  });
  const pressed = (/** @type {KeyboardEvent} */ event) => {
    if (!inCard(event.target)) return;
    event.stopPropagation();
    if (event.key !== "Escape") return;
    event.preventDefault();
    back();
  };
  root.addEventListener("keydown", pressed, { signal });
  // The card goes with the decision, and with it the focus: then it is the cell's again.
  const decided = (/** @type {MouseEvent} */ event) => {
    const isByKey = event.detail === 0;
    if (!isByKey || !inCard(event.target)) return;
    queueMicrotask(() => {
      if (!stage.grid?.isEditing && !document.activeElement?.closest("dialog")) back();
    });
  };
  root.addEventListener("click", decided, { signal, capture: true });
  return {
    commands: [
      {
        name: "answer",
        text: () => texts.answer,
        where: "none",
        group: "cell",
        keys: ["alt+enter"],
        isEnabled: () => button() !== null,
        run: () => /** @type {HTMLElement | null} */ (button())?.focus(),
      },
    ],
    select(pk, column) {
      if (pk !== null && column !== null) place = { pk, column };
    },
    close: () => listeners.abort(),
  };
}
