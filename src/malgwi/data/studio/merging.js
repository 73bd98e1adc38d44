// Annotations that were changed elsewhere since they came: what is different, taken by choice.

import { ApiError, get, post } from "./api.js";
import { clock } from "./clock.js";
import { button, el, show } from "./dom.js";
import { trying } from "./trouble.js";
import { say } from "./words.js";

/** @typedef {import("./segments.js").Segment} Segment */
/** @typedef {{kind: "text" | "borders" | "new" | "gone", before: Segment[], after: Segment[], touched: boolean}} Difference */

/**
 * @param {import("./api.js").Recording} recording
 * @param {() => Promise<void>} again
 * @param {boolean} [anew] what was shown before is so no more
 */
export async function showMerging(recording, again, anew = false) {
  const path = `/api/recordings/${recording.id}/annotations`;
  /** @type {{rev: number, sha256: string, differences: Difference[]} | undefined} */
  const found = await trying(() => get(path));
  if (!found) return;
  // Where somebody worked here too, the work here stays unless it is given up by a tick.
  const boxes = found.differences.map((one) => el("input", { type: "checkbox", checked: !one.touched }));
  const id = crypto.randomUUID();
  const take = () =>
    trying(async () => {
      const chosen = boxes.flatMap((box, place) => (box.checked ? [place] : []));
      try {
        await post(path, { id, rev: found.rev, sha256: found.sha256, take: chosen });
      } catch (error) {
        if (!(error instanceof ApiError && error.code === "conflict")) throw error;
        dialog.close();
        return showMerging(recording, again, true);
      }
      dialog.close();
      await again();
    });
  const dialog = el("dialog", { "aria-labelledby": "merging" });
  dialog.addEventListener("close", () => dialog.remove());
  show(
    dialog,
    el("h2", { id: "merging" }, say("merging", { name: recording.name })),
    anew && el("p", { class: "warning", role: "alert" }, say("merging.anew")),
    el("p", { class: "soft" }, say("merging.why")),
    el(
      "ul",
      { class: "names" },
      ...found.differences.map((one, place) =>
        el(
          "li",
          {},
          el(
            "label",
            { class: "check" },
            boxes[place] ?? null,
            el("b", {}, say(`merging.${one.kind}`)),
            el("span", { class: "soft" }, clock((one.before[0] ?? one.after[0])?.start ?? 0)),
            one.touched && el("span", { class: "warning" }, say("merging.touched")),
          ),
          said(one.before, "merging.here"),
          said(one.after, "merging.there"),
        ),
      ),
    ),
    el(
      "div",
      { class: "row end" },
      button(say("cancel"), () => dialog.close()),
      button(say("merging.take"), () => void take(), { class: "primary" }),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * @param {Segment[]} segments
 * @param {string} key
 */
function said(segments, key) {
  if (!segments.length) return null;
  return el(
    "p",
    { class: "quote" },
    el("span", { class: "soft" }, `${say(key)} `),
    segments.map((one) => one.text || "–").join(" | "),
  );
}
