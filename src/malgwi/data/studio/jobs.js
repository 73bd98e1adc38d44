// A job's progress, as numbers; shared by the screens that start one.

import { ask, get } from "./api.js";
import { onChange } from "./changes.js";
import { button, el, redraw } from "./dom.js";
import { trying } from "./trouble.js";
import { duration, hasWords, number, percent, say } from "./words.js";

/** @typedef {import("./api.js").Job} Job */

/**
 * What it does now. Some stages have numbers in their names: the step stands for them.
 * @param {Pick<Job, "step" | "status">} job
 */
export function doing(job) {
  const stage = job.status?.stage ?? "";
  const key = [`stage.${stage}`, `step.${job.step}`].find(hasWords);
  return key ? say(key) : stage;
}

/**
 * A job in a few lines: what, how far, how long still.
 * @param {Job} job
 */
export function progressOf(job) {
  const status = job.status;
  const share = status && status.total > 0 ? Math.min(1, status.done / status.total) : 0;
  const kind = hasWords(`job.${job.kind}`) ? say(`job.${job.kind}`) : job.kind;
  const bar = el("progress", { max: 1, value: share, "aria-label": kind });
  const left =
    status?.seconds_left == null ? "" : say("job.left", { time: duration(status.seconds_left) });
  return el(
    "div",
    { class: "job" },
    el(
      "div",
      { class: "row" },
      el("b", {}, kind),
      el("span", { class: "soft" }, job.state === "running" ? doing(job) : say(`job.state.${job.state}`)),
      el("span", { class: "spring" }),
      job.state === "running" && el("span", { class: "soft" }, left),
      job.state === "running" && el("output", {}, percent(share)),
      job.state === "running" &&
        button(say("stop"), () => trying(() => ask("POST", `/api/jobs/${job.id}/stop`, {})), {
          class: "quiet",
        }),
    ),
    job.state === "running" && bar,
    job.error && el("p", { class: "error", lang: "en" }, job.error),
    job.error &&
      job.log &&
      el(
        "details",
        {},
        el("summary", {}, say("job.log")),
        el("pre", { lang: "en", tabindex: 0 }, job.log),
      ),
    status?.wer != null &&
      el("p", { class: "soft" }, say("job.wer", { wer: percent(status.wer, 1), step: number(status.step ?? 0) })),
  );
}

/**
 * Show a job until it ends.
 * @param {HTMLElement} place
 * @param {string} id
 * @param {(job: Job) => void} ended
 * @returns {() => void} stops looking
 */
export function follow(place, id, ended) {
  let over = false;
  const look = async () => {
    if (over) return;
    /** @type {Job} */
    const job = await get(`/api/jobs/${id}`);
    if (over) return;
    redraw(place, progressOf(job));
    if (job.state !== "running") {
      over = true;
      unlisten();
      ended(job);
    }
  };
  const unlisten = onChange(() => void trying(look));
  void trying(look);
  return () => {
    over = true;
    unlisten();
  };
}
