// The server, asked. Errors keep their code, so that the page can head them in its language.

/** @typedef {import("./segments.js").Segment} Segment */
/** @typedef {import("./align.js").Word} Word */
/** @typedef {{id: string, name: string, samples: number, person: string | null, media: string, outside: boolean, missing: boolean, changed: boolean, rev: number, segments: number, states: Record<string, number>, seconds: {in: number, written: number, checked: number}, doubt: number | null}} Recording */
/** @typedef {{number: number, state: "training" | "stopped" | "done" | "failed", made: string, clips: number, seconds: number, wer: number | null, cer: number | null, measure?: string | null, bundle: string | null, bytes: number | null}} Round */
/** @typedef {{stage: string, done: number, total: number, unit: string, seconds_left: number | null, loss?: number | null, wer?: number | null, step?: number | null}} Status */
/** @typedef {{id: string, kind: string, options: Record<string, unknown>, step: string | null, texts?: {file: string, text: string, files: string[]}[], state: "running" | "done" | "failed" | "stopped" | "lost", status: Status | null, stages: string[], error: string | null, log: string, began: string, ended: string | null}} Job */
/** @typedef {{name: string, language: string | null, folder: string, demo: boolean, rev: number, seconds: {in: number, written: number, checked: number}, recordings: number, damaged?: Record<string, string>, people: number, rounds: Round[], next: {key: string, values: Record<string, string | number>}, jobs: Job[]}} Project */
/** @typedef {{code: string, name: string, train: boolean | null, share: boolean | null, held_out: boolean, recordings: number, seconds: number}} Person */

/**
 * The error rate that counts: of letters where words are no good measure.
 * @param {Round} round
 */
export function rate(round) {
  return round.measure === "CER" ? round.cer : round.wer;
}

export class ApiError extends Error {
  /**
   * @param {number} status 0: the server wasn't reached
   * @param {string} line
   * @param {string} code
   * @param {any} body
   */
  constructor(status, line, code, body) {
    super(line);
    this.status = status;
    this.code = code;
    this.body = body;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body] JSON, or bytes as they are
 * @returns {Promise<any>}
 */
export async function ask(method, path, body) {
  /** @type {RequestInit} */
  const request = { method, credentials: "same-origin" };
  if (body instanceof Blob || ArrayBuffer.isView(body)) request.body = /** @type {BodyInit} */ (body);
  else if (body !== undefined) {
    request.body = JSON.stringify(body);
    request.headers = { "Content-Type": "application/json" };
  }
  let answer;
  try {
    answer = await fetch(path, request);
  } catch (error) {
    throw new ApiError(0, String(error), "offline", null);
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  throw await failure(answer);
}

/** @param {Response} answer */
async function failure(answer) {
  const text = await answer.text();
  let body = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Not the API's own: the line is what came.
  }
  return new ApiError(
    answer.status,
    body?.error ?? text.slice(0, 300),
    body?.code ?? `http${answer.status}`,
    body,
  );
}

/** @param {string} path */
export function get(path) {
  return ask("GET", path);
}

/**
 * @param {string} path
 * @param {unknown} body
 */
export function post(path, body) {
  return ask("POST", path, body);
}

/**
 * Bytes of the server; null where there are none (404).
 * @param {string} path
 * @returns {Promise<ArrayBuffer | null>}
 */
export async function bytesOf(path) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin" });
  } catch (error) {
    throw new ApiError(0, String(error), "offline", null);
  }
  if (answer.status === 404) return null;
  if (!answer.ok) throw await failure(answer);
  return answer.arrayBuffer();
}

/**
 * Send a file and say how much of it has gone. `fetch` can't say it.
 * @param {File} file
 * @param {string} folder of the project's media, to put it in
 * @param {(share: number) => void} progress
 * @returns {Promise<{path: string, bytes: number}>}
 */
export function upload(file, folder, progress) {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    const path = `${folder}/${file.name}`.split("/").map(encodeURIComponent).join("/");
    request.open("PUT", `/api/media/${path}`);
    request.upload.onprogress = (event) => progress(event.loaded / Math.max(1, event.total));
    request.onerror = () => failed(new ApiError(0, file.name, "offline", null));
    request.onload = () => {
      let body = null;
      try {
        body = JSON.parse(request.responseText);
      } catch {
        // Said below.
      }
      if (request.status < 300 && body) done(body);
      else
        failed(
          new ApiError(
            request.status,
            body?.error ?? request.responseText.slice(0, 300),
            body?.code ?? `http${request.status}`,
            body,
          ),
        );
    };
    request.send(file);
  });
}
