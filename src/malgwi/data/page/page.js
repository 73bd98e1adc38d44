"use strict";
(() => {
  const main = document.querySelector("main");
  const clips = [...main.querySelectorAll(".clip")];
  const form = document.querySelector(".toolbar form");
  const shown = document.querySelector(".toolbar output");
  const audio = new Audio();
  let active = null;

  // --- listening: one player, lent to the clip that is active ---
  function activate(clip) {
    if (active === clip) return;
    audio.pause();
    if (active) {
      active.classList.remove("active", "playing");
      active.querySelector(".seek").hidden = true;
      const cursor = active.querySelector(".cursor");
      if (cursor) cursor.hidden = true;
    }
    active = clip;
    clip.classList.add("active");
    clip.querySelector(".seek").hidden = false;
    audio.src = "data:audio/mpeg;base64," + clip.dataset.audio;
  }
  function toggle(clip) {
    if (!clip.dataset.audio) return;
    activate(clip);
    if (audio.paused) play(clip);
    else audio.pause();
  }
  function play(clip) {
    audio.play().catch((error) => {
      if (error.name === "AbortError") return; // another clip was started meanwhile
      const trouble = clip.querySelector(".trouble");
      trouble.textContent = "This browser can't play the clip: " + error.message;
      trouble.hidden = false;
    });
  }
  function seek(clip, seconds) {
    if (!clip.dataset.audio) return;
    activate(clip);
    const go = () => { audio.currentTime = seconds; draw(); };
    if (audio.readyState >= 1) go();
    else audio.addEventListener("loadedmetadata", go, { once: true });
  }
  function draw() {
    if (!active) return;
    const range = active.querySelector(".seek");
    const seconds = Number(active.dataset.seconds);
    range.value = audio.currentTime;
    const cursor = active.querySelector(".cursor");
    if (cursor) {
      cursor.hidden = false;
      cursor.style.left = (100 * Math.min(1, audio.currentTime / seconds)) + "%";
    }
    if (!audio.paused) requestAnimationFrame(draw);
  }
  const label = (clip, verb) =>
    clip.querySelector(".play").setAttribute("aria-label", verb + " " + clip.dataset.id);
  audio.addEventListener("play", () => { active.classList.add("playing"); label(active, "Pause"); draw(); });
  for (const end of ["pause", "ended"]) {
    audio.addEventListener(end, () => { active.classList.remove("playing"); label(active, "Play"); draw(); });
  }
  main.addEventListener("click", (event) => {
    const clip = event.target.closest(".clip");
    if (!clip) return;
    if (event.target.closest(".play")) toggle(clip);
    const from = event.target.closest("[data-from]");
    if (from && clip.dataset.audio) {
      seek(clip, Number(from.dataset.from));
      play(clip);
    }
    const strip = event.target.closest(".strip");
    if (strip) {
      const box = strip.getBoundingClientRect();
      seek(clip, Number(clip.dataset.seconds) * (event.clientX - box.left) / box.width);
    }
  });
  main.addEventListener("input", (event) => {
    if (event.target.matches(".seek")) seek(event.target.closest(".clip"), Number(event.target.value));
  });

  // --- finding: filters and order ---
  const number = (clip, key) => Number(clip.dataset[key]);
  const orders = {
    listed: (a, b) => number(a, "place") - number(b, "place"),
    worst: (a, b) => number(b, "rate") - number(a, "rate") || number(a, "place") - number(b, "place"),
    best: (a, b) => number(a, "rate") - number(b, "rate") || number(a, "place") - number(b, "place"),
    longest: (a, b) => number(b, "seconds") - number(a, "seconds"),
    shortest: (a, b) => number(a, "seconds") - number(b, "seconds"),
  };
  function refresh() {
    const wanted = Object.fromEntries(new FormData(form));
    const query = (wanted.query || "").trim().toLowerCase();
    let count = 0;
    for (const clip of clips) {
      const fits = (!query || clip.dataset.find.includes(query))
        && (!wanted.speaker || clip.dataset.speaker === wanted.speaker)
        && (!wanted.split || clip.dataset.split === wanted.split)
        && (!wanted.wrong || number(clip, "errors") > 0);
      clip.hidden = !fits;
      count += fits;
    }
    clips.sort(orders[wanted.order] || orders.listed);
    main.append(...clips);
    shown.textContent = count === clips.length ? `${count} clips` : `${count} of ${clips.length} clips`;
  }
  form.addEventListener("input", refresh);
  form.addEventListener("submit", (event) => event.preventDefault());

  // --- keys: up and down (or k, j) walk, space plays, / searches, Escape stops ---
  function walk(step) {
    const visible = clips.filter((clip) => !clip.hidden);
    if (!visible.length) return;
    const here = visible.indexOf(document.activeElement.closest?.(".clip") || active);
    const next = visible[Math.max(0, Math.min(visible.length - 1, here + step))];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") { audio.pause(); document.activeElement.blur(); return; }
    if (event.target.matches("input, select, button, summary, .frames")) return;
    const clip = document.activeElement.closest?.(".clip") || active;
    if (event.key === "j" || event.key === "ArrowDown") walk(1);
    else if (event.key === "k" || event.key === "ArrowUp") walk(-1);
    else if (event.key === "/") form.querySelector("[type=search]").focus();
    else if (event.key === " " && clip) toggle(clip);
    else return;
    event.preventDefault();
  });
  refresh();
})();
