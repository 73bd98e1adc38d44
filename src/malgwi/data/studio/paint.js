// Colours of the style sheet for canvases, which know neither variables nor light-dark().

import { el } from "./dom.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
/** @type {Map<string, string>} */
const known = new Map();
dark.addEventListener("change", () => known.clear());

/** @param {string} name */
export function colour(name) {
  const found = known.get(name);
  if (found) return found;
  const probe = el("span", { hidden: true });
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  known.set(name, value);
  return value;
}

/**
 * Told when light becomes dark, or the other way round.
 * @param {() => void} repaint
 * @returns {() => void} ends it
 */
export function onScheme(repaint) {
  dark.addEventListener("change", repaint);
  return () => dark.removeEventListener("change", repaint);
}
