// Adding: files dropped here, or files and folders of this machine; which tiers, whose voice.

import { get, post, upload } from "./api.js";
import { announce, button, el, labelled, select, show } from "./dom.js";
import { dropped } from "./dropped.js";
import { Folders } from "./folders.js";
import { follow } from "./jobs.js";
import { newId } from "./segments.js";
import { trouble, trying } from "./trouble.js";
import { bytes, number, percent, say } from "./words.js";

/** @typedef {{name: string, type: string | null, participants: string[], annotations: number, usable: number, minutes: number, samples: string[]}} Tier */
/** @typedef {{tiers: Tier[], pairs: {annotations: string, recording: string | null, why_not: string | null}[], problems?: {where: string, what: string}[], unreadable?: Record<string, string>}} Tiers */

/**
 * @param {HTMLElement} main
 * @returns {Promise<() => void>}
 */
export async function showAdd(main) {
  const [project, people] = await Promise.all([get("/api/project"), get("/api/people")]);
  const sheet = new Sheet(main, project.folder, people);
  await sheet.folders.open(null);
  return () => sheet.unfollow();
}

class Sheet {
  /**
   * @param {HTMLElement} main
   * @param {string} folder
   * @param {import("./api.js").Person[]} people
   */
  constructor(main, folder, people) {
    this.folder = folder;
    /** @type {Set<string>} */
    this.chosen = new Set();
    /** @type {Set<string>} */
    this.tiers = new Set();
    this.unfollow = () => {};
    this.asked = 0;
    this.browser = el("section", { class: "card", "aria-label": say("add.folders") });
    this.folders = new Folders(
      this.browser,
      (at) =>
        at.recordings.length + at.annotations.length + at.folders.length > 0 &&
        button(say("add.whole"), () => this.#choose(at.path, true)),
      (path, name) => {
        const box = el("input", { type: "checkbox", checked: this.chosen.has(path) });
        box.addEventListener("change", () => this.#choose(path, box.checked));
        return el("label", { class: "name" }, box, name);
      },
    );
    this.uploads = el("ul", { class: "uploads" });
    this.list = el("div", {});
    this.preview = el("div", { "aria-live": "polite" });
    this.job = el("div", {});
    this.person = select(
      say("add.person"),
      [["", say("add.nobody")], ...people.map((one) => /** @type {[string, string]} */ ([one.code, `${one.code} ${one.name}`.trim()]))],
      "",
    );
    this.adding = button(say("add.do"), () => void trying(() => this.#add()), { class: "primary", disabled: true });
    const files = el("input", { type: "file", multiple: true, class: "unseen", id: "files" });
    files.addEventListener("change", () => void this.#take([...(files.files ?? [])]));
    const drop = el(
      "section",
      { class: "card drop", "aria-label": say("add.drop") },
      el("p", {}, say("add.drop")),
      files,
      el("label", { class: "button", for: "files" }, say("add.pick")),
      el("p", { class: "soft" }, say("add.copied")),
      this.uploads,
    );
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      const transfer = event.dataTransfer;
      if (transfer) void trying(() => this.#dropped(dropped(transfer, this.folders.endings)));
    });
    show(
      main,
      el(
        "div",
        { class: "row heading" },
        el("h1", {}, say("recordings.add")),
        el("span", { class: "spring" }),
        el("a", { class: "button quiet", href: "#recordings" }, say("back")),
      ),
      el("div", { class: "two" }, this.browser, drop),
      el(
        "section",
        { class: "card", "aria-label": say("add.chosen") },
        el("h2", {}, say("add.chosen")),
        this.list,
        this.preview,
        el("div", { class: "row tools" }, labelled(say("add.person"), this.person), el("span", { class: "spring" }), this.adding),
        this.job,
      ),
    );
    this.#listed();
  }

  /**
   * @param {string} path
   * @param {boolean} on
   */
  #choose(path, on) {
    if (on) this.chosen.add(path);
    else this.chosen.delete(path);
    this.#listed();
    void trying(() => this.#look());
  }

  #listed() {
    this.adding.disabled = this.chosen.size === 0;
    show(
      this.list,
      this.chosen.size === 0
        ? el("p", { class: "soft" }, say("add.none"))
        : el(
            "ul",
            { class: "chosen" },
            ...[...this.chosen].map((path) =>
              el(
                "li",
                {},
                el("span", { class: "path" }, path),
                button("×", () => this.#choose(path, false), {
                  class: "quiet",
                  "aria-label": say("add.leave_out", { name: path }),
                }),
              ),
            ),
          ),
    );
  }

  /** What `malgwi tiers` says of the chosen files. */
  async #look() {
    const ticket = ++this.asked;
    if (this.chosen.size === 0) {
      show(this.preview);
      return;
    }
    /** @type {Tiers} */
    const found = await post("/api/tiers", { paths: [...this.chosen] });
    if (ticket !== this.asked) return;
    const alone = found.pairs.filter((pair) => pair.recording === null);
    show(
      this.preview,
      found.tiers.length > 0 && el("h3", {}, say("add.tiers")),
      found.tiers.length > 0 && el("p", { class: "soft" }, say("add.tiers_why")),
      found.tiers.length > 0 &&
        el(
          "ul",
          { class: "tiers" },
          ...found.tiers.map((tier) => {
            const box = el("input", { type: "checkbox", checked: this.tiers.has(tier.name) });
            box.addEventListener("change", () => {
              if (box.checked) this.tiers.add(tier.name);
              else this.tiers.delete(tier.name);
            });
            return el(
              "li",
              {},
              el(
                "label",
                { class: "check" },
                box,
                el("b", {}, tier.name),
                el(
                  "span",
                  { class: "soft" },
                  say("add.tier", { n: tier.usable, minutes: number(tier.minutes, 1) }),
                  tier.participants.length ? ` · ${tier.participants.join(", ")}` : "",
                ),
              ),
              el("p", { class: "quote" }, tier.samples.slice(0, 3).join(" / ")),
            );
          }),
        ),
      alone.length > 0 && el("h3", { class: "warning" }, say("add.unpaired")),
      el(
        "ul",
        {},
        ...alone.map((pair) =>
          el("li", {}, pair.annotations, " ", el("span", { class: "soft", lang: "en" }, pair.why_not)),
        ),
        ...Object.entries(found.unreadable ?? {}).map(([name, why]) =>
          el("li", { class: "error" }, name, " ", el("span", { lang: "en" }, why)),
        ),
      ),
    );
  }

  /** @param {ReturnType<typeof dropped>} what */
  async #dropped(what) {
    const { files, folders } = await what;
    await this.#take(files);
    for (const folder of folders) {
      const size = folder.files.reduce((sum, one) => sum + one.file.size, 0);
      const much = say("add.folder", { n: folder.files.length, size: bytes(size) });
      this.uploads.append(el("li", {}, el("b", { class: "path" }, `${folder.name}/`), " ", much));
      const place = placeFor(folder.name);
      let some = false;
      for (const one of folder.files) some = (await this.#copy(one.file, place + one.within)) !== null || some;
      if (some) this.#choose(`${this.folder}/media/${place}`, true);
    }
  }

  /** @param {File[]} files that came together */
  async #take(files) {
    const place = placeFor("files");
    for (const file of files) {
      const path = await this.#copy(file, place);
      if (path !== null) this.#choose(`${this.folder}/${path}`, true);
    }
  }

  /**
   * @param {File} file
   * @param {string} place a folder of the project's media
   * @returns {Promise<string | null>} its path in the project; null where that failed
   */
  async #copy(file, place) {
    const far = el("output", {}, percent(0));
    const line = el("li", {}, el("span", { class: "path" }, file.name), " ", bytes(file.size), " ", far);
    this.uploads.append(line);
    try {
      const kept = await upload(file, place, (share) => {
        far.textContent = percent(share);
      });
      far.textContent = say("add.copied_now");
      announce(`${file.name} ${say("add.copied_now")}`);
      return kept.path;
    } catch (error) {
      line.remove();
      trouble(error);
      return null;
    }
  }

  async #add() {
    this.adding.disabled = true;
    const { job } = await post("/api/recordings", {
      paths: [...this.chosen],
      tiers: [...this.tiers],
      ...(this.person.value ? { person: this.person.value } : {}),
    });
    this.unfollow();
    this.unfollow = follow(this.job, job, (ended) => {
      if (ended.state === "done") location.hash = "#recordings";
      this.#listed();
    });
  }
}

/**
 * A folder of the project's media for what comes together. There it keeps its names, by which
 * annotations know their recording; beside what came before they might mean another's.
 * @param {string} name
 */
function placeFor(name) {
  return `${name}-${newId().slice(0, 6)}`;
}
