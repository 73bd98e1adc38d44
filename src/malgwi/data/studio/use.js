// Use what was trained: speak and read, a file, the bundle, the way to a phone.

import { ApiError, get, post, rate } from "./api.js";
import { clock, RATE } from "./clock.js";
import { button, el, labelled, select, show } from "./dom.js";
import { pathField } from "./folders.js";
import { follow } from "./jobs.js";
import { metered, openMicrophone, whyClosed } from "./microphone.js";
import { App, bundle, Sharing } from "./phone.js";
import { notice, trouble, trying } from "./trouble.js";
import { percent, say } from "./words.js";

/** @typedef {import("./api.js").Round} Round */

/**
 * @param {HTMLElement} main
 * @param {string[]} place a round
 * @returns {Promise<() => void>}
 */
export async function showUse(main, place) {
  /** @type {Round[]} */
  const rounds = (await get("/api/rounds")).filter((/** @type {Round} */ one) => one.bundle !== null);
  const heading = el("div", { class: "row heading" }, el("h1", {}, say("nav.use")));
  const asked = place[0] ?? String(rounds.at(-1)?.number ?? 0);
  const round = rounds.find((one) => String(one.number) === asked);
  const number = round?.number ?? 0;
  heading.append(
    el("span", { class: "spring" }),
    labelled(
      say("use.round"),
      select(
        say("use.round"),
        [
          ...rounds.map(
            (one) =>
              /** @type {[string, string]} */ ([
                String(one.number),
                `${say("round", { n: one.number })}${rate(one) === null ? "" : ` · ${one.measure ?? "WER"} ${percent(rate(one) ?? 0, 1)}`}`,
              ]),
          ),
          ["0", say("rounds.starter")],
        ],
        String(number),
        (value) => {
          location.hash = `#use/${value}`;
        },
      ),
    ),
  );
  const hints = el("input", { class: "wide" });
  const words = () => hints.value.split(",").map((word) => word.trim()).filter(Boolean);
  const speaking = new Speaking(number, words);
  const file = fromFile(number, words);
  const sharing = new Sharing(number);
  const app = new App(number, () => trying(() => sharing.look()));
  show(
    main,
    heading,
    speaking.element,
    labelled(say("use.hotwords"), hints),
    el(
      "div",
      { class: "two" },
      file.element,
      round
        ? el("div", {}, bundle(round), app.element, sharing.element)
        : el("section", { class: "card" }, el("p", { class: "soft" }, say("use.none"))),
    ),
  );
  if (round) await trying(() => Promise.all([sharing.look(), app.look()]));
  return () => {
    speaking.leave();
    sharing.leave();
    file.leave();
  };
}

class Speaking {
  /**
   * @param {number} round
   * @param {() => string[]} words to expect
   */
  constructor(round, words) {
    this.round = round;
    this.words = words;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {Awaited<ReturnType<typeof openMicrophone>> | null} */
    this.microphone = null;
    this.samples = 0;
    this.left = false;
    this.meter = el("div", { "aria-hidden": "true" });
    this.stable = el("span", {});
    this.moving = el("span", { class: "moving" });
    this.text = el("p", { class: "live", role: "log", "aria-live": "polite", "aria-label": say("use.text") }, this.stable, this.moving);
    this.state = el("p", { class: "soft" }, say("use.ready"));
    this.speak = button(say("use.speak"), () => this.toggle(), { class: "primary" });
    this.copying = button(say("copy"), () =>
      trying(() => navigator.clipboard.writeText(this.text.textContent ?? "")),
    );
    this.element = el(
      "section",
      { class: "card speaking", "aria-label": say("use.speak") },
      el("div", { class: "row" }, this.speak, this.state, el("span", { class: "spring" }), this.copying),
      this.meter,
      this.text,
    );
  }

  toggle() {
    if (this.microphone) this.end();
    else void this.begin();
  }

  async begin() {
    this.speak.disabled = true;
    this.stable.textContent = "";
    this.moving.textContent = "";
    try {
      /** @type {Int16Array<ArrayBuffer>[]} */
      const early = [];
      const seen = metered(this.meter);
      /** @type {(frames: Int16Array<ArrayBuffer>) => void} */
      let send = (frames) => early.push(frames);
      const microphone = await openMicrophone((frames) => {
        const clipped = seen(frames);
        this.samples += frames.length;
        this.state.textContent = clipped
          ? say("use.clipping")
          : say("use.listening", { time: clock((this.samples / microphone.rate) * RATE, 0) });
        send(frames);
      });
      if (this.left) {
        await microphone.close();
        return;
      }
      this.microphone = microphone;
      this.samples = 0;
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      const asked = new URLSearchParams({
        round: String(this.round),
        rate: String(microphone.rate),
        hotwords: this.words().join(","),
      });
      const socket = new WebSocket(`${scheme}://${location.host}/api/live?${asked}`);
      this.socket = socket;
      socket.onopen = () => {
        for (const frames of early.splice(0)) socket.send(frames);
        send = (frames) => {
          if (socket.readyState === WebSocket.OPEN) socket.send(frames);
        };
        if (!this.microphone) socket.send("end");
      };
      socket.onmessage = (event) => this.#told(JSON.parse(event.data));
      socket.onclose = (event) => {
        if (this.socket !== socket) return;
        this.socket = null;
        if (event.code !== 1000) notice(say("use.closed"));
        this.end();
        this.#over();
      };
      this.speak.textContent = say("use.stop");
    } catch (error) {
      if (error instanceof DOMException) notice(whyClosed(error));
      else trouble(error);
      this.microphone = null;
    } finally {
      this.speak.disabled = false;
    }
  }

  /** @param {{ready?: boolean, stable?: string, moving?: string, text?: string, ended?: boolean, error?: string}} told */
  #told(told) {
    if (told.ready) return;
    if (told.error) trouble(new ApiError(400, told.error, "malgwi", null));
    else if (told.ended) {
      this.stable.textContent = told.text ?? "";
      this.moving.textContent = "";
      this.#over();
    } else {
      this.stable.textContent = told.stable ?? "";
      this.moving.textContent = told.moving ?? "";
    }
  }

  end() {
    const microphone = this.microphone;
    if (!microphone) return;
    this.microphone = null;
    void microphone.close();
    this.speak.textContent = say("use.speak");
    this.state.textContent = say("use.finishing");
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send("end");
  }

  #over() {
    this.state.textContent = say(this.text.textContent?.trim() ? "use.done" : "use.nothing");
    this.text.dataset.ended = "yes";
  }

  leave() {
    this.left = true;
    this.end();
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}

/**
 * @param {number} round
 * @param {() => string[]} words to expect
 */
function fromFile(round, words) {
  const file = pathField(say("use.path"), "file", "");
  const job = el("div", {});
  let unfollow = () => {};
  const start = button(say("use.write"), () =>
    trying(async () => {
      const made = await post("/api/jobs", {
        kind: "transcribe",
        round,
        paths: [file.path()],
        hotwords: words(),
      });
      unfollow();
      unfollow = follow(job, made.job, (ended) => job.append(texts(ended)));
    }),
  );
  const element = el(
    "section",
    { class: "card", "aria-label": say("use.file") },
    el("h2", {}, say("use.file")),
    el("p", { class: "soft" }, say("use.file_why")),
    file.element,
    el("div", { class: "row tools" }, start),
    job,
  );
  return { element, leave: () => unfollow() };
}

/**
 * What was written down, and its files.
 * @param {import("./api.js").Job} job
 */
function texts(job) {
  return el(
    "div",
    {},
    ...(job.texts ?? []).map((one) =>
      el(
        "section",
        {},
        el("h3", { class: "path" }, one.file),
        el("p", { class: "quote" }, one.text),
        el(
          "p",
          { class: "row" },
          ...one.files.map((name) =>
            el("a", { href: `/api/jobs/${job.id}/texts/${encodeURIComponent(name)}`, download: true }, name),
          ),
        ),
      ),
    ),
  );
}
