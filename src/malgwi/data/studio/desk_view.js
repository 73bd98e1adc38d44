// What the desk shows around the text: waveform, tools, list, keys. It knows no edits.

import { clock } from "./clock.js";
import { button, el, select, show } from "./dom.js";
import { draftText } from "./field.js";
import { KEYS } from "./keys.js";
import { number, percent, say } from "./words.js";

/** @typedef {import("./segments.js").Segment} Segment */
/** @typedef {import("./align.js").Word} Word */

const LISTED = 40;
export const SPEEDS = [0.5, 0.6, 0.75, 0.9, 1, 1.25, 1.5, 1.75, 2];
/** Below it mending took longer than typing (benchmarks/desk.py). */
const POOR_DRAFT = 0.55;

export class DeskView {
  /**
   * @param {HTMLElement} main
   * @param {import("./api.js").Recording} recording
   * @param {import("./field.js").Field} field
   * @param {{auto: boolean, speed: number}} chosen
   * @param {{act: (action: string) => void, auto: (on: boolean) => void, speed: (rate: number) => void, person: (code: string | null) => void, go: (index: number) => void}} told
   */
  constructor(main, recording, field, chosen, told) {
    this.recording = recording;
    this.field = field;
    this.told = told;
    const tool = (/** @type {string} */ action) =>
      button(say(`key.${action}`), () => told.act(action), {
        title: KEYS[action]?.shown ?? "",
        "aria-keyshortcuts": KEYS[action]?.shown.replace("−", "-") ?? "",
      });
    this.canvas = el("canvas", { class: "strip", role: "img", "aria-label": say("desk.strip") });
    this.wave = el("div", { class: "wave" });
    this.clock = el("output", { class: "clock", "aria-label": say("desk.position") }, clock(0));
    this.playing = button(say("desk.play"), () => told.act("play"), { title: "Esc" });
    this.looping = button(say("key.loop"), () => told.act("loop"), {
      title: KEYS.loop?.shown ?? "",
      "aria-pressed": "false",
    });
    this.speeds = select(
      say("desk.speed"),
      SPEEDS.map((one) => [String(one), `${number(one, 2)}×`]),
      String(chosen.speed),
      (value) => told.speed(Number(value)),
    );
    this.where = el("p", { class: "where" });
    this.status = el("p", { class: "soft", role: "status" });
    this.drafted = el("div", { class: "row" });
    this.list = el("ol", { class: "segments", "aria-label": say("desk.segments") });
    this.asiding = tool("aside");
    this.joining = tool("join");
    this.person = el("span", {});
    this.drafting = el("div", {});
    const auto = el("input", { type: "checkbox", checked: chosen.auto });
    auto.addEventListener("change", () => told.auto(auto.checked));
    this.keys = el(
      "details",
      { class: "keys" },
      el("summary", {}, say("desk.keys")),
      el(
        "dl",
        {},
        ...Object.entries(KEYS).map(([action, key]) =>
          el("div", {}, el("dt", {}, el("kbd", {}, key.shown)), el("dd", {}, say(`key.${action}`))),
        ),
      ),
    );
    this.editor = el(
      "section",
      { class: "editor", "aria-label": say("desk.segment") },
      this.wave,
      el(
        "div",
        { class: "row tools" },
        this.playing,
        tool("word"),
        tool("back3"),
        tool("on3"),
        this.looping,
        this.speeds,
        el("label", { class: "check" }, auto, say("desk.autoplay")),
        el("span", { class: "spring" }),
        this.clock,
      ),
      this.where,
      field.element,
      this.drafted,
      el(
        "div",
        { class: "row tools" },
        button(say("desk.accept"), () => told.act("accept"), {
          class: "primary",
          "aria-keyshortcuts": "Enter",
          title: "Enter",
        }),
        tool("doubt"),
        tool("split"),
        this.joining,
        this.asiding,
        this.person,
      ),
    );
    show(
      main,
      el(
        "div",
        { class: "row heading" },
        el("h1", {}, recording.name),
        this.status,
        el("span", { class: "spring" }),
        tool("undo"),
        tool("redo"),
        tool("add"),
        exportMenu(recording.id),
      ),
      this.canvas,
      this.drafting,
      this.editor,
      this.list,
      this.keys,
    );
  }

  /** @param {string} text */
  say(text) {
    this.status.textContent = text;
  }

  /**
   * What stands beside the field: which segment, whose voice, how sure the draft is.
   * @param {Segment} segment
   * @param {{index: number, of: number}} place
   * @param {Word[]} words
   * @param {import("./api.js").Person[]} people
   */
  tell(segment, place, words, people) {
    show(
      this.where,
      el("b", {}, say("desk.number", { n: place.index + 1, of: place.of })),
      ` ${clock(segment.start, 2)} – ${clock(segment.end, 2)} · `,
      el("span", { class: `state ${segment.state}` }, say(`state.${segment.state}`)),
    );
    this.asiding.textContent = say(segment.state === "aside" ? "desk.back" : "key.aside");
    this.joining.disabled = place.index + 1 >= place.of;
    show(
      this.person,
      select(
        say("desk.person"),
        [
          ["", say("desk.person_of_recording", { code: this.recording.person ?? "–" })],
          ...people.map(
            (one) => /** @type {[string, string]} */ ([one.code, `${one.code} ${one.name}`.trim()]),
          ),
        ],
        segment.person ?? "",
        (code) => this.told.person(code || null),
      ),
    );
    show(this.drafted);
    if (!words.length) return;
    const sure = words.reduce((sum, word) => sum + word.confidence, 0) / words.length;
    show(
      this.drafted,
      el("span", { class: "soft" }, say("desk.draft_sure", { share: percent(sure) })),
      sure < POOR_DRAFT && el("span", { class: "soft" }, say("desk.poor_draft")),
      el("span", { class: "spring" }),
      this.field.text !== draftText(words) &&
        button(
          say("desk.take_draft"),
          () => {
            this.field.marking = true;
            this.field.set(draftText(words));
            this.field.area.focus();
          },
          { class: "quiet" },
        ),
      button(
        say("desk.empty"),
        () => {
          this.field.set("");
          this.field.area.focus();
        },
        { class: "quiet" },
      ),
    );
  }

  /**
   * The segments around one; never more than so many rows, however long the recording is.
   * @param {Segment[]} segments
   * @param {number} index
   * @param {(segment: Segment) => string} drafted what the model heard in it
   */
  listed(segments, index, drafted) {
    const from = Math.max(0, Math.min(index - LISTED / 2, segments.length - LISTED));
    const rows = segments.slice(from, from + LISTED).map((one, offset) =>
      el(
        "button",
        {
          type: "button",
          class: `segment ${one.state}`,
          "aria-current": from + offset === index ? "true" : null,
          onclick: () => this.told.go(from + offset),
        },
        el("span", { class: "clock" }, clock(one.start)),
        one.text || one.state !== "open"
          ? el("span", { class: "said" }, one.text || "–")
          : el("span", { class: "said soft" }, drafted(one) || say("desk.no_text")),
        el("span", { class: `state ${one.state}` }, say(`state.${one.state}`)),
      ),
    );
    this.list.setAttribute("start", String(from + 1));
    show(this.list, ...rows.map((row) => el("li", {}, row)));
    const row = rows[index - from];
    if (row) this.list.scrollTop = row.offsetTop - this.list.offsetTop - this.list.clientHeight / 3;
    const checked = segments.filter((one) => one.state === "checked").length;
    const all = segments.filter((one) => one.state !== "aside").length;
    this.say(say("desk.done_of", { n: checked, of: all }));
  }
}

/** @param {string} recording */
function exportMenu(recording) {
  return el(
    "details",
    { class: "menu" },
    el("summary", { class: "button" }, say("desk.export")),
    el("div", { class: "menu-body" }, ...exports(recording)),
  );
}

/** @param {string} recording */
export function exports(recording) {
  return ["eaf", "textgrid", "srt", "vtt"].map((format) =>
    el(
      "a",
      { href: `/api/recordings/${recording}/export?format=${format}`, download: true },
      say(`format.${format}`),
    ),
  );
}
