// One request at a time behind a pair of buttons: it is sent, and can be stopped.

import { find, notify } from "./dom.js";

/**
 * Make the function that a view's button calls, and that does nothing while it is at work.
 *
 * @param {HTMLElement} view - has a button .go and a button .stop
 * @param {(signal: AbortSignal) => Promise<void>} work
 */
export function runner(view, work) {
  const [go, stop] = [find(".go", view), find(".stop", view)];
  let abort = null;
  async function run() {
    if (abort) return;
    abort = new AbortController();
    [go.hidden, stop.hidden] = [true, false];
    const hadFocus = document.activeElement === go;
    if (hadFocus) stop.focus();
    notify("");
    try {
      await work(abort.signal);
    } catch (error) {
      if (error.name !== "AbortError") notify(error.message);
    } finally {
      abort = null;
      const moves = document.activeElement === stop;
      [go.hidden, stop.hidden] = [false, true];
      if (moves) go.focus();
    }
  }
  go.addEventListener("click", run);
  stop.addEventListener("click", () => abort?.abort());
  return run;
}
