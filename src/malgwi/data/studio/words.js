// What the page says, in English and Korean, from one table.

/** @typedef {"en" | "ko"} Language */

/** @type {Record<string, Record<Language, string>>} */
let table = {};
/** @type {Language} */
let spoken = "en";

/** Read the table; the language is the one chosen before, else the browser's. */
export async function readWords() {
  const answer = await fetch(new URL("words.json", import.meta.url));
  table = await answer.json();
  const chosen = localStorage.getItem("language") ?? navigator.language;
  speak(chosen.startsWith("ko") ? "ko" : "en");
}

/** @param {Language} language */
export function speak(language) {
  spoken = language;
  document.documentElement.lang = language;
}

export function language() {
  return spoken;
}

/**
 * The text of a key, with `{name}` filled in.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  const text = table[key]?.[spoken] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) =>
    name in values ? shown(/** @type {string | number} */ (values[name])) : whole,
  );
}

/** @param {string} key */
export function hasWords(key) {
  return key in table;
}

/** @param {string | number} value */
function shown(value) {
  return typeof value === "number" ? number(value) : value;
}

/**
 * @param {number} value
 * @param {number} [digits]
 */
export function number(value, digits = 0) {
  return new Intl.NumberFormat(spoken, { maximumFractionDigits: digits }).format(value);
}

/**
 * @param {number} share
 * @param {number} [digits]
 */
export function percent(share, digits = 0) {
  return new Intl.NumberFormat(spoken, {
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(share);
}

/**
 * Hours and minutes of so many seconds.
 * @param {number} seconds
 */
export function duration(seconds) {
  const whole = Math.round(seconds);
  if (whole < 60) return say("duration.seconds", { s: whole });
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return say("duration.minutes", { m: minutes });
  return say("duration.hours", { h: Math.floor(minutes / 60), m: minutes % 60 });
}

/** @param {number} count */
export function bytes(count) {
  const megabytes = count / 1e6;
  if (megabytes < 0.1) return `${number(Math.ceil(count / 1000))} kB`;
  return megabytes >= 1000
    ? `${number(megabytes / 1000, 1)} GB`
    : `${number(megabytes, megabytes < 10 ? 1 : 0)} MB`;
}
