// Peaks in tiles, fetched when they are looked at. Kept: the last 64 tiles, 128 KB, however long the
// recording is.

import { bytesOf } from "./api.js";

const PAIR = 256;
const TILE = 1024;
const KEPT = 64;

/** Samples that a pair of a level stands for. */
export function samplesOfPair(/** @type {number} */ level) {
  return PAIR * 4 ** level;
}

/**
 * The level with no fewer than one pair for each pixel, and as few more as there is.
 * @param {number} samples
 * @param {number} pixels
 */
export function levelFor(samples, pixels) {
  let level = 0;
  while (samples / samplesOfPair(level + 1) >= pixels) level++;
  return level;
}

export class Peaks {
  /** @param {string} recording */
  constructor(recording) {
    this.recording = recording;
    /** @type {Map<string, Promise<Int8Array>>} */
    this.tiles = new Map();
  }

  /**
   * @param {number} level
   * @param {number} tile
   * @returns {Promise<Int8Array>}
   */
  #tile(level, tile) {
    const key = `${level}/${tile}`;
    const found =
      this.tiles.get(key) ??
      bytesOf(`/api/recordings/${this.recording}/peaks/${key}`).then(
        (bytes) => new Int8Array(bytes ?? new ArrayBuffer(0)),
      );
    this.tiles.delete(key);
    this.tiles.set(key, found);
    found.catch(() => this.tiles.delete(key));
    for (const oldest of this.tiles.keys()) {
      if (this.tiles.size <= KEPT) break;
      this.tiles.delete(oldest);
    }
    return found;
  }

  /**
   * Pairs (min, max) of a stretch at a level, in one row.
   * @param {number} level
   * @param {number} from sample
   * @param {number} to sample
   * @returns {Promise<Int8Array>}
   */
  async pairs(level, from, to) {
    const size = samplesOfPair(level);
    const first = Math.floor(from / size);
    const last = Math.ceil(to / size);
    const row = new Int8Array(2 * Math.max(0, last - first));
    for (let tile = Math.floor(first / TILE); tile * TILE < last; tile++) {
      const held = await this.#tile(level, tile);
      const start = Math.max(first, tile * TILE);
      const end = Math.min(last, tile * TILE + held.length / 2);
      if (end > start)
        row.set(
          held.subarray(2 * (start - tile * TILE), 2 * (end - tile * TILE)),
          2 * (start - first),
        );
    }
    return row;
  }
}
