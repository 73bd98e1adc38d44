// The recordings: whose, how much of each is done, what pre-flight found; and how to add more.

import { showAdd } from "./add.js";
import { ask as request, get, post } from "./api.js";
import { onChange } from "./changes.js";
import { clock } from "./clock.js";
import { exports } from "./desk_view.js";
import { ask, button, el, labelled, redraw, select } from "./dom.js";
import { pathField } from "./folders.js";
import { follow } from "./jobs.js";
import { showMerging } from "./merging.js";
import { trying } from "./trouble.js";
import { hasWords, number, percent, say } from "./words.js";

/** @typedef {import("./api.js").Recording} Recording */
/** @typedef {{recording: string, segment: string, start: number, doubt: number | null}} Open */
/** @typedef {{finding: string, severity: string, recording: string, segment: string | null, detail: string, values: Record<string, string>}} Finding */

const UNSURE = 8;

/**
 * @param {HTMLElement} main
 * @param {string[]} place `add` opens the sheet
 * @returns {Promise<() => void>}
 */
export async function showRecordings(main, place) {
  if (place[0] === "add") return showAdd(main);
  let sorted = "name";
  let filter = "";
  const job = el("div", {});
  let unfollow = () => {};
  const draw = async () => {
    /** @type {[Recording[], Finding[], import("./api.js").Person[], import("./api.js").Project, Open[]]} */
    const [recordings, findings, people, project, unwritten] = await Promise.all([
      get("/api/recordings"),
      get("/api/findings"),
      get("/api/people"),
      get("/api/project"),
      get("/api/open"),
    ]);
    const consent = new Map(people.map((one) => [one.code, one]));
    const order = {
      name: (/** @type {Recording} */ a, /** @type {Recording} */ b) => a.name.localeCompare(b.name, undefined, { numeric: true }),
      doubt: (/** @type {Recording} */ a, /** @type {Recording} */ b) => (b.doubt ?? -1) - (a.doubt ?? -1),
      left: (/** @type {Recording} */ a, /** @type {Recording} */ b) => left(b) - left(a),
    };
    recordings.sort(order[/** @type {keyof typeof order} */ (sorted)]);
    const round = project.rounds.filter((one) => one.bundle).at(-1)?.number ?? 0;
    const open = recordings.filter((one) => (one.states.open ?? 0) > 0).map((one) => one.id);
    const start = () =>
      trying(async () => {
        const made = await post("/api/jobs", { kind: "draft", round, recordings: open });
        unfollow();
        unfollow = follow(job, made.job, () => void trying(draw));
      });
    redraw(
      main,
      el(
        "div",
        { class: "row heading" },
        el("h1", {}, say("nav.recordings")),
        el("span", { class: "spring" }),
        el("a", { class: "button", href: "#prompts" }, say("prompts.open")),
        el("a", { class: "button primary", href: "#recordings/add" }, say("recordings.add")),
      ),
      job,
      recordings.length === 0
        ? el("p", { class: "empty" }, say("recordings.empty"))
        : el(
            "div",
            { class: "row tools" },
            select(
              say("recordings.order"),
              [
                ["name", say("recordings.order.name")],
                ["left", say("recordings.order.left")],
                ["doubt", say("recordings.order.doubt")],
              ],
              sorted,
              (value) => {
                sorted = value;
                void trying(draw);
              },
            ),
            open.length > 0 && button(drafter(round, "recordings.draft"), start),
          ),
      el(
        "ul",
        { class: "recordings" },
        ...recordings.map((one) => row(one, consent, draw)),
        ...Object.entries(project.damaged ?? {}).map(([id, why]) =>
          el("li", { class: "card error" }, `${id} `, el("span", { lang: "en" }, why)),
        ),
      ),
      doubted(unwritten, recordings),
      found(findings, recordings, filter, (kind) => {
        filter = kind;
        void trying(draw);
      }),
    );
  };
  await draw();
  const unlisten = onChange(() => {
    if (!main.querySelector("details[open], select:focus, input:focus")) void trying(draw);
  });
  return () => {
    unlisten();
    unfollow();
  };
}

/**
 * @param {number} round
 * @param {string} key
 */
export function drafter(round, key) {
  return round === 0 ? say(`${key}.starter`) : say(key, { n: round });
}

/** @param {Recording} recording */
function left(recording) {
  return (recording.states.open ?? 0) + (recording.states.written ?? 0);
}

/**
 * @param {Recording} recording
 * @param {Map<string, import("./api.js").Person>} consent
 * @param {() => Promise<void>} again
 */
function row(recording, consent, again) {
  const person = recording.person === null ? undefined : consent.get(recording.person);
  const all = Object.entries(recording.states).reduce((sum, [state, n]) => (state === "aside" ? sum : sum + n), 0);
  const checked = recording.states.checked ?? 0;
  const bar = el("span", { class: "bar-ground", "aria-hidden": "true" });
  for (const state of ["checked", "written", "open"]) {
    const part = el("span", { class: `bar ${state}` });
    part.style.width = `${(100 * (recording.states[state] ?? 0)) / Math.max(1, all)}%`;
    bar.append(part);
  }
  const remove = async () => {
    const sure = await ask(
      say("recordings.remove_question", { name: recording.name }),
      el("p", {}, say("recordings.remove_why")),
      say("recordings.remove"),
      say("cancel"),
      true,
    );
    if (sure) await trying(() => request("DELETE", `/api/recordings/${recording.id}`));
    await again();
  };
  return el(
    "li",
    { class: "card recording", "data-key": recording.id },
    el(
      "div",
      { class: "about" },
      el("a", { href: `#desk/${recording.id}` }, recording.name),
      el(
        "span",
        { class: "soft" },
        [
          clock(recording.samples, 0),
          recording.person ?? say("recordings.nobody"),
          person ? trains(person) : "",
        ]
          .filter(Boolean)
          .join(" · "),
      ),
      recording.missing && el("span", { class: "error" }, say("recordings.missing")),
      recording.outside && el("span", { class: "error" }, say("recordings.outside")),
      (recording.missing || recording.outside) && findAgain(recording, again),
      recording.changed &&
        el(
          "span",
          { class: "row warning" },
          say("recordings.changed"),
          button(say("recordings.look"), () => void showMerging(recording, again)),
        ),
    ),
    el(
      "div",
      { class: "share" },
      bar,
      el(
        "span",
        { class: "soft" },
        say("recordings.checked", { n: checked, of: all }),
        recording.doubt !== null && recording.doubt !== undefined
          ? ` · ${say("recordings.doubt", { share: percent(recording.doubt) })}`
          : "",
      ),
    ),
    el(
      "details",
      { class: "menu" },
      el("summary", { class: "button quiet", "aria-label": say("recordings.more", { name: recording.name }) }, "⋯"),
      el(
        "div",
        { class: "menu-body" },
        labelled(
          say("recordings.person"),
          select(
            say("recordings.person"),
            [
              ["", say("recordings.nobody")],
              ...[...consent.values()].map(
                (one) => /** @type {[string, string]} */ ([one.code, `${one.code} ${one.name}`.trim()]),
              ),
            ],
            recording.person ?? "",
            (code) =>
              void trying(async () => {
                await post(`/api/recordings/${recording.id}`, { person: code || null });
                await again();
              }),
          ),
        ),
        ...exports(recording.id),
        button(say("recordings.remove"), () => void remove(), { class: "grave quiet" }),
      ),
    ),
  );
}

/**
 * Where the file of a recording is now; the server takes it only if it is the same.
 * @param {Recording} recording
 * @param {() => Promise<void>} again
 */
function findAgain(recording, again) {
  const file = pathField(say("use.path"), "file", recording.media);
  return el(
    "span",
    { class: "row" },
    file.element,
    button(say("recordings.find"), () =>
      trying(async () => {
        await post(`/api/recordings/${recording.id}/media`, { path: file.path() });
        await again();
      }),
    ),
  );
}

/** @param {import("./api.js").Person} person */
function trains(person) {
  if (person.held_out) return say("people.held_out");
  if (person.train === false) return say("people.no_train");
  return person.train === null ? say("people.not_asked") : "";
}

/**
 * What nobody has written yet, first where the model is least sure.
 * @param {Open[]} all
 * @param {Recording[]} recordings
 */
function doubted(all, recordings) {
  const unsure = all.filter((one) => one.doubt !== null).slice(0, UNSURE);
  if (!unsure.length) return null;
  const names = new Map(recordings.map((one) => [one.id, one.name]));
  return el(
    "section",
    { class: "findings" },
    el("h2", {}, say("recordings.unsure")),
    el(
      "ul",
      {},
      ...unsure.map((one) =>
        el(
          "li",
          {},
          el("a", { href: `#desk/${one.recording}/${one.segment}` }, names.get(one.recording) ?? one.recording),
          el(
            "span",
            { class: "soft" },
            ` ${clock(one.start)} · ${say("recordings.doubt", { share: percent(one.doubt ?? 0) })}`,
          ),
        ),
      ),
    ),
  );
}

/** @param {Finding} one */
function detail(one) {
  const key = `finding.${one.finding}.detail`;
  if (!hasWords(key)) return el("span", { class: "soft", lang: "en" }, one.detail);
  const values = Object.fromEntries(Object.entries(one.values).map(([name, text]) => [name, text || "–"]));
  return el("span", { class: "soft" }, say(key, values));
}

/**
 * What pre-flight found in the last round, one kind at a time.
 * @param {Finding[]} findings
 * @param {Recording[]} recordings
 * @param {string} chosen
 * @param {(kind: string) => void} choose
 */
function found(findings, recordings, chosen, choose) {
  if (!findings.length) return null;
  const names = new Map(recordings.map((one) => [one.id, one.name]));
  /** @type {Map<string, Finding[]>} */
  const kinds = new Map();
  for (const one of findings) kinds.set(one.finding, [...(kinds.get(one.finding) ?? []), one]);
  const shown = kinds.get(chosen) ?? [];
  const called = (/** @type {string} */ kind) => (hasWords(`finding.${kind}`) ? say(`finding.${kind}`) : kind);
  return el(
    "section",
    { class: "findings" },
    el("h2", {}, say("recordings.findings")),
    el(
      "div",
      { class: "row tools" },
      ...[...kinds].map(([kind, all]) =>
        button(`${called(kind)} ${number(all.length)}`, () => choose(kind === chosen ? "" : kind), {
          class: `filter ${all[0]?.severity ?? "note"}`,
          "aria-pressed": String(kind === chosen),
        }),
      ),
    ),
    el(
      "ul",
      {},
      ...shown
        .slice(0, 200)
        .map((one) =>
          el(
            "li",
            {},
            el(
              "a",
              { href: `#desk/${one.recording}${one.segment ? `/${one.segment}` : ""}` },
              names.get(one.recording) ?? one.recording,
            ),
            " ",
            detail(one),
          ),
        ),
    ),
  );
}
