// Positions are samples at 16 kHz, as everywhere in a project.

export const RATE = 16000;

/**
 * 1:02:03.4 of so many samples.
 * @param {number} samples
 * @param {number} [digits] of a second
 */
export function clock(samples, digits = 1) {
  const parts = 10 ** digits;
  const all = Math.floor((samples * parts) / RATE);
  const seconds = Math.floor(all / parts);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const text = hours
    ? `${hours}:${two(minutes)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
  return digits ? `${text}.${String(all % parts).padStart(digits, "0")}` : text;
}
