// The main way through Studio's page in Firefox: open, write at the desk, accept, speak, read aloud.
//
// Usage: node tools/studio/firefox/main_way.js FIREFOX LINK FOLDER
// tools/studio_firefox.py starts it, and a server before it. FOLDER takes pictures, to be looked at.

import assert from "node:assert/strict";
import { join } from "node:path";
import puppeteer from "puppeteer-core";

const [firefox = "", link = "", folder = "."] = process.argv.slice(2);
const address = new URL(link).origin;
const SCREENS = ["project", "recordings", "recordings/add", "rounds", "use", "people", "prompts", "desk"];
// wavesurfer.js makes a style element, which the policy refuses; sound.js adopts it as a sheet.
const HARMLESS = /Content-Security-Policy.*style/;

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: firefox,
  defaultViewport: { width: 1120, height: 800 },
  extraPrefsFirefox: {
    "intl.locale.requested": "en-US",
    "media.autoplay.default": 0,
    "media.navigator.permission.disabled": true,
    "media.navigator.streams.fake": true, // a microphone that hears a tone
  },
});
const page = await browser.newPage();
/** @type {string[]} */
const complaints = [];
page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
page.on("pageerror", (error) => complaints.push(String(error)));

const text = (selector) => page.$eval(selector, (one) => one.textContent ?? "");
const button = (name) => page.locator(`::-p-aria(${name}[role="button"])`);

/** Wait until a text is there. */
async function see(selector, expected) {
  const shows = (where, source) => new RegExp(source).test(document.querySelector(where)?.textContent ?? "");
  await page.waitForFunction(shows, {}, selector, expected.source).catch(async () => {
    assert.match(await text(selector), expected);
  });
}

async function go(place) {
  await page.goto(`${address}/#${place}`);
  await page.waitForSelector(`main[data-ready='${place}']`);
}

async function picture(name) {
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

await page.goto(link);
await page.waitForSelector("main[data-ready]");
assert.equal(new URL(page.url()).search, "", "the token is still in the address line");
for (const screen of SCREENS) {
  await go(screen);
  const { wide, room } = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    room: innerWidth,
  }));
  assert.ok(wide <= room, `${screen} is ${wide} wide in ${room}`);
  await picture(screen.replace("/", "-"));
}

// The desk, which is where the model is least sure: mend what it doubts by keys, hear it, accept.
await see(".where b", /^\d of 4$/);
await page.waitForSelector(".marks mark");
const [doubted, place] = [await text(".marks mark"), Number.parseInt(await text(".where b"), 10)];
await page.keyboard.down("Alt");
await page.keyboard.press("KeyD");
await page.keyboard.up("Alt");
await button("Pause").wait(); // the word is played,
await button("Play").wait(); // to its end
await page.keyboard.type("mended");
assert.match(await page.$eval("#text", (one) => one.value), /\bmended\b/);
await picture("desk");
await page.keyboard.press("Enter");
await page.waitForFunction((before) => !document.querySelector(".where b")?.textContent?.startsWith(`${before} `), {}, place);
await see(".segments", /\bmended\b/);
console.log(`the desk: '${doubted}' was mended, heard and accepted`);

await go("use");
await button("Speak").click();
await see(".speaking", /Listening 0:0[2-9]/);
await button("Stop").click();
await page.waitForSelector(".live[data-ended]");
console.log(`speaking: a tone was heard as '${await text(".live")}'`);

await go("prompts");
await page.locator("textarea").fill("Set an alarm for six.\n");
await button("Add sentences").click();
await see(".sentence", /Set an alarm/);
await page.locator("h1").click();
await page.keyboard.press(" ");
await page.waitForSelector(".prompt.speaking");
await new Promise((go) => setTimeout(go, 1500)); // what is read
await page.keyboard.press(" ");
await page.waitForSelector(".prompt.spoken");
await picture("prompts");
await page.keyboard.press("Enter");
await see(".prompt", /1 of 1 read/);
console.log("reading aloud: a sentence was read and kept");

const version = await browser.version();
await browser.close();
assert.deepEqual(complaints.filter((line) => !HARMLESS.test(line)), []);
console.log(`${version}: nothing to complain of; pictures are in ${folder}`);
