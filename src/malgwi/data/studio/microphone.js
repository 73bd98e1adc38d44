// The microphone as it is: the context's own rate, the browser's processing off, int16 frames.

import { say } from "./words.js";

/** Firefox runs no sound where nothing can be heard, and never says so. */
const PATIENCE_MS = 5000;
const REASONS = new Map([
  ["NotFoundError", "use.no_microphone"],
  ["InvalidStateError", "use.no_output"],
]);

/**
 * What to say of a microphone that didn't open.
 * @param {DOMException} error
 */
export function whyClosed(error) {
  return say(REASONS.get(error.name) ?? "use.refused");
}

/**
 * @param {(frames: Int16Array<ArrayBuffer>) => void} heard
 * @returns {Promise<{rate: number, close: () => Promise<void>}>}
 */
export async function openMicrophone(heard) {
  // All that takes time comes before the microphone, so that no first syllable is lost.
  const context = new AudioContext();
  let stream;
  try {
    await context.audioWorklet.addModule(new URL("worklet.js", import.meta.url));
    await Promise.race([context.resume(), new Promise((go) => setTimeout(go, PATIENCE_MS))]);
    if (context.state !== "running") throw new DOMException("", "InvalidStateError");
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 1 },
    });
  } catch (error) {
    await context.close();
    throw error;
  }
  const tracks = stream.getTracks();
  const source = context.createMediaStreamSource(stream);
  const worklet = new AudioWorkletNode(context, "frames", { numberOfOutputs: 0 });
  let open = true;
  worklet.port.onmessage = (event) => {
    if (open) heard(event.data);
  };
  source.connect(worklet);
  return {
    rate: context.sampleRate,
    close: async () => {
      open = false;
      source.disconnect();
      for (const track of tracks) track.stop();
      await context.close();
    },
  };
}

/**
 * Peak of frames as a share of full scale, and whether one touches it.
 * @param {Int16Array} frames
 */
export function level(frames) {
  let peak = 0;
  for (const frame of frames) peak = Math.max(peak, Math.abs(frame));
  return { peak: Math.min(1, peak / 32767), clipped: peak >= 32767 };
}

/**
 * A meter that shows it at once; clipping stays to be seen for two seconds.
 * @param {HTMLElement} meter
 */
export function metered(meter) {
  const bar = document.createElement("span");
  meter.replaceChildren(bar);
  meter.classList.add("meter");
  let until = 0;
  return (/** @type {Int16Array} */ frames) => {
    const { peak, clipped } = level(frames);
    const decibels = peak > 0 ? 20 * Math.log10(peak) : -100;
    bar.style.width = `${Math.max(0, Math.min(100, ((decibels + 60) / 60) * 100))}%`;
    if (clipped) until = performance.now() + 2000;
    meter.classList.toggle("clipped", performance.now() < until);
    return clipped;
  };
}
