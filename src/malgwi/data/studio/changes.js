// What changed since: asked every two seconds, told to the screen that is shown.

import { get } from "./api.js";

/** @typedef {{rev: number, recordings: Record<string, number>, jobs: Record<string, string>}} Changes */

const EVERY_MS = 2000;

/** @type {Set<(changes: Changes) => void>} */
const listeners = new Set();
let seen = "";

/**
 * @param {(changes: Changes) => void} listener
 * @returns {() => void} ends it
 */
export function onChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Ask on and on. A running job is told each time, since its status moves.
 * @param {(reached: boolean) => void} reached
 */
export async function watch(reached) {
  for (;;) {
    try {
      /** @type {Changes} */
      const changes = await get("/api/changes");
      reached(true);
      const now = JSON.stringify(changes);
      const running = Object.values(changes.jobs).includes("running");
      if (running || (seen !== "" && now !== seen)) for (const one of listeners) one(changes);
      seen = now;
    } catch {
      reached(false);
    }
    await new Promise((go) => setTimeout(go, EVERY_MS));
  }
}
