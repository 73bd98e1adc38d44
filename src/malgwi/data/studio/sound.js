// A segment and 15 seconds around it: wavesurfer.js shows and plays a slice of Malgwi's own decode.
// Of a segment that is longer than a slice may be, the part that is heard is there; and where a place
// far from the segment is heard, what is around that.

import { bytesOf } from "./api.js";
import { clock, RATE } from "./clock.js";
import { el, show } from "./dom.js";
import { colour, onScheme } from "./paint.js";
import { stretch } from "./stretch.js";
import { trying } from "./trouble.js";
import WaveSurfer from "./wavesurfer.esm.js";

/** @typedef {import("./segments.js").Segment} Segment */
/** @typedef {import("./align.js").Word} Word */

const HEIGHT = 128;
const WIDEST_PX = 240;
const ELSEWHERE = 5 * RATE;

/** What lies over the waveform. The policy refuses style elements, also wavesurfer's own; sheets
 * that a script adopts are allowed. */
const OVERLAY = `
.segment { position: absolute; top: 0; bottom: 0; background: var(--accent); opacity: .14; pointer-events: none; }
.neighbour { position: absolute; bottom: 0; height: 4px; background: var(--soft); opacity: .5; pointer-events: none; }
.border { position: absolute; top: 0; bottom: 0; width: 12px; margin-left: -6px; cursor: ew-resize; touch-action: none; z-index: 6; }
.border::before { content: ""; position: absolute; top: 0; bottom: 0; left: 5px; width: 2px; background: var(--accent); }
.border:focus-visible { outline: 2px solid var(--accent); }
.word { position: absolute; top: 2px; z-index: 6; transform: translateX(-50%); padding: 0 .2rem; border: 0; border-radius: .2rem;
  background: var(--card); color: var(--soft); font: inherit; font-size: .75rem; white-space: nowrap; cursor: pointer; }
.word.doubt { color: var(--doubt); text-decoration: underline wavy; }
`;

export class Sound {
  /**
   * @param {HTMLElement} container
   * @param {import("./peaks.js").Peaks} peaks
   * @param {{moved: (sample: number) => void, playing: (on: boolean) => void, border: (start: number, end: number) => void, labels: {start: string, end: string}}} told
   */
  constructor(container, peaks, told) {
    this.container = container;
    this.peaks = peaks;
    this.told = told;
    this.from = 0;
    this.to = 0;
    this.url = "";
    this.key = "";
    this.shown = 0;
    this.stop = Infinity;
    this.start = 0;
    this.loop = false;
    this.frame = 0;
    /** @type {Segment | undefined} */
    this.segment = undefined;
    this.recording = "";
    this.samples = 0;
    /** What lies over the waveform, drawn again for whatever is fetched. */
    this.mark = () => {};
    this.media = new Audio();
    this.media.preservesPitch = true;
    this.media.addEventListener("play", () => {
      told.playing(true);
      this.#tick();
    });
    this.media.addEventListener("pause", () => told.playing(false));
    this.media.addEventListener("ended", () => void trying(() => this.#goOn()));
    this.media.addEventListener("seeked", () => told.moved(this.position));
    /** @type {WaveSurfer | null} */
    this.surfer = null;
    this.layer = el("div", {});
    this.unpaint = onScheme(() => this.surfer?.setOptions(colours()));
  }

  close() {
    this.shown++;
    cancelAnimationFrame(this.frame);
    this.media.pause();
    this.surfer?.destroy();
    this.unpaint();
    URL.revokeObjectURL(this.url);
  }

  get position() {
    return this.from + Math.round(this.media.currentTime * RATE);
  }

  /**
   * At once where the sound is there; else what has the place is fetched.
   * @param {number} sample
   */
  async seek(sample) {
    // Past the end at which it was to stop, it goes on from there.
    if (sample > this.stop) this.stop = Infinity;
    const segment = this.segment;
    const fetches = segment !== undefined && this.#lacks(segment, sample);
    const plays = fetches && !this.media.paused;
    if (fetches) {
      const ticket = ++this.shown;
      this.media.pause();
      if (!(await this.#fetch(segment, sample, ticket))) return;
      const inside = segment.start <= sample && sample < segment.end;
      this.#look(inside ? segment : { start: sample, end: sample + ELSEWHERE });
      this.mark();
    }
    this.media.currentTime = Math.max(0, (sample - this.from) / RATE);
    this.told.moved(sample);
    if (plays) await this.#begin();
  }

  /**
   * @param {Segment} segment
   * @param {number} sample
   */
  #lacks(segment, sample) {
    const { from, to } = stretch(segment, sample, this.samples);
    const place = Math.min(sample, this.samples - 1);
    return (place < this.from || place >= this.to) && (from !== this.from || to !== this.to);
  }

  /** Go on with what comes next. */
  async #goOn() {
    const here = this.to;
    if (here >= this.stop || !this.segment || !this.#lacks(this.segment, here)) return;
    await this.seek(here);
    await this.#begin();
  }

  /**
   * Show a segment from its start; the sound is fetched unless it is what is there.
   * @param {string} recording
   * @param {Segment} segment
   * @param {Segment[]} near
   * @param {number} samples
   * @param {{word: Word, doubtful: boolean}[]} words
   */
  async show(recording, segment, near, samples, words) {
    const ticket = ++this.shown;
    this.media.pause();
    this.segment = segment;
    this.recording = recording;
    this.samples = samples;
    this.mark = () => this.#mark(segment, near, words);
    if (!(await this.#fetch(segment, segment.start, ticket))) return;
    this.media.preservesPitch = true;
    this.#look(segment);
    this.mark();
    await this.seek(segment.start);
  }

  /**
   * @param {Segment} segment
   * @param {number} at
   * @param {number} ticket
   */
  async #fetch(segment, at, ticket) {
    const { from, to } = stretch(segment, at, this.samples);
    const key = `${this.recording} ${from} ${to}`;
    if (key !== this.key) {
      const path = `/api/recordings/${this.recording}/audio?from=${from}&to=${to}`;
      const [bytes, pairs] = await Promise.all([bytesOf(path), this.peaks.pairs(0, from, to)]);
      if (ticket !== this.shown) return false;
      if (!bytes) throw new Error(path);
      const old = this.url;
      this.url = URL.createObjectURL(new Blob([bytes], { type: "audio/wav" }));
      this.from = from;
      this.to = to;
      this.key = key;
      const heard = new Promise((ready) =>
        this.media.addEventListener("canplay", ready, { once: true }),
      );
      const surfer = this.surfer ?? this.#surfer();
      this.surfer = surfer;
      await surfer.load(this.url, halves(pairs), (to - from) / RATE);
      if (old) URL.revokeObjectURL(old);
      // wavesurfer is ready once it has peaks; the sound may not be.
      await heard;
    }
    return ticket === this.shown;
  }

  /**
   * What is there of the segment and some of what is beside it fill the width.
   * @param {{start: number, end: number}} segment
   */
  #look(segment) {
    const start = Math.max(segment.start, this.from);
    const seconds = (Math.min(segment.end, this.to) - start) / RATE;
    const side = Math.max(1, Math.min(4, seconds / 4));
    const width = this.container.clientWidth;
    this.surfer?.zoom(Math.min(WIDEST_PX, width / (seconds + 2 * side)));
    this.surfer?.setScrollTime(Math.max(0, (start - this.from) / RATE - side));
  }

  #surfer() {
    const surfer = WaveSurfer.create({
      container: this.container,
      height: HEIGHT,
      media: this.media,
      cursorWidth: 2,
      autoCenter: false,
      hideScrollbar: true,
      ...colours(),
    });
    const wrapper = surfer.getWrapper();
    const root = /** @type {ShadowRoot} */ (wrapper.getRootNode());
    const sheet = new CSSStyleSheet();
    sheet.replaceSync((root.querySelector("style")?.textContent ?? "") + OVERLAY);
    root.adoptedStyleSheets = [sheet];
    root.querySelector(".scroll")?.setAttribute("tabindex", "-1");
    wrapper.append(this.layer);
    surfer.on("interaction", () => {
      this.stop = Infinity;
    });
    return surfer;
  }

  /**
   * @param {Segment} segment
   * @param {Segment[]} near
   * @param {{word: Word, doubtful: boolean}[]} words
   */
  #mark(segment, near, words) {
    const body = this.#span("segment", segment.start, segment.end);
    show(
      this.layer,
      segment.end > this.from && segment.start < this.to && body,
      ...near
        .filter((one) => one.end > this.from && one.start < this.to && one.id !== segment.id)
        .map((one) => this.#span("neighbour", one.start, one.end)),
      ...words.filter(({ word }) => this.#has(word.start) && this.#has(word.end)).map(({ word, doubtful }) => {
        const made = el(
          "button",
          { class: doubtful ? "word doubt" : "word", type: "button", tabindex: -1 },
          word.text,
        );
        made.style.left = this.#percent((word.start + word.end) / 2);
        made.addEventListener("click", (event) => {
          event.stopPropagation();
          this.play(word.start, word.end);
        });
        return made;
      }),
      this.#has(segment.start) && this.#border("start", segment, body),
      this.#has(segment.end) && this.#border("end", segment, body),
    );
    this.#thin();
  }

  /** Of words that would cover each other, doubtful ones are shown, then the first ones. */
  #thin() {
    const labels = [...this.layer.querySelectorAll(".word")].map((label) => ({
      label,
      doubt: label.classList.contains("doubt"),
      box: label.getBoundingClientRect(),
    }));
    /** @type {DOMRect[]} */
    const kept = [];
    for (const doubt of [true, false])
      for (const one of labels.filter((other) => other.doubt === doubt)) {
        const free = kept.every((box) => one.box.right + 2 < box.left || box.right + 2 < one.box.left);
        if (free) kept.push(one.box);
        else one.label.remove();
      }
  }

  /** @param {number} sample */
  #has(sample) {
    return this.from <= sample && sample <= this.to;
  }

  /** @param {number} sample */
  #percent(sample) {
    return `${(100 * (sample - this.from)) / (this.to - this.from)}%`;
  }

  /**
   * @param {string} kind
   * @param {number} start
   * @param {number} end
   */
  #span(kind, start, end) {
    const made = el("div", { class: kind });
    place(made, this.#percent(Math.max(start, this.from)), this.#percent(Math.min(end, this.to)));
    return made;
  }

  /**
   * A border that the mouse drags and the arrow keys move.
   * @param {"start" | "end"} which
   * @param {Segment} segment
   * @param {HTMLElement} body
   */
  #border(which, segment, body) {
    const made = el("div", {
      class: "border",
      role: "slider",
      tabindex: 0,
      "aria-label": this.told.labels[which],
      "aria-valuemin": 0,
      "aria-valuemax": Math.round((this.to - this.from) / 16),
      "aria-valuenow": Math.round((segment[which] - this.from) / 16),
      "aria-valuetext": clock(segment[which], 2),
    });
    made.style.left = this.#percent(segment[which]);
    let place_ = segment[which];
    const both = () =>
      which === "start" ? { start: place_, end: segment.end } : { start: segment.start, end: place_ };
    made.addEventListener("pointerdown", (event) => {
      event.stopPropagation();
      made.setPointerCapture(event.pointerId);
    });
    made.addEventListener("click", (event) => event.stopPropagation());
    made.addEventListener("pointermove", (event) => {
      if (!made.hasPointerCapture(event.pointerId)) return;
      const box = this.layer.parentElement?.getBoundingClientRect();
      if (!box) return;
      const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
      place_ = this.from + Math.round(share * (this.to - this.from));
      made.style.left = this.#percent(place_);
      place(body, this.#percent(both().start), this.#percent(both().end));
    });
    made.addEventListener("pointerup", () => {
      if (place_ !== segment[which]) this.told.border(both().start, both().end);
    });
    made.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -800, ArrowRight: 800 }[event.key];
      if (step === undefined || event.altKey) return;
      event.preventDefault();
      place_ += step;
      this.told.border(both().start, both().end);
    });
    return made;
  }

  /**
   * Play a stretch; its end stops it, or begins it again.
   * @param {number} start
   * @param {number} end
   */
  async play(start, end) {
    this.start = start;
    this.stop = end;
    await this.seek(start);
    return this.#begin();
  }

  /** Pause; or go on, and from the segment's end again from its beginning. */
  toggle() {
    if (!this.media.paused) {
      this.media.pause();
      return Promise.resolve();
    }
    const segment = this.segment;
    if (!segment) return Promise.resolve();
    const here = this.position;
    if (here >= segment.start && here < segment.end - 800) {
      this.start = segment.start;
      this.stop = segment.end;
      return this.#begin();
    }
    if (here >= segment.end - 800 && here <= segment.end + 800)
      return this.play(segment.start, segment.end);
    this.start = here;
    this.stop = Infinity;
    return this.#begin();
  }

  /** @param {number} seconds */
  skip(seconds) {
    this.stop = this.media.paused ? this.stop : Infinity;
    const first = Math.min(this.from, this.segment?.start ?? this.from);
    const last = Math.max(this.to, this.segment?.end ?? this.to);
    return this.seek(Math.max(first, Math.min(last, this.position + seconds * RATE)));
  }

  /** @param {number} rate */
  speed(rate) {
    this.media.defaultPlaybackRate = rate;
    this.media.playbackRate = rate;
  }

  async #begin() {
    try {
      await this.media.play();
    } catch (error) {
      // Another load or a pause came between: what was asked for last holds.
      if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
    }
  }

  #tick() {
    cancelAnimationFrame(this.frame);
    const step = () => {
      if (this.media.paused) return;
      if (this.position >= this.stop) {
        if (this.loop) void trying(() => this.seek(this.start));
        else {
          this.media.pause();
          void this.seek(this.stop);
          return;
        }
      }
      this.told.moved(this.position);
      this.frame = requestAnimationFrame(step);
    };
    this.frame = requestAnimationFrame(step);
  }
}

/**
 * @param {HTMLElement} element
 * @param {string} left
 * @param {string} right
 */
function place(element, left, right) {
  element.style.left = left;
  element.style.width = `calc(${right} - ${left})`;
}

function colours() {
  return {
    waveColor: colour("--wave"),
    progressColor: colour("--wave-played"),
    cursorColor: colour("--accent"),
  };
}

/**
 * wavesurfer draws one row upwards and one downwards.
 * @param {Int8Array} pairs
 */
function halves(pairs) {
  const up = new Float32Array(pairs.length / 2);
  const down = new Float32Array(pairs.length / 2);
  for (let pair = 0; pair < up.length; pair++) {
    down[pair] = (pairs[2 * pair] ?? 0) / 128;
    up[pair] = (pairs[2 * pair + 1] ?? 0) / 127;
  }
  return [up, down];
}
