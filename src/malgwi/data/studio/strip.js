// The whole recording in one canvas: its peaks, what is done of it, and where one is.

import { colour, onScheme } from "./paint.js";
import { levelFor, samplesOfPair } from "./peaks.js";

/** @typedef {import("./segments.js").Segment} Segment */

const HEIGHT = 56;
const BAR = 6;

export class Strip {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import("./peaks.js").Peaks} peaks
   * @param {number} samples
   * @param {(sample: number) => void} chosen
   */
  constructor(canvas, peaks, samples, chosen) {
    this.canvas = canvas;
    this.peaks = peaks;
    this.samples = Math.max(1, samples);
    /** @type {Segment[]} */
    this.segments = [];
    /** @type {Segment | undefined} */
    this.current = undefined;
    this.playhead = 0;
    this.frame = 0;
    /** @type {HTMLCanvasElement | null} */
    this.wave = null;
    canvas.addEventListener("click", (event) =>
      chosen((event.offsetX / Math.max(1, canvas.clientWidth)) * this.samples),
    );
    this.watcher = new ResizeObserver(() => this.#resized());
    this.watcher.observe(canvas);
    this.unpaint = onScheme(() => this.#resized());
  }

  close() {
    this.watcher.disconnect();
    this.unpaint();
    cancelAnimationFrame(this.frame);
  }

  /**
   * @param {Segment[]} segments
   * @param {Segment | undefined} current
   */
  show(segments, current) {
    this.segments = segments;
    this.current = current;
    this.#soon();
  }

  /** @param {number} sample */
  at(sample) {
    this.playhead = sample;
    this.#soon();
  }

  #soon() {
    if (this.frame === 0)
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.#draw();
      });
  }

  /** The peaks are painted once a width; each frame copies them. */
  async #resized() {
    const ratio = devicePixelRatio;
    const width = Math.round(this.canvas.clientWidth * ratio);
    if (width === 0) return;
    const height = Math.round(HEIGHT * ratio);
    this.canvas.width = width;
    this.canvas.height = height;
    const level = levelFor(this.samples, width);
    const pairs = await this.peaks.pairs(level, 0, this.samples);
    if (this.canvas.width !== width) return;
    const wave = document.createElement("canvas");
    wave.width = width;
    wave.height = height;
    const context = wave.getContext("2d");
    if (!context) return;
    context.fillStyle = colour("--wave");
    const room = height - BAR * ratio;
    const each = this.samples / samplesOfPair(level) / width;
    for (let x = 0; x < width; x++) {
      let low = 0;
      let high = 0;
      const end = Math.max(Math.floor(x * each) + 1, Math.ceil((x + 1) * each));
      for (let pair = Math.floor(x * each); pair < end; pair++) {
        low = Math.min(low, pairs[2 * pair] ?? 0);
        high = Math.max(high, pairs[2 * pair + 1] ?? 0);
      }
      const top = (1 - high / 128) * (room / 2);
      context.fillRect(x, top, 1, Math.max(ratio, ((high - low) / 128) * (room / 2)));
    }
    this.wave = wave;
    this.#soon();
  }

  #draw() {
    const context = this.canvas.getContext("2d");
    if (!context) return;
    const { width, height } = this.canvas;
    const ratio = devicePixelRatio;
    const x = (/** @type {number} */ sample) => (sample / this.samples) * width;
    context.clearRect(0, 0, width, height);
    if (this.current) {
      const from = x(this.current.start);
      context.fillStyle = colour("--wash");
      context.fillRect(from, 0, Math.max(3 * ratio, x(this.current.end) - from), height);
    }
    if (this.wave) context.drawImage(this.wave, 0, 0);
    const colours = {
      open: colour("--open"),
      written: colour("--written"),
      checked: colour("--checked"),
      aside: colour("--line"),
    };
    for (const one of this.segments) {
      context.fillStyle = colours[one.state];
      const from = x(one.start);
      context.fillRect(from, height - BAR * ratio, Math.max(1, x(one.end) - from - ratio / 2), BAR * ratio);
    }
    context.fillStyle = colour("--accent");
    context.fillRect(x(this.playhead) - ratio, 0, 2 * ratio, height);
    if (this.current) {
      const from = x(this.current.start);
      context.fillRect(from, height - BAR * ratio, Math.max(3 * ratio, x(this.current.end) - from), BAR * ratio);
    }
  }
}
