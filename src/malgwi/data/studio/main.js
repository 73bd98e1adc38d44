// The frame: which screen is shown, in which language, whether the server is there.

import { get } from "./api.js";
import { watch } from "./changes.js";
import { showDesk } from "./desk.js";
import { button, el, show } from "./dom.js";
import { showPeople } from "./people.js";
import { showProject } from "./project.js";
import { showPrompts } from "./prompts.js";
import { showRecordings } from "./recordings.js";
import { showRounds } from "./rounds.js";
import { notice, trouble } from "./trouble.js";
import { showUse } from "./use.js";
import { language, readWords, say, speak } from "./words.js";

/** @typedef {(main: HTMLElement, place: string[]) => Promise<() => void>} Screen */

/** @type {Record<string, Screen>} */
const SCREENS = {
  project: showProject,
  recordings: showRecordings,
  desk: showDesk,
  rounds: showRounds,
  use: showUse,
  people: showPeople,
  prompts: showPrompts,
};
const TABS = ["project", "recordings", "desk", "rounds", "use", "people"];

const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const top_ = /** @type {HTMLElement} */ (document.getElementById("top"));
let leave = () => {};
let turn = 0;

/** @type {string} the language in which the tabs stand there */
let framed = "";
let demo = false;

/** The tabs stay when the screen changes, and with them the focus. */
function frame() {
  if (framed !== language()) {
    framed = language();
    document.querySelector(".demo")?.remove();
    if (demo) document.body.prepend(el("aside", { class: "demo" }, say("demo")));
    const other = framed === "ko" ? "en" : "ko";
    show(
      top_,
      el("a", { class: "brand", href: "#project" }, say("brand")),
      el(
        "nav",
        { "aria-label": say("nav") },
        ...TABS.map((tab) => el("a", { href: `#${tab}` }, say(`nav.${tab}`))),
      ),
      button(
        other === "ko" ? "한국어" : "English",
        () => {
          localStorage.setItem("language", other);
          speak(other);
          void go();
        },
        { class: "quiet", lang: other },
      ),
    );
  }
  const here = place()[0] === "prompts" ? "recordings" : place()[0];
  for (const tab of top_.querySelectorAll("nav a"))
    if (tab.getAttribute("href") === `#${here}`) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
}

function place() {
  const parts = location.hash.slice(1).split("/").filter(Boolean).map(decodeURIComponent);
  return parts[0] && parts[0] in SCREENS ? parts : ["project", ...parts.slice(1)];
}

async function go() {
  const mine = ++turn;
  leave();
  leave = () => {};
  trouble(null);
  frame();
  const parts = place();
  const name = parts[0] ?? "project";
  document.title = `${say(`nav.${name}`)} · ${say("brand")}`;
  const screen = el("div", { class: `screen ${name}` });
  show(main, screen);
  try {
    const left = await /** @type {Screen} */ (SCREENS[name])(screen, parts.slice(1));
    if (mine === turn) leave = left;
    else left();
  } catch (error) {
    if (mine === turn) show(screen, el("h1", {}, say(`nav.${name}`)));
    trouble(error);
  }
  main.dataset.ready = parts.join("/");
}

async function begin() {
  await readWords();
  addEventListener("hashchange", () => {
    delete main.dataset.ready;
    void go();
  });
  await go();
  demo = (await get("/api/project").catch(() => null))?.demo === true;
  framed = "";
  frame();
  let away = false;
  void watch((reached) => {
    document.body.classList.toggle("away", !reached);
    if (!reached && !away) notice(say("error.offline"));
    if (reached && away) trouble(null);
    away = !reached;
  });
}

void begin();
