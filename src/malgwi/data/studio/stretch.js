// What of a recording is fetched to see and hear a segment, or a place far from it. Pure.

import { RATE } from "./clock.js";

const AROUND = 15 * RATE;
const LONGEST = 120 * RATE;
/** A longer segment is seen in parts of this length, and what is beside each. */
const PART = 100 * RATE;
const BESIDE = (LONGEST - PART) / 2;

/**
 * A segment with what is around it; of one that is longer than what is fetched at once, the part at
 * a place. Where the place is in none of that, what is around the place.
 * @param {{start: number, end: number}} segment
 * @param {number} at the place
 * @param {number} samples of the recording
 */
export function stretch(segment, at, samples) {
  const place = Math.max(0, Math.floor(Math.min(at, samples - 1)));
  const own = around(segment, place, samples);
  if (own.from <= place && place < own.to) return own;
  return { from: Math.max(0, place - AROUND), to: Math.min(samples, place + 2 * AROUND) };
}

/**
 * @param {{start: number, end: number}} segment
 * @param {number} at
 * @param {number} samples
 */
function around(segment, at, samples) {
  const length = segment.end - segment.start;
  if (length <= LONGEST) {
    const margin = Math.floor(Math.min(AROUND, (LONGEST - length) / 2));
    return { from: Math.max(0, segment.start - margin), to: Math.min(samples, segment.end + margin) };
  }
  const parts = Math.ceil(length / PART);
  const part = Math.max(0, Math.min(parts - 1, Math.floor((at - segment.start) / PART)));
  const from = segment.start + part * PART;
  const to = Math.min(from + PART, segment.end);
  return { from: Math.max(0, from - BESIDE), to: Math.min(samples, to + BESIDE) };
}
