// In the audio thread: floats become int16 and go out 2,048 at a time.

const FRAMES = 2048;

class Frames extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frames = new Int16Array(FRAMES);
    this.held = 0;
  }

  /** @param {Float32Array[][]} inputs */
  process(inputs) {
    for (const sample of inputs[0]?.[0] ?? []) {
      this.frames[this.held++] = Math.max(-32768, Math.min(32767, Math.round(sample * 32767)));
      if (this.held === FRAMES) {
        this.port.postMessage(this.frames, [this.frames.buffer]);
        this.frames = new Int16Array(FRAMES);
        this.held = 0;
      }
    }
    return true;
  }
}

registerProcessor("frames", Frames);
