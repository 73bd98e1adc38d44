// The text of a segment: a text area over marks, which lie under the words that the model doubts.

import { align, doubtful, heardAt } from "./align.js";
import { el, show } from "./dom.js";
import { say } from "./words.js";

/** @typedef {import("./segments.js").Segment} Segment */
/** @typedef {import("./align.js").Word} Word */

export class Field {
  constructor() {
    this.marks = el("div", { class: "marks", "aria-hidden": "true" });
    this.area = el("textarea", {
      id: "text",
      "aria-label": say("desk.text"),
      "aria-describedby": "doubts",
      rows: 2,
      spellcheck: "false",
      autocomplete: "off",
    });
    this.doubts = el("p", { id: "doubts", class: "soft" });
    this.element = el("div", {}, el("div", { class: "field" }, this.marks, this.area), this.doubts);
    /** @type {Word[]} */
    this.draft = [];
    this.saved = "";
    this.marking = false;
    this.area.addEventListener("input", () => this.#mark());
    this.area.addEventListener("scroll", () => {
      this.marks.scrollTop = this.area.scrollTop;
    });
    // A segment's text is one line. An input method that ends a syllable with Enter would leave a break.
    this.area.addEventListener("beforeinput", (event) => {
      if (event.inputType === "insertLineBreak" || event.inputType === "insertParagraph")
        event.preventDefault();
    });
  }

  get text() {
    return this.area.value;
  }

  /** Whether something was typed that isn't saved. */
  get dirty() {
    return this.area.value !== this.saved;
  }

  /**
   * Show a segment: its text, or the draft where nobody wrote one yet.
   * @param {Segment} segment
   * @param {Word[]} draft its words
   */
  fill(segment, draft) {
    this.draft = draft;
    const drafted = segment.state === "open" && segment.text === "";
    this.marking = segment.state === "open";
    this.set(drafted ? draftText(draft) : segment.text);
    this.saved = this.area.value;
    this.area.placeholder = say("desk.nothing_said");
  }

  /** @param {string} text */
  set(text) {
    this.area.value = text;
    this.#mark();
  }

  /** What was typed stays, as the beginning of what comes. */
  settle() {
    this.saved = this.area.value;
  }

  /**
   * Where the word at the cursor is heard.
   * @param {Segment} segment
   */
  heard(segment) {
    return heardAt(align(this.text, this.draft), this.draft, this.area.selectionStart, segment);
  }

  /** Select the next doubtful word after the cursor; false where there is none. */
  nextDoubt() {
    const tokens = align(this.text, this.draft).filter((one) => doubtful(one, this.draft));
    const next = tokens.find((one) => one.from >= this.area.selectionEnd) ?? tokens[0];
    if (!next) return false;
    this.area.focus();
    this.area.setSelectionRange(next.from, next.to);
    return true;
  }

  #mark() {
    if (!this.marking) {
      show(this.marks);
      this.doubts.textContent = "";
      return;
    }
    const text = this.text;
    /** @type {(Node | string)[]} */
    const parts = [];
    const found = [];
    let done = 0;
    for (const token of align(text, this.draft))
      if (doubtful(token, this.draft)) {
        parts.push(text.slice(done, token.from), el("mark", {}, token.text));
        found.push(token.text);
        done = token.to;
      }
    // A line of its own at the end: the area has one where the text ends with a break.
    show(this.marks, ...parts, `${text.slice(done)}\u200b`);
    this.doubts.textContent = found.length ? say("desk.doubtful", { words: found.join(", ") }) : "";
  }
}

/** @param {Word[]} draft */
export function draftText(draft) {
  return draft.map((word) => word.text).join(" ");
}
