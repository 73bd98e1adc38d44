// Rounds: train on what is written, see it learn, hear what it still gets wrong.

import { align } from "./align.js";
import { ask as request, get, post } from "./api.js";
import { onChange } from "./changes.js";
import { curve, lastStep } from "./curve.js";
import { ask, button, el, labelled, redraw, select, show } from "./dom.js";
import { pathField } from "./folders.js";
import { follow, progressOf } from "./jobs.js";
import { drafter } from "./recordings.js";
import { trying } from "./trouble.js";
import { bytes, duration, number, percent, say } from "./words.js";

/** @typedef {import("./api.js").Round} Round */
/** @typedef {import("./api.js").Job} Job */
/** @typedef {{bundle: string | null, bytes: number, newest: number | null, stay: number[]}} Removal */
/** @typedef {{reference: string, hypothesis: string, recording: string | null, segment: string | null, start: number | null}} Mistake */

const MINUTES = [2, 5, 10, 30, 60, 180, 480];
const MISTAKES = 10;

/**
 * @param {HTMLElement} main
 * @param {string[]} place a round, perhaps a second one
 * @returns {Promise<() => void>}
 */
export async function showRounds(main, place) {
  const screen = new Rounds(main, place);
  await screen.draw();
  const unlisten = onChange(() => void trying(() => screen.changed()));
  return () => {
    unlisten();
    screen.unfollow();
  };
}

class Rounds {
  /**
   * @param {HTMLElement} main
   * @param {string[]} place
   */
  constructor(main, place) {
    this.main = main;
    this.chosen = place.map(Number).filter((n) => n > 0);
    this.job = el("div", { class: "card" });
    this.drawing = el("div", {});
    this.unfollow = () => {};
    this.following = "";
    this.minutes = "10";
    this.start = "";
    this.folder = "";
    /** @type {boolean | null} null: nobody has said */
    this.checks = null;
    /** @type {Round[]} */
    this.rounds = [];
  }

  async draw() {
    /** @type {[Round[], Job[]]} */
    const [rounds, jobs] = await Promise.all([get("/api/rounds"), get("/api/jobs")]);
    this.rounds = rounds;
    this.chosen = this.chosen.filter((n) => rounds.some((one) => one.number === n));
    const running = jobs.find((job) => job.state === "running");
    const last = jobs.filter((job) => job.kind === "round").sort((a, b) => a.id.localeCompare(b.id)).at(-1);
    const current = rounds.find((one) => one.state === "training");
    this.job.hidden = !running && !(last && last.state !== "done");
    if (running) this.#follow(running.id);
    else if (last && last.state !== "done") show(this.job, progressOf(last));
    const [first, second] = this.chosen;
    const seen = first ?? current?.number ?? rounds.at(-1)?.number;
    redraw(
      this.main,
      el("div", { class: "row heading" }, el("h1", {}, say("nav.rounds"))),
      this.#form(running !== undefined),
      this.job,
      seen === undefined ? el("p", { class: "empty" }, say("rounds.empty")) : this.drawing,
      rounds.length > 0 && this.#table(running !== undefined),
      el("div", { class: second ? "two" : "" }, ...(await this.#details(seen, second))),
    );
    if (seen !== undefined) await this.#curve(seen);
  }

  async changed() {
    /** @type {Round[]} */
    const rounds = await get("/api/rounds");
    if (rounds.some((one, place) => one.state !== this.rounds[place]?.state) || rounds.length !== this.rounds.length)
      await this.draw();
    else {
      const training = rounds.find((one) => one.state === "training");
      if (training) await this.#curve(training.number);
    }
  }

  /** @param {string} id */
  #follow(id) {
    this.job.hidden = false;
    if (this.following === id) return;
    this.following = id;
    this.unfollow();
    this.unfollow = follow(this.job, id, () => void trying(() => this.draw()));
  }

  /** @param {boolean} busy */
  #form(busy) {
    const done = this.rounds.filter((one) => one.state === "done");
    this.start ||= done.length ? String(done.at(-1)?.number) : "starter";
    const minutes = select(
      say("rounds.minutes"),
      MINUTES.map((one) => [String(one), duration(one * 60)]),
      this.minutes,
      (value) => {
        this.minutes = value;
      },
    );
    const start = select(
      say("rounds.start"),
      [
        ["starter", say("rounds.starter")],
        ...done.map((one) => /** @type {[string, string]} */ ([String(one.number), say("round", { n: one.number })])),
        ["folder", say("rounds.folder")],
      ],
      this.start,
      (value) => {
        this.start = value;
        where.hidden = value !== "folder";
      },
    );
    const where = pathField(say("rounds.folder_path"), "folder", this.folder, (path) => {
      this.folder = path;
    }).element;
    where.hidden = this.start !== "folder";
    const listener = done.at(-1)?.number ?? 0;
    // The starter knows few voices: what it says of the texts of others may not be worth the time.
    const check = el("input", { type: "checkbox", checked: this.checks ?? listener > 0 });
    check.addEventListener("change", () => {
      this.checks = check.checked;
    });
    const train = button(
      say("rounds.train"),
      () =>
        trying(async () => {
          const from =
            this.start === "starter" ? "starter" : this.start === "folder" ? this.folder : Number(this.start);
          const made = await post("/api/jobs", {
            kind: "round",
            minutes: Number(this.minutes),
            start: from,
            check: check.checked ? listener : null,
          });
          this.chosen = [];
          this.#follow(made.job);
        }),
      { class: "primary", disabled: busy },
    );
    return el(
      "section",
      { class: "card row form", "aria-label": say("rounds.train") },
      labelled(say("rounds.minutes"), minutes),
      labelled(say("rounds.start"), start),
      where,
      el("label", { class: "check" }, check, drafter(listener, "rounds.check")),
      el("p", { class: "soft spring" }, say("rounds.why")),
      train,
    );
  }

  /** @param {boolean} busy */
  #table(busy) {
    const [first, second] = this.chosen;
    const pick = (/** @type {number} */ n) => {
      const now = this.chosen.includes(n) ? this.chosen.filter((one) => one !== n) : [...this.chosen, n].slice(-2);
      location.hash = `#rounds/${now.join("/")}`;
    };
    return el(
      "div",
      { class: "scrolled", tabindex: 0, role: "region", "aria-label": say("rounds.table") },
      el(
        "table",
        {},
        el("caption", { class: "soft" }, say("rounds.pick_two")),
        el(
          "thead",
          {},
          el(
            "tr",
            {},
            ...["round", "state", "clips", "length", "wer", "cer", "bundle"].map((key) =>
              el("th", { scope: "col", class: ["round", "state", "bundle"].includes(key) ? "" : "n" }, say(`rounds.${key}`)),
            ),
            el("td", {}),
          ),
        ),
        el(
          "tbody",
          {},
          ...this.rounds.toReversed().map((one) => {
            const box = el("input", { type: "checkbox", checked: one.number === first || one.number === second });
            box.addEventListener("change", () => pick(one.number));
            return el(
              "tr",
              {},
              el("th", { scope: "row" }, el("label", { class: "check" }, box, say("round", { n: one.number }))),
              el(
                "td",
                {},
                say(`rounds.state.${one.state}`),
                one.state === "stopped" &&
                  button(say("rounds.resume"), () => this.#resume(one.number, Number(this.minutes))),
                one.state === "stopped" &&
                  button(say("rounds.finish"), () => this.#resume(one.number, 0)),
              ),
              el("td", { class: "n" }, number(one.clips)),
              el("td", { class: "n" }, duration(one.seconds)),
              el("td", { class: "n" }, one.wer === null ? "–" : percent(one.wer, 1)),
              el("td", { class: "n" }, one.cer === null ? "–" : percent(one.cer, 1)),
              el(
                "td",
                {},
                one.bundle === null
                  ? "–"
                  : el("a", { href: `/api/rounds/${one.number}/bundle`, download: true }, one.bundle),
                one.bundle !== null && one.bytes ? el("span", { class: "soft" }, ` ${bytes(one.bytes)}`) : null,
              ),
              el(
                "td",
                {},
                button(say("rounds.delete"), () => trying(() => this.#delete(one.number)), {
                  class: "grave quiet",
                  disabled: busy,
                  "aria-label": say("rounds.delete_one", { n: one.number }),
                }),
              ),
            );
          }),
        ),
      ),
    );
  }

  /**
   * @param {number} n
   * @param {number} minutes 0: make it of what it has learnt so far
   */
  #resume(n, minutes) {
    return trying(async () => {
      const made = await post("/api/jobs", { kind: "round", resume: n, minutes });
      this.#follow(made.job);
    });
  }

  /** @param {number} n */
  async #delete(n) {
    /** @type {Removal} */
    const gone = await get(`/api/rounds/${n}/removal`);
    const { newest, stay } = gone;
    const sure = await ask(
      say("rounds.delete_question", { n }),
      el(
        "div",
        {},
        newest === n && el("p", { class: "warning" }, say("rounds.delete_newest")),
        newest !== null && stay.includes(newest) &&
          el("p", { class: "warning" }, say("rounds.delete_behind", { n: newest })),
        el("p", {}, say("rounds.delete_why", { size: bytes(gone.bytes) })),
        gone.bundle !== null && el("p", { class: "soft" }, say("rounds.delete_bundle", { name: gone.bundle })),
        stay.length > 0 && el("p", { class: "soft" }, say("rounds.delete_stay", { n: stay.join(", ") })),
      ),
      say("rounds.delete"),
      say("cancel"),
      true,
    );
    if (!sure) return;
    // What is known is what was shown.
    await request("DELETE", `/api/rounds/${n}`, {
      confirm: n,
      knowingly: newest !== null && (newest === n || stay.includes(newest)),
    });
    if (this.start === String(n)) this.start = "";
    await this.draw();
  }

  /** @param {number} n */
  async #curve(n) {
    const rows = await get(`/api/rounds/${n}/metrics`);
    show(
      this.drawing,
      el(
        "section",
        { class: "card" },
        el(
          "h2",
          { class: "row" },
          say("curve.of", { n }),
          el("span", { class: "soft" }, say("curve.steps", { n: lastStep(rows) })),
        ),
        rows.length ? curve(rows, Math.max(280, this.main.clientWidth - 40)) : el("p", { class: "soft" }, say("curve.empty")),
      ),
    );
  }

  /**
   * @param {number | undefined} first
   * @param {number | undefined} second
   */
  async #details(first, second) {
    const numbers = [first, second].filter((n) => n !== undefined);
    const done = numbers.filter((n) => this.rounds.find((one) => one.number === n)?.state === "done");
    const all = await Promise.all(
      done.map(async (n) => {
        /** @type {Mistake[]} */
        const mistakes = await get(`/api/rounds/${n}/mistakes`);
        return el(
          "section",
          { class: "card" },
          el("h2", {}, say("rounds.mistakes", { n })),
          mistakes.length === 0 && el("p", { class: "soft" }, say("rounds.no_mistakes")),
          el("ul", { class: "mistakes" }, ...mistakes.slice(0, MISTAKES).map(mistake)),
          mistakes.length > MISTAKES &&
            el(
              "details",
              {},
              el("summary", {}, say("rounds.more", { n: mistakes.length - MISTAKES })),
              el("ul", { class: "mistakes" }, ...mistakes.slice(MISTAKES).map(mistake)),
            ),
          !second &&
            el(
              "details",
              {},
              el("summary", {}, say("rounds.page")),
              el("iframe", {
                src: `/api/rounds/${n}/evaluation`,
                sandbox: "allow-scripts",
                title: say("rounds.page"),
                loading: "lazy",
              }),
            ),
        );
      }),
    );
    return all;
  }
}

/** @param {Mistake} one */
function mistake(one) {
  const words = one.reference.split(/\s+/).filter(Boolean);
  const tokens = align(
    one.hypothesis,
    words.map((text) => ({ text, start: 0, end: 0, confidence: 1 })),
  );
  const heard = new Set();
  const said = tokens.map((token) => {
    const right = token.draft !== null && words[token.draft] === token.text;
    if (right) heard.add(token.draft);
    return right ? `${token.text} ` : el("mark", {}, token.text);
  });
  return el(
    "li",
    {},
    el("p", {}, ...words.map((word, place) => (heard.has(place) ? `${word} ` : el("b", {}, `${word} `)))),
    el("p", { class: "soft" }, ...(said.length ? said.flatMap((part) => [part, " "]) : ["–"])),
    one.recording
      ? el("a", { href: `#desk/${[one.recording, one.segment].filter(Boolean).join("/")}` }, say("rounds.listen")) : null,
  );
}
