// Which word of a text is which word of the draft. Pure.

/** @typedef {{text: string, start: number, end: number, confidence: number}} Word */
/** @typedef {{text: string, from: number, to: number, draft: number | null}} Token from, to: characters; draft: its word */

/** Below it a word is marked as doubtful: of calibrated ones more than one in five is wrong. */
const DOUBT = 0.8;

/** @param {string} text */
function bare(text) {
  return text.normalize("NFC").toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}

/**
 * The words of a text, each with the word of the draft that it stands for. Equal words cost nothing,
 * other pairs 1, a word alone 1: the least edit distance; ties prefer pairs.
 * @param {string} text
 * @param {Word[]} draft
 * @returns {Token[]}
 */
export function align(text, draft) {
  const tokens = [...text.matchAll(/\S+/g)].map((match) => ({
    text: match[0],
    from: match.index,
    to: match.index + match[0].length,
    draft: /** @type {number | null} */ (null),
  }));
  const rows = tokens.length;
  const columns = draft.length;
  const left = tokens.map((token) => bare(token.text));
  const right = draft.map((word) => bare(word.text));
  const cost = Array.from({ length: rows + 1 }, (_, row) => {
    const line = new Uint32Array(columns + 1);
    line[0] = row;
    return line;
  });
  const at = (/** @type {number} */ row, /** @type {number} */ column) =>
    /** @type {Uint32Array} */ (cost[row])[column] ?? 0;
  const change = (/** @type {number} */ row, /** @type {number} */ column) =>
    left[row - 1] === right[column - 1] ? 0 : 1;
  for (let column = 1; column <= columns; column++)
    /** @type {Uint32Array} */ (cost[0])[column] = column;
  for (let row = 1; row <= rows; row++)
    for (let column = 1; column <= columns; column++)
      /** @type {Uint32Array} */ (cost[row])[column] = Math.min(
        at(row - 1, column - 1) + change(row, column),
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
      );
  let row = rows;
  let column = columns;
  while (row > 0 && column > 0) {
    if (at(row, column) === at(row - 1, column - 1) + change(row, column)) {
      row--;
      column--;
      const token = tokens[row];
      if (token) token.draft = column;
    } else if (at(row, column) === at(row - 1, column) + 1) row--;
    else column--;
  }
  return tokens;
}

/**
 * Whether a token is the draft's own word and the model wasn't sure of it.
 * @param {Token} token
 * @param {Word[]} draft
 */
export function doubtful(token, draft) {
  const word = token.draft === null ? undefined : draft[token.draft];
  return word !== undefined && word.confidence < DOUBT && bare(word.text) === bare(token.text);
}

/**
 * Where the word at a character is heard: its word of the draft, else as its neighbours or, without
 * a draft, the place in the text let one guess.
 * @param {Token[]} tokens
 * @param {Word[]} draft
 * @param {number} character
 * @param {{start: number, end: number}} segment
 * @returns {{start: number, end: number}}
 */
export function heardAt(tokens, draft, character, segment) {
  let index = tokens.findIndex((token) => character <= token.to);
  if (index < 0) index = tokens.length - 1;
  const here = tokens[index];
  if (!here) return { start: segment.start, end: segment.end };
  const word = here.draft === null ? undefined : draft[here.draft];
  if (word) return { start: word.start, end: word.end };
  const before = tokens.slice(0, index).findLast((token) => token.draft !== null);
  const after = tokens.slice(index + 1).find((token) => token.draft !== null);
  const known = (/** @type {Token | undefined} */ token) =>
    token?.draft === null || token === undefined ? undefined : draft[token.draft];
  const from = { character: before?.to ?? 0, sample: known(before)?.end ?? segment.start };
  const to = {
    character: after?.from ?? tokens.at(-1)?.to ?? 1,
    sample: known(after)?.start ?? segment.end,
  };
  const place = (/** @type {number} */ position) =>
    from.sample +
    ((to.sample - from.sample) * (position - from.character)) /
      Math.max(1, to.character - from.character);
  return { start: Math.round(place(here.from)), end: Math.round(place(here.to)) };
}

/**
 * The words of the draft whose middle lies in a segment.
 * @param {Word[]} words
 * @param {{start: number, end: number}} segment
 */
export function within(words, segment) {
  return words.filter((word) => {
    const middle = (word.start + word.end) / 2;
    return segment.start <= middle && middle < segment.end;
  });
}
