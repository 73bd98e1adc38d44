// The project: how much there is, how good it got, what to do next.

import { get, post, rate } from "./api.js";
import { onChange } from "./changes.js";
import { el, redraw, svg } from "./dom.js";
import { progressOf } from "./jobs.js";
import { trying } from "./trouble.js";
import { duration, number, percent, say } from "./words.js";

/** @typedef {import("./api.js").Project} Project */

const WHERE = { add: "#recordings/add", write: "#desk", train: "#rounds", check: "#desk", use: "#use" };
const LANGUAGES = ["ko", "en", "de", "fr", "es", "it", "ja", "zh", "ru", "vi", "th", "id", "tr", "pl", "nl"];

/**
 * @param {HTMLElement} main
 * @returns {Promise<() => void>}
 */
export async function showProject(main) {
  const draw = async () => {
    /** @type {Project} */
    const project = await get("/api/project");
    // Not under the hands of somebody who types or chooses.
    if (main.querySelector("input:focus, select:focus")) return;
    redraw(main, named(project), next(project), ...running(project), figures(project), rates(project));
  };
  await draw();
  return onChange(() => void trying(draw));
}

/** @param {Project} project */
function named(project) {
  const name = el("input", {
    class: "title",
    value: project.name,
    "aria-label": say("project.name"),
    maxlength: 200,
  });
  name.addEventListener("change", () =>
    trying(() => post("/api/project", { name: name.value.trim() || project.name })),
  );
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  const language = el("select", { "aria-label": say("project.language") });
  const codes = project.language && !LANGUAGES.includes(project.language) ? [project.language, ...LANGUAGES] : LANGUAGES;
  for (const code of codes)
    language.append(
      el("option", { value: code, selected: code === project.language }, names.of(code) ?? code),
    );
  if (!project.language)
    language.prepend(el("option", { value: "", selected: true }, say("project.no_language")));
  language.addEventListener("change", () =>
    trying(() => post("/api/project", { language: language.value })),
  );
  return el(
    "div",
    { class: "heading" },
    el("h1", { class: "unseen" }, project.name),
    name,
    el("p", { class: "soft row" }, language, el("span", { class: "path" }, project.folder)),
  );
}

/** @param {Project} project */
function next(project) {
  const key = /** @type {keyof typeof WHERE} */ (project.next.key);
  const { recording, segment, seconds } = project.next.values;
  const values = { ...project.next.values, time: duration(Number(seconds ?? 0)) };
  const where = key === "write" || key === "check" ? [WHERE[key], recording, segment] : [WHERE[key]];
  return el(
    "section",
    { class: "card next", "aria-label": say("project.next") },
    el(
      "div",
      {},
      el("h2", {}, say(`next.${key}`)),
      el("p", {}, say(`next.${key}.why`, values)),
    ),
    el("a", { class: "button primary", href: where.filter(Boolean).join("/") }, say(`next.${key}.do`)),
  );
}

/** @param {Project} project */
function running(project) {
  return project.jobs
    .filter((job) => job.state === "running")
    .map((job) => el("section", { class: "card" }, progressOf(job)));
}

/** @param {Project} project */
function figures(project) {
  const { seconds } = project;
  const share = (/** @type {number} */ part) => Math.min(1, part / Math.max(1, seconds.in));
  const bar = (/** @type {string} */ kind, /** @type {number} */ part) => {
    const made = el("span", { class: `bar ${kind}` });
    made.style.width = `${100 * share(part)}%`;
    return el("span", { class: "bar-ground" }, made);
  };
  return el(
    "section",
    { class: "figures", "aria-label": say("project.figures") },
    ...[
      { key: "in", value: seconds.in, note: say("project.recordings", { n: project.recordings, people: project.people }) },
      { key: "written", value: seconds.written, note: percent(share(seconds.written)) },
      { key: "checked", value: seconds.checked, note: percent(share(seconds.checked)) },
    ].map(({ key, value, note }) =>
      el(
        "div",
        { class: "figure" },
        el("span", {}, say(`project.seconds.${key}`)),
        el("b", {}, duration(value)),
        bar(key, value),
        el("small", {}, note),
      ),
    ),
  );
}

/** @param {Project} project */
function rates(project) {
  const rounds = project.rounds.filter((one) => rate(one) !== null);
  if (!rounds.length) return el("p", { class: "soft" }, say("project.no_rounds"));
  const heading = say(rounds.at(-1)?.measure === "CER" ? "project.rates.letters" : "project.rates");
  const width = 100 * rounds.length;
  const top = Math.max(...rounds.map((one) => rate(one) ?? 0), 0.01);
  const drawing = svg(
    "svg",
    { viewBox: `0 -8 ${width} 138`, role: "img", "aria-label": heading, class: "columns" },
    ...rounds.flatMap((one, place) => {
      const height = (90 * (rate(one) ?? 0)) / top;
      const text = { x: 100 * place + 50, "text-anchor": "middle" };
      return [
        svg("rect", { x: 100 * place + 26, y: 104 - height, width: 48, height: Math.max(1, height), rx: 4 }),
        svg("text", { ...text, y: 98 - height, class: "value" }, percent(rate(one) ?? 0, 1)),
        svg("text", { ...text, y: 122 }, say("round", { n: one.number })),
      ];
    }),
  );
  drawing.setAttribute("width", String(Math.min(width, 900)));
  return el(
    "section",
    { class: "card" },
    el("h2", {}, heading),
    el("p", { class: "soft" }, say("project.rates.why", { clips: number(rounds.at(-1)?.clips ?? 0) })),
    drawing,
  );
}
