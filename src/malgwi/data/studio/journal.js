// Edits sent one after the other, each under an id of its own: where it is sent again, the server
// answers as it did the first time.

import { post } from "./api.js";
import { untilAnswered } from "./patience.js";

/** @typedef {import("./segments.js").Segment} Segment */
/** @typedef {import("./segments.js").Edit} Edit */
/** @typedef {{rev: number, of: number, op: string, before: Segment[], after: Segment[]}} Turned */

export class Journal {
  /**
   * @param {string} recording
   * @param {(trouble: import("./api.js").ApiError | null) => void} troubled told when an answer is late, and null when it came
   */
  constructor(recording, troubled) {
    this.path = `/api/recordings/${recording}`;
    this.troubled = troubled;
    this.open = true;
    this.waiting = 0;
    /** @type {Promise<unknown>} */
    this.last = Promise.resolve();
  }

  /**
   * @param {Edit} edit
   * @returns {Promise<{rev: number}>}
   */
  edit(edit) {
    return this.#queued("/edits", { id: crypto.randomUUID(), ...edit });
  }

  /**
   * @param {"undo" | "redo"} which
   * @returns {Promise<Turned>}
   */
  turn(which) {
    return this.#queued(`/${which}`, { id: crypto.randomUUID() });
  }

  /** No more tries: the desk was left. */
  close() {
    this.open = false;
  }

  /**
   * @param {string} path
   * @param {object} body
   * @returns {Promise<any>}
   */
  #queued(path, body) {
    this.waiting++;
    const answer = this.last
      .then(() =>
        untilAnswered(() => post(this.path + path, body), () => this.open, this.troubled),
      )
      .finally(() => {
        this.waiting--;
      });
    this.last = answer.catch(() => undefined);
    return answer;
  }
}
