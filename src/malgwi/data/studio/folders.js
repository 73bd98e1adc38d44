// Folders of this machine, walked by names: one choice in a dialog, or a list to tick in.

import { get } from "./api.js";
import { button, el, show } from "./dom.js";
import { trying } from "./trouble.js";
import { say } from "./words.js";

/** @typedef {{path: string, parent: string | null, folders: string[], recordings: string[], annotations: string[], apps: string[], endings: string[]}} Folder */
/** @typedef {"file" | "app" | "folder"} Kind */

const SHOWN = 400;

export class Folders {
  /**
   * @param {HTMLElement} place
   * @param {(folder: Folder) => import("./dom.js").Child} tool a button for the folder as a whole
   * @param {(path: string, name: string) => HTMLElement} row of a file
   * @param {(folder: Folder) => string[]} [files] those that are meant
   */
  constructor(place, tool, row, files = (folder) => [...folder.recordings, ...folder.annotations]) {
    this.files = files;
    /** @type {string[]} of recordings and annotations */
    this.endings = [];
    this.place = place;
    this.tool = tool;
    this.row = row;
  }

  /** @param {string | null} path null: the home folder */
  async open(path) {
    /** @type {Folder | undefined} */
    const folder = await trying(() =>
      get(`/api/folders${path === null ? "" : `?path=${encodeURIComponent(path)}`}`),
    );
    if (!folder) return;
    this.endings = folder.endings;
    const inside = (/** @type {string} */ name) => `${folder.path.replace(/\/$/, "")}/${name}`;
    const files = this.files(folder);
    const { parent } = folder;
    show(
      this.place,
      el("h2", { class: "path" }, folder.path),
      el(
        "div",
        { class: "row tools" },
        parent !== null && button(say("add.up"), () => void this.open(parent)),
        this.tool(folder),
      ),
      el(
        "ul",
        { class: "names", tabindex: 0, "aria-label": folder.path },
        ...folder.folders
          .slice(0, SHOWN)
          .map((name) =>
            el("li", {}, button(`${name}/`, () => void this.open(inside(name)), { class: "name folder" })),
          ),
        ...files.slice(0, SHOWN).map((name) => el("li", {}, this.row(inside(name), name))),
        folder.folders.length + files.length === 0 && el("li", { class: "soft" }, say("add.nothing_here")),
        Math.max(folder.folders.length, files.length) > SHOWN && el("li", { class: "soft" }, say("add.more_here")),
      ),
    );
  }
}

/**
 * Let a recording, an app or a folder be chosen.
 * @param {Kind} kind
 * @returns {Promise<string | null>} null: neither
 */
function choose(kind) {
  return new Promise((answer) => {
    const place = el("div", {});
    const dialog = el(
      "dialog",
      { "aria-label": say("folders") },
      place,
      el("div", { class: "row end" }, button(say("cancel"), () => dialog.close())),
    );
    let chosen = /** @type {string | null} */ (null);
    const take = (/** @type {string} */ path) => {
      chosen = path;
      dialog.close();
    };
    dialog.addEventListener("close", () => {
      dialog.remove();
      answer(chosen);
    });
    const folders = new Folders(
      place,
      (folder) =>
        kind === "folder" && button(say("folders.take"), () => take(folder.path), { class: "primary" }),
      (path, name) => button(name, () => take(path), { class: "name", disabled: kind === "folder" }),
      kind === "app" ? (folder) => folder.apps : undefined,
    );
    document.body.append(dialog);
    dialog.showModal();
    void folders.open(null);
  });
}

/**
 * A field for a path, with a button that lets one choose it.
 * @param {string} label
 * @param {Kind} kind
 * @param {string} value
 * @param {(path: string) => void} [changed]
 */
export function pathField(label, kind, value, changed) {
  const field = el("input", { class: "wide", value, "aria-label": label });
  field.addEventListener("input", () => changed?.(field.value.trim()));
  const element = el(
    "div",
    { class: "labelled" },
    el("span", { "aria-hidden": "true" }, label),
    el(
      "div",
      { class: "path-field" },
      field,
      button(say("folders.choose"), async () => {
        const path = await choose(kind);
        if (path === null) return;
        field.value = path;
        changed?.(path);
        field.focus();
      }),
    ),
  );
  return { element, path: () => field.value.trim() };
}
