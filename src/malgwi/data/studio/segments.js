// What an edit makes of segments. Pure: each function returns what stands before and after.

/**
 * @typedef {"open" | "written" | "checked" | "aside"} State
 * @typedef {{id: string, start: number, end: number, text: string, person: string | null, state: State}} Segment
 * @typedef {{op: string, before: Segment[], after: Segment[]}} Edit
 */

/** 50 ms: below it a piece holds no speech that a model could learn. */
export const SHORTEST = 800;

/** An id that no segment has: 50 random bits. */
export function newId() {
  const letters = "abcdefghijklmnopqrstuvwxyz234567";
  return [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => letters[byte % 32]).join("");
}

/**
 * @param {Segment} segment
 * @param {string} text
 * @returns {Edit | null}
 */
export function accept(segment, text) {
  if (segment.state === "checked" && segment.text === text) return null;
  return { op: "accept", before: [segment], after: [{ ...segment, text, state: "checked" }] };
}

/**
 * @param {Segment} segment
 * @param {string} text
 * @returns {Edit | null}
 */
export function write(segment, text) {
  if (segment.text === text) return null;
  return { op: "text", before: [segment], after: [{ ...segment, text }] };
}

/**
 * Cut in two at a sample; the first part of the text stays with the first.
 * @param {Segment} segment
 * @param {number} at
 * @param {string} first
 * @param {string} second
 * @returns {Edit | null}
 */
export function split(segment, at, first, second) {
  const place = Math.round(at);
  if (place - segment.start < SHORTEST || segment.end - place < SHORTEST) return null;
  const state = segment.state === "checked" ? "open" : segment.state;
  return {
    op: "split",
    before: [segment],
    after: [
      { ...segment, id: newId(), end: place, text: first.trim(), state },
      { ...segment, id: newId(), start: place, text: second.trim(), state },
    ],
  };
}

/**
 * @param {Segment} segment
 * @param {Segment} next
 * @param {string} first what stands in the field for the first
 * @param {string} second what stands in the list for the second
 * @returns {Edit}
 */
export function join(segment, next, first, second) {
  const whole = [first.trim(), second.trim()].filter(Boolean).join(" ");
  const checked = segment.state === "checked" && next.state === "checked";
  return {
    op: "join",
    before: [segment, next],
    after: [
      {
        ...segment,
        id: newId(),
        end: Math.max(segment.end, next.end),
        text: whole,
        state: checked ? "checked" : segment.state === "aside" ? "aside" : "open",
      },
    ],
  };
}

/**
 * Move a border, not over the other one, a neighbour or the ends of the recording.
 * @param {Segment[]} segments in order
 * @param {number} index
 * @param {number} start
 * @param {number} end
 * @param {number} samples of the recording
 * @returns {Edit | null}
 */
export function borders(segments, index, start, end, samples) {
  const segment = segments[index];
  if (!segment) return null;
  const low = Math.min(segments[index - 1]?.end ?? 0, segment.start);
  const high = Math.max(segments[index + 1]?.start ?? samples, segment.end);
  const from = Math.max(low, Math.min(Math.round(start), segment.end - SHORTEST));
  const to = Math.min(high, Math.max(Math.round(end), from + SHORTEST));
  if (to > samples || (from === segment.start && to === segment.end)) return null;
  return { op: "borders", before: [segment], after: [{ ...segment, start: from, end: to }] };
}

/**
 * Set aside, or take back.
 * @param {Segment} segment
 * @returns {Edit}
 */
export function toggleAside(segment) {
  const back = segment.state === "aside";
  return {
    op: back ? "back" : "aside",
    before: [segment],
    after: [{ ...segment, state: back ? "open" : "aside" }],
  };
}

/**
 * @param {Segment} segment
 * @param {string | null} person
 * @returns {Edit | null}
 */
export function spokenBy(segment, person) {
  if (segment.person === person) return null;
  return { op: "person", before: [segment], after: [{ ...segment, person }] };
}

/**
 * A new one where there is none: five seconds at most, up to the next one.
 * @param {Segment[]} segments in order
 * @param {number} at
 * @param {number} samples of the recording
 * @returns {Edit | null}
 */
export function add(segments, at, samples) {
  const start = Math.round(at);
  if (segments.some((one) => one.start <= start && start < one.end)) return null;
  const next = segments.find((one) => one.start > start);
  const end = Math.min(next?.start ?? samples, start + 5 * 16000, samples);
  if (end - start < SHORTEST) return null;
  return {
    op: "split",
    before: [],
    after: [{ id: newId(), start, end, text: "", person: null, state: "open" }],
  };
}

/**
 * What stands after an edit, in order of start.
 * @param {Segment[]} segments
 * @param {Segment[]} before
 * @param {Segment[]} after
 * @returns {Segment[]}
 */
export function applied(segments, before, after) {
  const gone = new Set(before.map((one) => one.id));
  return [...segments.filter((one) => !gone.has(one.id)), ...after].sort(
    (one, other) => one.start - other.start || one.end - other.end,
  );
}

/**
 * Where to go on: the next that nobody has checked, from the beginning again at the end; -1 when
 * all is done.
 * @param {Segment[]} segments
 * @param {number} index
 */
export function nextUnchecked(segments, index) {
  for (let step = 1; step <= segments.length; step++) {
    const at = (index + step) % segments.length;
    const state = segments[at]?.state;
    if (state === "open" || state === "written") return at;
  }
  return -1;
}
