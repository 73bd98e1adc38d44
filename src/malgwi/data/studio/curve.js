// The learning curve: loss of each step, error rate at each validation.

import { svg } from "./dom.js";
import { number, percent, say } from "./words.js";

/** @typedef {Record<string, number | null>} Metrics */
/** @typedef {{x: number, y: number}} Point */

const HEIGHT = 220;
const LEFT = 48;
const RIGHT = 48;
const TOP = 14;
const BOTTOM = 26;
const SHOWN = 300;

/**
 * The points of one measure; a row without it has none.
 * @param {Metrics[]} rows
 * @param {string} key
 * @returns {Point[]}
 */
export function points(rows, key) {
  return rows.flatMap((row) => {
    const x = row.step;
    const y = row[key];
    return typeof x === "number" && typeof y === "number" && Number.isFinite(y) ? [{ x, y }] : [];
  });
}

/**
 * At most so many points: means of neighbours, which a noisy loss needs anyway.
 * @param {Point[]} all
 * @param {number} most
 * @returns {Point[]}
 */
export function thinned(all, most) {
  const each = Math.ceil(all.length / most);
  if (each <= 1) return all;
  /** @type {Point[]} */
  const kept = [];
  for (let from = 0; from < all.length; from += each) {
    const group = all.slice(from, from + each);
    kept.push({
      x: group.reduce((sum, one) => sum + one.x, 0) / group.length,
      y: group.reduce((sum, one) => sum + one.y, 0) / group.length,
    });
  }
  return kept;
}

/**
 * The last step that there is something of.
 * @param {Metrics[]} rows
 */
export function lastStep(rows) {
  return Math.max(0, ...rows.map((row) => row.step ?? 0));
}

/**
 * @param {Metrics[]} rows
 * @param {number} width in pixels
 */
export function curve(rows, width) {
  const loss = thinned(points(rows, "loss"), SHOWN);
  const wer = points(rows, "wer");
  const steps = Math.max(1, lastStep(rows));
  const worst = Math.max(0.01, ...loss.map((one) => one.y));
  const most = Math.max(0.1, ...wer.map((one) => one.y));
  const x = (/** @type {number} */ step) => LEFT + ((width - LEFT - RIGHT) * step) / steps;
  const y = (/** @type {number} */ share) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - share);
  const line = (/** @type {Point[]} */ all, /** @type {number} */ top) =>
    all.map((one) => `${x(one.x).toFixed(1)},${y(Math.min(1, one.y / top)).toFixed(1)}`).join(" ");
  const last = wer.at(-1);
  const drawing = svg("svg", {
    viewBox: `0 0 ${width} ${HEIGHT}`,
    class: "curve",
    role: "img",
    "aria-label": last
      ? say("curve.label", { wer: percent(last.y, 1), step: number(last.x) })
      : say("curve.empty"),
  });
  for (const share of [0, 0.5, 1]) {
    drawing.append(
      svg("line", { x1: LEFT, x2: width - RIGHT, y1: y(share), y2: y(share), class: "grid" }),
      svg("text", { x: LEFT - 8, y: y(share) + 4, "text-anchor": "end", class: "wer" }, percent(most * share)),
      svg("text", { x: width - RIGHT + 8, y: y(share) + 4, class: "loss" }, number(worst * share, 1)),
    );
  }
  drawing.append(
    svg("text", { x: LEFT, y: HEIGHT - 6, class: "wer" }, say("curve.wer")),
    svg("text", { x: width - RIGHT, y: HEIGHT - 6, "text-anchor": "end", class: "loss" }, say("curve.loss")),
    svg("polyline", { points: line(loss, worst), class: "loss" }),
    svg("polyline", { points: line(wer, most), class: "wer" }),
    ...wer.map((one) => svg("circle", { cx: x(one.x), cy: y(Math.min(1, one.y / most)), r: 3.5, class: "wer" })),
  );
  return drawing;
}
