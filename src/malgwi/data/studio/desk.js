// The desk: hear a segment, mend its text, Enter, the next. All of it by keys.

import { align, doubtful, within } from "./align.js";
import { ApiError, get, post } from "./api.js";
import { onChange } from "./changes.js";
import { clock, RATE } from "./clock.js";
import { DeskView, SPEEDS } from "./desk_view.js";
import { announce, ask, button, el, show } from "./dom.js";
import { draftText, Field } from "./field.js";
import { follow } from "./jobs.js";
import { Journal } from "./journal.js";
import { actionOf } from "./keys.js";
import { Peaks } from "./peaks.js";
import { drafter } from "./recordings.js";
import * as segments from "./segments.js";
import { Sound } from "./sound.js";
import { Strip } from "./strip.js";
import { trouble, trying } from "./trouble.js";
import { number, say } from "./words.js";

/** @typedef {import("./segments.js").Segment} Segment */
/** @typedef {import("./segments.js").Edit} Edit */
/** @typedef {import("./align.js").Word} Word */

const NEIGHBOURS = 40;
const NUDGE = 800;
const BLOCK = 300 * RATE;
const BLOCKS = 8;

/** What changes nothing, and so never waits for a change. */
const AT_ONCE = new Set(["play", "word", "doubt", "loop", "back3", "on3", "slower", "faster", "help"]);

/**
 * @param {HTMLElement} main
 * @param {string[]} place recording, and perhaps a segment
 * @returns {Promise<() => void>}
 */
export async function showDesk(main, place) {
  const [id, segment] = place[0] ? [place[0], place[1]] : await mostUrgent();
  if (!id) {
    show(
      main,
      el("h1", {}, say("nav.desk")),
      el("p", { class: "soft" }, say("desk.no_recording")),
      el("a", { class: "button primary", href: "#recordings/add" }, say("recordings.add")),
    );
    return () => undefined;
  }
  const desk = await Desk.open(main, id);
  await desk.begin(segment);
  return () => desk.leave();
}

/**
 * Where the model is least sure; else a recording with something to do.
 * @returns {Promise<[string | null, string | undefined]>}
 */
async function mostUrgent() {
  /** @type {import("./recordings.js").Open[]} */
  const open = await get("/api/open");
  const unsure = open.find((one) => one.doubt !== null) ?? open[0];
  if (unsure) return [unsure.recording, unsure.segment];
  /** @type {import("./api.js").Recording[]} */
  const all = await get("/api/recordings");
  const left = all.filter((one) => (one.states.open ?? 0) + (one.states.written ?? 0) > 0);
  return [(left[0] ?? all[0])?.id ?? null, undefined];
}

class Desk {
  /**
   * @param {HTMLElement} main
   * @param {string} id
   */
  static async open(main, id) {
    const [recording, held, people, project] = await Promise.all([
      get(`/api/recordings/${id}`),
      get(`/api/recordings/${id}/segments`),
      get("/api/people"),
      get("/api/project"),
    ]);
    return new Desk(main, recording, held, people, project);
  }

  /**
   * @param {HTMLElement} main
   * @param {import("./api.js").Recording} recording
   * @param {{rev: number, segments: Segment[]}} held
   * @param {import("./api.js").Person[]} people
   * @param {import("./api.js").Project} project
   */
  constructor(main, recording, held, people, project) {
    this.recording = recording;
    this.segments = held.segments;
    this.rev = held.rev;
    this.people = people;
    this.round = project.rounds.filter((one) => one.bundle).at(-1)?.number ?? 0;
    this.unfollow = () => {};
    this.peaks = new Peaks(recording.id);
    this.journal = new Journal(recording.id, (error) => {
      trouble(error);
      if (error) this.view.say(say("desk.trying_again"));
    });
    this.index = 0;
    this.left = false;
    this.busy = 0;
    /** @type {Promise<unknown>} */
    this.turn = Promise.resolve();
    /** @type {Segment | undefined} the segment as it was when the field was filled */
    this.base = undefined;
    /** @type {Map<number, Promise<{model: number | null, words: Word[]}>>} */
    this.blocks = new Map();
    /** @type {Word[]} of the blocks around the segment */
    this.words = [];
    this.auto = localStorage.getItem("autoplay") !== "no";
    this.speed = Number(localStorage.getItem("speed") ?? 1) || 1;
    this.field = new Field();
    this.view = new DeskView(
      main,
      recording,
      this.field,
      { auto: this.auto, speed: this.speed },
      {
        act: (action) => this.act(action),
        auto: (on) => {
          this.auto = on;
          localStorage.setItem("autoplay", on ? "yes" : "no");
        },
        speed: (rate) => this.#speed(rate),
        person: (code) => this.#inTurn(() => this.#spokenBy(code)),
        go: (index) => this.#inTurn(() => this.#go(index)),
      },
    );
    this.strip = new Strip(this.view.canvas, this.peaks, recording.samples, (sample) =>
      this.#near(sample),
    );
    this.sound = new Sound(this.view.wave, this.peaks, {
      moved: (sample) => {
        this.strip.at(sample);
        this.view.clock.textContent = clock(sample);
      },
      playing: (on) => {
        this.view.playing.textContent = say(on ? "desk.pause" : "desk.play");
      },
      border: (start, end) => this.#inTurn(() => this.#borders(start, end)),
      labels: { start: say("desk.start_border"), end: say("desk.end_border") },
    });
    this.sound.speed(this.speed);
    this.pressed = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    document.addEventListener("keydown", this.pressed);
    this.staying = (/** @type {BeforeUnloadEvent} */ event) => {
      if (this.field.dirty || this.journal.waiting > 0) event.preventDefault();
    };
    addEventListener("beforeunload", this.staying);
    this.unlisten = onChange((changes) => this.#changed(changes));
  }

  leave() {
    this.left = true;
    // Behind what is on its way, which may be what was typed.
    this.#inTurn(() => this.#keep());
    this.unlisten();
    this.unfollow();
    document.removeEventListener("keydown", this.pressed);
    removeEventListener("beforeunload", this.staying);
    this.sound.close();
    this.strip.close();
    void this.turn.then(() => this.journal.close());
  }

  /** @param {string | undefined} segment */
  async begin(segment) {
    const drafted = await get(`/api/recordings/${this.recording.id}/draft?from=0&to=1`);
    const open = this.segments.length === 0 || this.segments.some((one) => one.state === "open");
    if (drafted.model === null && open)
      show(
        this.view.drafting,
        button(drafter(this.round, "desk.make_draft"), () => void trying(() => this.#makeDraft())),
      );
    const asked = this.segments.findIndex((one) => one.id === segment);
    const first = segments.nextUnchecked(this.segments, -1);
    await this.select(asked >= 0 ? asked : Math.max(0, first), false);
  }

  /**
   * Go to a segment. What was typed is kept.
   * @param {number} index
   * @param {boolean} [play]
   */
  async select(index, play = this.auto) {
    if (this.left) return;
    this.index = Math.max(0, Math.min(index, this.segments.length - 1));
    const segment = this.segments[this.index];
    this.base = segment;
    this.view.editor.hidden = segment === undefined;
    this.strip.show(this.segments, segment);
    if (!segment) {
      this.#listed();
      this.view.say(say("desk.no_segments"));
      return;
    }
    // What is typed until the field holds the segment belongs to none.
    this.field.area.readOnly = true;
    const words = within(await this.#draft(segment), segment);
    if (this.base !== segment || this.left) return;
    this.#listed();
    this.field.fill(segment, words);
    this.field.area.readOnly = false;
    this.view.tell(
      segment,
      { index: this.index, of: this.segments.length },
      words,
      this.people,
    );
    this.field.area.focus({ preventScroll: true });
    this.field.area.setSelectionRange(0, 0);
    const tokens = segment.state === "open" ? align(draftText(words), words) : [];
    await trying(async () => {
      await this.sound.show(
        this.recording.id,
        segment,
        this.segments.slice(Math.max(0, this.index - NEIGHBOURS), this.index + NEIGHBOURS),
        this.recording.samples,
        words.map((word, place) => ({
          word,
          doubtful: tokens.some((one) => one.draft === place && doubtful(one, words)),
        })),
      );
      if (play && this.base === segment && !this.left) await this.sound.play(segment.start, segment.end);
    });
  }

  #listed() {
    this.view.listed(this.segments, this.index, (segment) =>
      draftText(within(this.words, segment)),
    );
  }

  /** Let the newest model write a draft, and show it once it is there. */
  async #makeDraft() {
    const made = await post("/api/jobs", {
      kind: "draft",
      round: this.round,
      recordings: [this.recording.id],
    });
    this.unfollow = follow(this.view.drafting, made.job, (job) => {
      if (job.state !== "done") return;
      show(this.view.drafting);
      this.blocks.clear();
      void trying(async () => {
        await this.#reload();
        if (this.field.dirty) this.#listed();
        else await this.#refresh();
      });
    });
  }

  /**
   * The words of the draft around a segment, in blocks of five minutes.
   * @param {Segment} segment
   * @returns {Promise<Word[]>}
   */
  async #draft(segment) {
    const first = Math.floor(segment.start / BLOCK);
    const last = Math.floor((segment.end - 1) / BLOCK);
    /** @type {Map<number, Word>} */
    const words = new Map();
    for (let block = first; block <= last; block++) {
      let held = this.blocks.get(block);
      if (!held) {
        const path = `/api/recordings/${this.recording.id}/draft`;
        held = get(`${path}?from=${block * BLOCK}&to=${Math.min((block + 1) * BLOCK, this.recording.samples)}`);
        held.catch(() => this.blocks.delete(block));
        this.blocks.set(block, held);
        for (const oldest of this.blocks.keys()) {
          if (this.blocks.size <= BLOCKS) break;
          this.blocks.delete(oldest);
        }
      }
      const found = await trying(() => /** @type {NonNullable<typeof held>} */ (held));
      for (const word of found?.words ?? []) words.set(word.start, word);
    }
    this.words = [...words.values()].sort((a, b) => a.start - b.start);
    return this.words;
  }

  /** @param {string | null} person */
  async #spokenBy(person) {
    if ((await this.#keep()) && this.base) await this.#apply(segments.spokenBy(this.base, person));
  }

  /** Save what was typed without calling it checked. */
  async #keep() {
    if (!this.base || !this.field.dirty) return true;
    return this.#send(segments.write(this.base, this.field.text));
  }

  /** @param {number} index */
  async #go(index) {
    if (await this.#keep()) await this.select(index);
  }

  /** @param {number} sample */
  #near(sample) {
    let index = this.segments.findIndex((one) => one.end > sample);
    if (index < 0) index = this.segments.length - 1;
    this.#inTurn(() => this.#go(index).then(() => this.sound.seek(sample)));
  }

  /**
   * Send an edit and show what stands then. False where it didn't become so.
   * @param {Edit | null} edit
   */
  async #send(edit) {
    if (!edit) return true;
    this.field.area.readOnly = true;
    try {
      const { rev } = await this.journal.edit(edit);
      await this.#became(rev, edit);
      this.base = edit.after.find((one) => one.id === this.base?.id) ?? this.base;
      this.field.settle();
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 409) await this.#conflict(edit, error);
      else trouble(error);
      return false;
    } finally {
      this.field.area.readOnly = false;
    }
  }

  /**
   * Send an edit, stay at what it made.
   * @param {Edit | null} edit
   */
  async #apply(edit) {
    if (!edit) {
      announce(say("desk.cannot"));
      this.view.say(say("desk.cannot"));
      return;
    }
    if (!(await this.#send(edit))) return;
    const made = this.segments.findIndex((one) => one.id === edit.after[0]?.id);
    await this.select(made >= 0 ? made : this.index, false);
  }

  /**
   * Another tab was faster: show both, let the person choose.
   * @param {Edit} edit
   * @param {ApiError} error
   */
  async #conflict(edit, error) {
    const mine = edit.after.map((one) => one.text).join(" | ");
    await this.#reload();
    const ids = new Set(edit.before.map((one) => one.id));
    /** @type {Segment[]} */
    const standing = error.body?.values?.segments ?? error.body?.segments ?? this.segments.filter((one) => ids.has(one.id));
    const same = standing.length === edit.before.length;
    const keep = await ask(
      say("conflict.heading"),
      el(
        "div",
        {},
        el("h3", {}, say("conflict.stands")),
        el("p", { class: "quote" }, standing.map((one) => one.text || "–").join(" | ") || say("conflict.gone")),
        el("h3", {}, say("conflict.mine")),
        el("p", { class: "quote" }, mine || "–"),
      ),
      say("conflict.keep"),
      same ? say("conflict.replace") : say("conflict.copy"),
    );
    if (keep) {
      this.field.settle();
      await this.#refresh();
    } else if (same) {
      if (await this.#send({ ...edit, before: standing })) await this.#refresh();
    } else {
      await navigator.clipboard.writeText(mine).catch(() => undefined);
      this.field.settle();
      await this.#refresh();
    }
  }

  /**
   * Take over an edit that was answered, and what others did before it.
   * @param {number} rev
   * @param {{before: Segment[], after: Segment[]}} edit
   */
  async #became(rev, edit) {
    this.segments = segments.applied(this.segments, edit.before, edit.after);
    if (rev === this.rev + 1) this.rev = rev;
    else await trying(() => this.#reload());
  }

  async #reload() {
    const held = await get(`/api/recordings/${this.recording.id}/segments`);
    this.segments = held.segments;
    this.rev = held.rev;
    // What was divided or joined before it has moved it.
    const place = this.segments.findIndex((one) => one.id === this.base?.id);
    if (place >= 0) this.index = place;
  }

  async #refresh() {
    const id = this.base?.id;
    const place = this.segments.findIndex((one) => one.id === id);
    await this.select(place >= 0 ? place : this.index, false);
  }

  /** @param {import("./changes.js").Changes} changes */
  #changed(changes) {
    const rev = changes.recordings[this.recording.id];
    if (rev !== undefined && rev > this.rev) this.#inTurn(() => this.#catchUp(rev));
  }

  /** @param {number} rev what stands on the server; perhaps an edit of this desk, answered meanwhile */
  async #catchUp(rev) {
    if (rev <= this.rev || this.left) return;
    await this.#reload();
    this.blocks.clear();
    if (this.field.dirty) {
      // The base stays: what is typed is compared with it when it is sent.
      this.#listed();
      this.strip.show(this.segments, this.base);
    } else await this.#refresh();
  }

  /**
   * @param {number} start
   * @param {number} end
   */
  async #borders(start, end) {
    if (!(await this.#keep())) return;
    const edit = segments.borders(this.segments, this.index, start, end, this.recording.samples);
    await this.#apply(edit);
    if (edit === null) await this.#refresh();
  }

  /** @param {"undo" | "redo"} which */
  async #turn(which) {
    if (this.field.dirty) {
      // What isn't saved yet is the last thing done: it is taken back, and nothing comes after it.
      if (which === "undo") this.field.set(this.field.saved);
      else this.#tell("desk.nothing_to_redo");
      return;
    }
    try {
      const turned = await this.journal.turn(which);
      await this.#became(turned.rev, turned);
      const id = turned.after[0]?.id;
      const place = this.segments.findIndex((one) => one.id === id);
      await this.select(place >= 0 ? place : this.index, false);
      this.#tell(`desk.${which}`);
    } catch (error) {
      if (error instanceof ApiError && error.code === "nothing") this.#tell(`desk.nothing_to_${which}`);
      else if (error instanceof ApiError && error.status === 409) {
        await this.#reload();
        await this.#refresh();
        trouble(error);
      } else trouble(error);
    }
  }

  /** @param {string} key of what is shown and said */
  #tell(key) {
    announce(say(key));
    this.view.say(say(key));
  }

  async #accept() {
    const segment = this.base;
    if (!segment) return;
    const edit = segments.accept(segment, this.field.text);
    if (!(await this.#send(edit))) return;
    const next = segments.nextUnchecked(this.segments, this.index);
    if (next < 0) {
      await this.select(this.index, false);
      this.view.say(say("desk.all_done"));
      announce(say("desk.all_done"));
      return;
    }
    await this.select(next);
  }

  /** @param {"cursor" | "playhead"} where */
  async #split(where) {
    const segment = this.base;
    if (!segment) return;
    const text = this.field.text;
    const cursor = this.field.area.selectionStart;
    if (where === "cursor" && cursor > 0 && cursor < text.trimEnd().length) {
      const rest = text.slice(cursor).search(/\S/);
      this.field.area.setSelectionRange(cursor + Math.max(0, rest), cursor + Math.max(0, rest));
      const at = this.field.heard(segment).start;
      await this.#apply(segments.split(segment, at, text.slice(0, cursor), text.slice(cursor)));
      return;
    }
    const at = this.sound.position;
    const words = this.field.draft;
    // Of the text, what is heard before the playhead stays in front of it.
    const token = align(text, words).find(
      (one) => one.draft !== null && ((words[one.draft]?.start ?? 0) + (words[one.draft]?.end ?? 0)) / 2 >= at,
    );
    const character = token ? token.from : words.length ? text.length : cursor;
    await this.#apply(
      segments.split(segment, at, text.slice(0, character), text.slice(character)),
    );
  }

  /** @param {number} rate */
  #speed(rate) {
    this.speed = rate;
    this.view.speeds.value = String(rate);
    this.sound.speed(rate);
    localStorage.setItem("speed", String(rate));
  }

  /** @param {number} step */
  #faster(step) {
    const place = SPEEDS.indexOf(this.speed);
    const next = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, (place < 0 ? 4 : place) + step))];
    this.#speed(next ?? 1);
    announce(`${number(this.speed, 2)}×`);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (document.querySelector("dialog[open]")) return;
    const inside = event.target instanceof Element ? event.target : document.body;
    const typing = inside === this.field.area;
    let action = actionOf(event);
    const mod = (event.ctrlKey || event.metaKey) && !event.altKey;
    if (!event.isComposing && mod && !this.field.dirty) {
      // While something typed isn't saved, the browser's own undo takes back letters.
      if (event.code === "KeyZ") action = event.shiftKey ? "redo" : "undo";
      else if (event.code === "KeyY") action = "redo";
    }
    if (action === null) return;
    // Enter is for the text; on a button or a list it means what it means everywhere.
    if (action === "accept" && !typing) return;
    event.preventDefault();
    if (event.repeat && (action === "accept" || action === "join")) return;
    this.act(action);
  }

  /** @param {string} action */
  act(action) {
    if (AT_ONCE.has(action)) void trying(() => this.#act(action));
    // A second Enter in a hurry would accept a text that nobody has seen yet.
    else if (action !== "accept" || this.busy === 0) this.#inTurn(() => this.#act(action));
  }

  /**
   * Changes are made one after the other: each begins with what the one before left.
   * @param {() => Promise<unknown>} work
   */
  #inTurn(work) {
    this.busy++;
    this.turn = this.turn
      .then(() => trying(work))
      .finally(() => {
        this.busy--;
      });
  }

  /**
   * @param {string} action
   * @returns {Promise<void>}
   */
  async #act(action) {
    if (action === "help") {
      this.view.keys.open = !this.view.keys.open;
      return;
    }
    if (action === "undo" || action === "redo") return this.#turn(action);
    if (action === "add") {
      if (!(await this.#keep())) return;
      return this.#apply(
        segments.add(this.segments, this.base ? this.sound.position : 0, this.recording.samples),
      );
    }
    const segment = this.base;
    if (!segment) return;
    const nudge = async (/** @type {number} */ start, /** @type {number} */ end) =>
      this.#borders(segment.start + start, segment.end + end);
    switch (action) {
      case "accept":
        return this.#accept();
      case "play":
        return this.sound.toggle();
      case "word": {
        const heard = this.field.heard(segment);
        return this.sound.play(heard.start, heard.end);
      }
      case "doubt":
        if (!this.field.nextDoubt()) {
          announce(say("desk.no_doubt"));
          return;
        }
        return this.#act("word");
      case "loop":
        this.sound.loop = !this.sound.loop;
        this.view.looping.setAttribute("aria-pressed", String(this.sound.loop));
        return;
      case "back3":
        return this.sound.skip(-3);
      case "on3":
        return this.sound.skip(3);
      case "previous":
        return this.#go(this.index - 1);
      case "next":
        return this.#go(this.index + 1);
      case "slower":
        return this.#faster(-1);
      case "faster":
        return this.#faster(1);
      case "split":
        return this.#split("cursor");
      case "splitHere":
        return this.#split("playhead");
      case "join": {
        const next = this.segments[this.index + 1];
        if (!next) return;
        // As the list shows it: where nobody wrote a text, the draft.
        const open = next.state === "open" && next.text === "";
        const second = open ? draftText(within(await this.#draft(next), next)) : next.text;
        return this.#apply(segments.join(segment, next, this.field.text, second));
      }
      case "startEarlier":
        return nudge(-NUDGE, 0);
      case "startLater":
        return nudge(NUDGE, 0);
      case "endEarlier":
        return nudge(0, -NUDGE);
      case "endLater":
        return nudge(0, NUDGE);
      case "aside":
        if (!(await this.#keep())) return;
        return this.#apply(segments.toggleAside(this.base ?? segment));
    }
  }
}
