// People: codes instead of names, what each consented to, whose voice is held out, who leaves.

import { ask as request, get, post } from "./api.js";
import { button, el, labelled, select, show } from "./dom.js";
import { trouble, trying } from "./trouble.js";
import { duration, number, say } from "./words.js";

/** @typedef {import("./api.js").Person} Person */

/**
 * @param {HTMLElement} main
 * @returns {Promise<() => void>}
 */
export async function showPeople(main) {
  const draw = async () => {
    /** @type {Person[]} */
    const people = await get("/api/people");
    show(
      main,
      el("div", { class: "row heading" }, el("h1", {}, say("nav.people"))),
      el("p", { class: "soft" }, say("people.why")),
      el("ul", { class: "people" }, ...people.map((one) => row(one, draw))),
      adding(draw),
    );
  };
  await draw();
  return () => undefined;
}

/**
 * @param {string} key
 * @param {boolean | null} value
 * @param {(value: boolean | null) => void} changed
 */
function consent(key, value, changed) {
  const label = say(`people.${key}`);
  return labelled(
    label,
    select(
      label,
      [
        ["null", say("people.not_asked")],
        ["true", say("people.yes")],
        ["false", say("people.no")],
      ],
      String(value),
      (chosen) => changed(chosen === "null" ? null : chosen === "true"),
    ),
  );
}

/**
 * @param {Person} person
 * @param {() => Promise<void>} again
 */
function row(person, again) {
  const { code, name: named, train, share, held_out } = person;
  const now = { code, name: named, train, share, held_out };
  /** @type {Promise<unknown>} */
  let last = Promise.resolve();
  // One after the other, each with what was said before it; the row shows it already.
  const keep = (/** @type {Partial<Person>} */ change) => {
    Object.assign(now, change);
    const all = { ...now };
    last = last
      .then(() => post("/api/people", all))
      .catch((error) => {
        trouble(error);
        return trying(again);
      });
  };
  const name = el("input", { value: person.name, maxlength: 200 });
  name.addEventListener("change", () => keep({ name: name.value.trim() }));
  const held = el("input", { type: "checkbox", checked: person.held_out });
  held.addEventListener("change", () => keep({ held_out: held.checked }));
  return el(
    "li",
    { class: "card person" },
    el("h2", {}, person.code),
    labelled(say("people.name"), name),
    consent("train", person.train, (value) => keep({ train: value })),
    consent("share", person.share, (value) => keep({ share: value })),
    el("label", { class: "check" }, held, say("people.held_out")),
    el(
      "span",
      { class: "soft" },
      say("people.has", { n: number(person.recordings), time: duration(person.seconds) }),
    ),
    button(say("people.delete"), () => void leaving(person, again), {
      class: "quiet grave",
      "aria-label": `${say("people.delete")} ${person.code}`,
    }),
  );
}

/** @param {() => Promise<void>} again */
function adding(again) {
  const name = el("input", { maxlength: 200, id: "new-name" });
  const add = () =>
    trying(async () => {
      await post("/api/people", { name: name.value.trim(), train: null, share: null, held_out: false });
      await again();
      document.getElementById("new-name")?.focus();
    });
  name.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing && event.keyCode !== 229) void add();
  });
  return el(
    "section",
    { class: "card row form", "aria-label": say("people.add") },
    labelled(say("people.new_name"), name),
    el("p", { class: "soft spring" }, say("people.code_why")),
    button(say("people.add"), () => void add(), { class: "primary" }),
  );
}

/**
 * Deletes only when the code was typed; then says what is gone, and which bundles hold the voice.
 * @param {Person} person
 * @param {() => Promise<void>} again
 */
async function leaving(person, again) {
  /** @type {{removed: Record<string, string[]>, outside: string[], bundles: string[]} | undefined} */
  const would = await trying(() => get(`/api/people/${person.code}/removal`));
  if (!would) return;
  const typed = el("input", { autocomplete: "off" });
  const body = el("div", {}, el("p", {}, say("people.delete_why")), ...gone(would), labelled(say("people.delete_type", { code: person.code }), typed));
  const go = button(say("people.delete"), () => void done(), { class: "primary grave", disabled: true });
  typed.addEventListener("input", () => {
    go.disabled = typed.value.trim() !== person.code;
  });
  const dialog = el(
    "dialog",
    { "aria-labelledby": "leaving" },
    el("h2", { id: "leaving" }, say("people.delete_question", { code: person.code })),
    body,
    el("div", { class: "row end" }, button(say("cancel"), () => dialog.close()), go),
  );
  dialog.addEventListener("close", () => dialog.remove());
  const done = () =>
    trying(async () => {
      const left = await request("DELETE", `/api/people/${person.code}`, {
        confirm: typed.value.trim(),
      });
      await again();
      show(
        dialog,
        el("h2", { id: "leaving" }, say("people.deleted", { code: person.code })),
        ...gone(left),
        el("div", { class: "row end" }, button(say("close"), () => dialog.close(), { class: "primary" })),
      );
    });
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * What goes with a person, or went: how much in the project, what lies elsewhere.
 * @param {{removed: Record<string, string[]>, outside: string[], bundles: string[]}} removal
 */
function gone(removal) {
  const paths = (/** @type {string} */ heading, /** @type {string[]} */ all) =>
    all.length === 0
      ? []
      : [el("p", {}, heading), el("ul", {}, ...all.map((path) => el("li", { class: "path" }, path)))];
  return [
    el(
      "ul",
      {},
      ...["recordings", "media", "rounds"].map((what) =>
        el("li", {}, say(`people.removed.${what}`, { n: removal.removed[what]?.length ?? 0 })),
      ),
    ),
    ...paths(say("people.outside"), removal.outside),
    ...paths(say("people.bundles"), removal.bundles),
  ];
}
