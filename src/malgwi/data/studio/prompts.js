// Reading aloud: a sentence, Space, speak, Space. A take is sent each second, so little can be lost.

import { get, post } from "./api.js";
import { announce, button, el, labelled, select, show } from "./dom.js";
import { metered, openMicrophone, whyClosed } from "./microphone.js";
import { untilAnswered } from "./patience.js";
import { notice, trouble, trying } from "./trouble.js";
import { say } from "./words.js";

/** @typedef {{id: string, text: string, done: boolean}} Prompt */

/**
 * Who reads: who was chosen last, unless they left the project, or another one is served here now.
 * @param {{code: string}[]} people
 * @param {string | null} chosen empty: nobody, by choice
 */
export function readerOf(people, chosen) {
  if (chosen === "" || people.some((one) => one.code === chosen)) return chosen ?? "";
  return people[0]?.code ?? "";
}

/**
 * @param {HTMLElement} main
 * @returns {Promise<() => void>}
 */
export async function showPrompts(main) {
  const [prompts, people] = await Promise.all([get("/api/prompts"), get("/api/people")]);
  const reading = new Reading(main, prompts, people);
  reading.draw();
  return () => reading.leave();
}

class Reading {
  /**
   * @param {HTMLElement} main
   * @param {Prompt[]} prompts
   * @param {import("./api.js").Person[]} people
   */
  constructor(main, prompts, people) {
    this.main = main;
    this.prompts = prompts;
    this.people = people;
    this.person = readerOf(people, localStorage.getItem("reader"));
    this.index = Math.max(0, prompts.findIndex((one) => !one.done));
    /** @type {Take | null} */
    this.take = null;
    /** @type {"ready" | "speaking" | "spoken"} */
    this.state = "ready";
    this.busy = false;
    this.left = false;
    this.clipped = false;
    this.meter = el("div", { "aria-hidden": "true" });
    this.pressed = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    document.addEventListener("keydown", this.pressed);
  }

  leave() {
    this.left = true;
    document.removeEventListener("keydown", this.pressed);
    const take = this.take;
    void take?.close().then(() => take.leave());
  }

  draw() {
    const prompt = this.prompts[this.index];
    const done = this.prompts.filter((one) => one.done).length;
    const said = el("input", { class: "wide", id: "said", value: prompt?.text ?? "" });
    said.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing && event.keyCode !== 229)
        this.#alone(() => this.#keep(said.value.trim()));
    });
    this.said = said;
    show(
      this.main,
      el(
        "div",
        { class: "row heading" },
        el("h1", {}, say("nav.prompts")),
        el("span", { class: "spring" }),
        labelled(
          say("prompts.reader"),
          select(
            say("prompts.reader"),
            [["", say("add.nobody")], ...this.people.map((one) => /** @type {[string, string]} */ ([one.code, `${one.code} ${one.name}`.trim()]))],
            this.person,
            (code) => {
              this.person = code;
              localStorage.setItem("reader", code);
            },
          ),
        ),
        el("a", { class: "button quiet", href: "#recordings" }, say("back")),
      ),
      prompt
        ? el(
            "section",
            { class: `card prompt ${this.state}`, "aria-label": say("prompts.sentence") },
            el("p", { class: "soft" }, say("prompts.progress", { n: done, of: this.prompts.length })),
            el("p", { class: "sentence" }, prompt.text),
            this.meter,
            el(
              "p",
              { role: "status", class: this.clipped ? "error" : "soft" },
              this.clipped ? say("prompts.clipped") : say(`prompts.${this.state}`),
            ),
            this.state !== "spoken" &&
              el(
                "div",
                { class: "row tools" },
                button(say(this.state === "speaking" ? "prompts.stop" : "prompts.speak"), () => this.act(" "), {
                  class: "primary",
                  "aria-keyshortcuts": "Space",
                  title: "Space",
                }),
                this.state === "ready" &&
                  button(say("prompts.skip"), () => this.act("ArrowRight"), { title: "→" }),
              ),
            this.state === "spoken" &&
              el(
                "div",
                {},
                el(
                  "div",
                  { class: "row tools" },
                  button(say("prompts.keep"), () => this.act("Enter"), { class: "primary", title: "Enter" }),
                  button(say("prompts.again"), () => this.act("r"), { title: "R" }),
                ),
                labelled(say("prompts.otherwise"), said),
              ),
          )
        : el("p", { class: "empty" }, say("prompts.empty")),
      this.#adding(),
    );
  }

  #adding() {
    const text = el("textarea", { rows: 4, class: "wide" });
    return el(
      "details",
      { class: "card", open: this.prompts.length === 0 },
      el("summary", {}, say("prompts.add")),
      labelled(say("prompts.text"), text),
      button(say("prompts.add"), () =>
        trying(async () => {
          this.prompts = await post("/api/prompts", { text: text.value });
          this.index = Math.max(0, this.prompts.findIndex((one) => !one.done));
          this.draw();
        }),
      ),
    );
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.keyCode === 229 || event.altKey || event.ctrlKey || event.metaKey) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest("input, textarea, select, summary, a, button")) return;
    const key = event.code === "KeyR" ? "r" : event.key;
    if (![" ", "Enter", "r", "ArrowRight", "ArrowLeft"].includes(key) || event.repeat) return;
    event.preventDefault();
    this.act(key);
  }

  /** @param {string} key */
  act(key) {
    this.#alone(() => this.#act(key));
  }

  /**
   * What is pressed while something is on its way (a microphone, an answer) was meant for it.
   * @param {() => Promise<unknown>} work
   */
  #alone(work) {
    if (this.busy) return;
    this.busy = true;
    void trying(work).finally(() => {
      this.busy = false;
    });
  }

  /** @param {string} key */
  async #act(key) {
    if (key === " ") {
      if (this.state === "ready") return this.#begin();
      if (this.state === "speaking") return this.#end();
    }
    if (key === "Enter" && this.state === "spoken") return this.#keep(this.said?.value.trim() ?? "");
    if (key === "r" && this.state === "spoken") {
      this.state = "ready";
      this.take = null;
      return this.#begin();
    }
    if (this.state === "ready" && (key === "ArrowRight" || key === "ArrowLeft")) {
      const step = key === "ArrowRight" ? 1 : -1;
      this.index = (this.index + step + this.prompts.length) % Math.max(1, this.prompts.length);
      this.draw();
    }
  }

  async #begin() {
    const prompt = this.prompts[this.index];
    if (!prompt) return;
    this.clipped = false;
    const seen = metered(this.meter);
    try {
      this.take = await Take.begin(prompt.id, this.person, (frames) => {
        if (seen(frames) && !this.clipped) {
          this.clipped = true;
          this.draw();
        }
      });
      if (this.left) return this.leave();
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      notice(whyClosed(error));
      return;
    }
    this.state = "speaking";
    this.draw();
  }

  async #end() {
    await this.take?.close();
    this.state = "spoken";
    this.draw();
    announce(say("prompts.spoken"));
  }

  /** @param {string} text what was said */
  async #keep(text) {
    const prompt = this.prompts[this.index];
    if (!prompt || !this.take) return;
    await this.take.keep(text === prompt.text ? undefined : text);
    this.take = null;
    prompt.done = true;
    this.state = "ready";
    this.clipped = false;
    const next = this.prompts.findIndex((one, place) => place > this.index && !one.done);
    this.index = next >= 0 ? next : Math.max(0, this.prompts.findIndex((one) => !one.done));
    this.draw();
  }
}

/** What is being said, on its way to the disk. */
class Take {
  /**
   * @param {string} prompt
   * @param {string} person
   * @param {(frames: Int16Array) => void} heard
   */
  static async begin(prompt, person, heard) {
    const take = new Take();
    const microphone = await openMicrophone((frames) => {
      heard(frames);
      take.add(frames);
    });
    take.microphone = microphone;
    try {
      const begun = await post("/api/takes", { prompt, person: person || null, rate: microphone.rate });
      take.id = begun.id;
    } catch (error) {
      await take.close();
      throw error;
    }
    take.timer = setInterval(() => take.send(), 1000);
    return take;
  }

  constructor() {
    this.id = "";
    /** @type {Int16Array[]} */
    this.held = [];
    this.sent = 0;
    this.open = true;
    this.timer = 0;
    /** @type {Promise<unknown>} */
    this.sending = Promise.resolve();
    /** @type {Awaited<ReturnType<typeof openMicrophone>> | null} */
    this.microphone = null;
  }

  /** @param {Int16Array} frames */
  add(frames) {
    this.held.push(frames);
  }

  /** Append what there is, behind what was sent: the place is told, so that twice does no harm. */
  send() {
    const blocks = this.held.splice(0);
    const length = blocks.reduce((sum, one) => sum + one.length, 0);
    if (length === 0) return;
    const frames = new Int16Array(length);
    let at = 0;
    for (const block of blocks) {
      frames.set(block, at);
      at += block.length;
    }
    const from = this.sent;
    this.sent += length;
    this.sending = this.sending.then(() =>
      untilAnswered(() => post(`/api/takes/${this.id}?at=${from}`, frames), () => this.open, trouble),
    );
    this.sending.catch((error) => trouble(error));
  }

  async close() {
    clearInterval(this.timer);
    const microphone = this.microphone;
    this.microphone = null;
    await microphone?.close();
    if (this.id) this.send();
  }

  /** Nobody waits any more. */
  leave() {
    this.open = false;
  }

  /** @param {string | undefined} text */
  async keep(text) {
    await this.close();
    await this.sending;
    return post(`/api/takes/${this.id}/end`, text === undefined ? {} : { text });
  }
}
