// Something went wrong: a heading in the page's language over the server's own line.

import { ApiError } from "./api.js";
import { button, el, show } from "./dom.js";
import { hasWords, say } from "./words.js";

/** @param {unknown} error */
function heading(error) {
  const code = error instanceof ApiError ? error.code : "unexpected";
  return say(hasWords(`error.${code}`) ? `error.${code}` : "error.malgwi");
}

/**
 * Show it above the screen until it is closed or another takes its place.
 * @param {unknown} error null: all is well again
 */
export function trouble(error) {
  const place = document.getElementById("trouble");
  if (!place) return;
  if (error === null) {
    show(place);
    return;
  }
  if (!(error instanceof ApiError)) console.error(error);
  show(
    place,
    el(
      "div",
      { class: "trouble" },
      el("strong", {}, heading(error)),
      el("p", { lang: "en" }, error instanceof Error ? error.message : String(error)),
      button(say("close"), () => show(place), { class: "quiet" }),
    ),
  );
}

/**
 * Say in the page's own words what is in the way.
 * @param {string} text
 */
export function notice(text) {
  const place = document.getElementById("trouble");
  if (place)
    show(
      place,
      el(
        "div",
        { class: "trouble" },
        el("strong", {}, text),
        el("span", { class: "spring" }),
        button(say("close"), () => show(place), { class: "quiet" }),
      ),
    );
}

/**
 * Do it; what goes wrong is shown.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
export async function trying(work) {
  try {
    return await work();
  } catch (error) {
    trouble(error);
    return undefined;
  }
}
