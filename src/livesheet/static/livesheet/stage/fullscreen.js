/**
 * Shows the sheet on the whole screen. The page goes into full screen and the sheet covers it,
 * because elements at the end of the body, such as the grid's menu, would not be visible if only
 * the sheet went into full screen. If the page may not do so, the sheet fills the window.
 */

/** @import {Feature, SheetSurface} from "../features.js" */

/**
 * @param {SheetSurface} sheet
 * @returns {Feature}
 */
export function fullscreen({ stage }) {
  const { root } = stage;
  const listeners = new AbortController();
  const isFull = () => root.classList.contains("ls-full");
  /** @param {boolean} isOn */
  const cover = (isOn) => {
    root.classList.toggle("ls-full", isOn);
    document.documentElement.classList.toggle("ls-covered", isOn);
  };
  const enter = async () => {
    cover(true);
    await document.documentElement.requestFullscreen?.().catch(() => {});
  };
  const leave = async () => {
    cover(false);
    if (document.fullscreenElement) await document.exitFullscreen().catch(() => {});
  };
  const changed = () => {
    if (!document.fullscreenElement && isFull()) cover(false);
  };
  document.addEventListener("fullscreenchange", changed, { signal: listeners.signal });
  return {
    runs: { fullscreen: () => void (isFull() ? leave() : enter()) },
    close() {
      listeners.abort();
      if (isFull()) void leave();
    },
  };
}
