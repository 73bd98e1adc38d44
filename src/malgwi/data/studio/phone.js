// The way to a phone: the bundle, the app with it inside, a link for one file.

import { ask, get, post } from "./api.js";
import { button, el, labelled, show } from "./dom.js";
import { pathField } from "./folders.js";
import { trying } from "./trouble.js";
import { bytes, duration, say } from "./words.js";

/** @typedef {import("./api.js").Round} Round */
/** @typedef {{reason: string | null, key: string, key_is_new: boolean, file: string | null, bytes: number | null}} Facts */

/** @param {Round} round */
export function bundle(round) {
  return el(
    "section",
    { class: "card", "aria-label": say("use.bundle") },
    el("h2", {}, say("use.bundle")),
    el("p", { class: "soft" }, say("use.bundle_why")),
    el(
      "a",
      { class: "button", href: `/api/rounds/${round.number}/bundle`, download: true },
      `${round.bundle ?? ""}${round.bytes ? ` · ${bytes(round.bytes)}` : ""}`,
    ),
  );
}

export class Sharing {
  /** @param {number} round */
  constructor(round) {
    this.round = round;
    this.timer = 0;
    this.body = el("div", {});
    this.element = el(
      "section",
      { class: "card", "aria-label": say("share.heading") },
      el("h2", {}, say("share.heading")),
      this.body,
    );
  }

  async look() {
    this.#draw(await get("/api/share"));
  }

  /** @param {{url?: string | null, qr?: string, seconds?: number, downloads?: number, file?: string} | null} shared */
  #draw(shared) {
    clearTimeout(this.timer);
    if (!shared?.url) {
      show(
        this.body,
        el("p", { class: "soft" }, say("share.why")),
        button(say("share.start"), () =>
          trying(async () => this.#draw(await post("/api/share", { round: this.round }))),
        ),
      );
      return;
    }
    show(
      this.body,
      el("img", {
        class: "qr",
        alt: say("share.qr"),
        src: `data:image/svg+xml,${encodeURIComponent(shared.qr ?? "")}`,
      }),
      el("p", { class: "path" }, el("a", { href: shared.url }, shared.url)),
      el(
        "p",
        {},
        say("share.left", { time: duration(shared.seconds ?? 0), n: shared.downloads ?? 0 }),
      ),
      el("p", { class: "soft path" }, shared.file ?? ""),
      button(say("share.end"), () =>
        trying(async () => {
          await ask("DELETE", "/api/share");
          this.#draw(null);
        }),
      ),
    );
    this.timer = setTimeout(() => void trying(() => this.look()), 5000);
  }

  leave() {
    clearTimeout(this.timer);
  }
}

/** The round's bundle inside the Android app, where the prebuilt app is there. */
export class App {
  /**
   * @param {number} round
   * @param {() => unknown} shared told when its link was made
   */
  constructor(round, shared) {
    this.path = `/api/rounds/${round}/app`;
    this.round = round;
    this.shared = shared;
    this.body = el("div", {});
    this.element = el(
      "section",
      { class: "card", "aria-label": say("app.heading") },
      el("h2", {}, say("app.heading")),
      this.body,
    );
  }

  async look() {
    this.#draw(await get(this.path));
  }

  /** @param {Facts} facts */
  #draw(facts) {
    const prebuilt = facts.reason === null ? null : pathField(say("app.prebuilt"), "app", "");
    const name = el("input", { class: "wide", value: say("app.default_name"), maxlength: 40 });
    const password = el("input", { class: "wide", type: "password", autocomplete: "off" });
    const making = button(say("app.make"), async () => {
      making.disabled = true;
      making.textContent = say("app.making");
      const made = await trying(() =>
        post(this.path, {
          name: name.value.trim(),
          password: password.value,
          app: prebuilt?.path() || null,
        }),
      );
      if (made) this.#draw(made);
      else {
        making.disabled = false;
        making.textContent = say("app.make");
      }
    });
    show(
      this.body,
      facts.file !== null &&
        el(
          "p",
          { class: "row" },
          el(
            "a",
            { class: "button", href: `${this.path}/file`, download: true },
            `APK${facts.bytes ? ` · ${bytes(facts.bytes)}` : ""}`,
          ),
          button(say("app.share"), () =>
            trying(async () => {
              await post("/api/share", { round: this.round, app: true });
              await this.shared();
            }),
          ),
        ),
      prebuilt && el("p", { class: "soft" }, say("app.cannot")),
      prebuilt && el("p", { class: "soft path", lang: "en" }, facts.reason),
      prebuilt?.element,
      el("p", { class: "soft" }, say(facts.key_is_new ? "app.new_key" : "app.key", { path: facts.key })),
      labelled(say("app.name"), name),
      labelled(say("app.password"), password),
      el("div", { class: "row tools" }, making),
    );
  }
}
