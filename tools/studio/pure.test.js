// The page's pure modules, by Node's own test runner: node --test tools/studio/*.test.js

import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";

globalThis.crypto ??= webcrypto; // Debian 12's Node 18 keeps it from modules

const page = new URL("../../src/malgwi/data/studio/", import.meta.url);
const { clock } = await import(new URL("clock.js", page));
const { align, doubtful, heardAt, within } = await import(new URL("align.js", page));
const { actionOf, KEYS } = await import(new URL("keys.js", page));
const segments = await import(new URL("segments.js", page));
const { points, thinned } = await import(new URL("curve.js", page));
const { stretch } = await import(new URL("stretch.js", page));
const { meant } = await import(new URL("dropped.js", page));
const { doing } = await import(new URL("jobs.js", page));
const { readWords } = await import(new URL("words.js", page));
const { readerOf } = await import(new URL("prompts.js", page));
const { levelFor } = await import(new URL("peaks.js", page));

const word = (text, start, end, confidence = 0.9) => ({ text, start, end, confidence });
const segment = (id, start, end, text = "", state = "open") => ({ id, start, end, text, person: null, state });
const press = (code, more = {}) => ({
  code,
  altKey: false,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  isComposing: false,
  keyCode: 0,
  ...more,
});

test("a place is hours, minutes, seconds", () => {
  assert.equal(clock(0), "0:00.0");
  assert.equal(clock(16000 * 61 + 8000), "1:01.5");
  assert.equal(clock(16000 * 3723, 0), "1:02:03");
  assert.equal(clock(800, 2), "0:00.05");
});

test("a segment is fetched with what is around it, a long one in parts that overlap", () => {
  const seconds = (from, to) => ({ from: 16000 * from, to: 16000 * to });
  const part = (start, end, at) =>
    stretch({ start: 16000 * start, end: 16000 * end }, 16000 * at, 16000 * 1000);
  assert.deepEqual(part(20, 30, 20), seconds(5, 45));
  assert.deepEqual(part(3, 30, 3), seconds(0, 45));
  assert.deepEqual(part(980, 999, 980), seconds(965, 1000));
  assert.deepEqual(part(100, 220, 100), seconds(100, 220));
  // 250 s: the last part has 50 of them.
  assert.deepEqual(part(100, 350, 100), seconds(90, 210));
  assert.deepEqual(part(100, 350, 210), seconds(190, 310));
  assert.deepEqual(part(100, 350, 310), seconds(290, 360));
  // Elsewhere: what is around the place.
  assert.deepEqual(part(100, 350, 900), seconds(885, 930));
  assert.deepEqual(part(20, 30, 46), seconds(31, 76));
  assert.deepEqual(part(20, 30, 2), seconds(0, 32));
  assert.deepEqual(part(20, 30, 100 + 0.5 / 16000), seconds(85, 130));
  assert.deepEqual(part(980, 999, 1000), seconds(965, 1000));
  assert.deepEqual(stretch({ start: 0, end: 9 }, 16000 * 90, 16000 * 90), { from: 16000 * 75 - 1, to: 16000 * 90 });
  // Samples are whole, whatever is left of two minutes.
  assert.deepEqual(stretch({ start: 0, end: 16000 * 100 + 1 }, 0, 16000 * 200), { from: 0, to: 16000 * 110 });
});

test("what a job does is said in the page's language, by its step where a stage has numbers in it", async () => {
  const words = { "step.export": { en: "Making it", ko: "만들기" }, "stage.voice detector": { en: "Hearing", ko: "듣기" } };
  globalThis.document = { documentElement: {} };
  globalThis.localStorage = { getItem: () => "ko" };
  globalThis.fetch = async () => ({ json: async () => words });
  await readWords();
  const stage = (name) => doing({ step: "export", status: name && { stage: name } });
  assert.equal(stage("voice detector"), "듣기");
  assert.equal(stage("layers 1 to 4 of 12"), "만들기");
  assert.equal(stage(null), "만들기");
  assert.equal(doing({ step: "other", status: { stage: "cutting" } }), "cutting");
  assert.equal(doing({ step: null, status: null }), "");
});

test("who reads is who was chosen, while they are in the project", () => {
  const people = [{ code: "A01" }, { code: "A02" }];
  assert.equal(readerOf(people, "A02"), "A02");
  assert.equal(readerOf(people, ""), ""); // nobody was chosen
  assert.equal(readerOf(people, null), "A01");
  assert.equal(readerOf(people, "A09"), "A01"); // left, or of another project
  assert.equal(readerOf([], "A09"), "");
});

test("of a dropped folder recordings and annotations are meant, and texts beside a recording", () => {
  const names = ["a.WAV", "a.txt", "notes.txt", "b.eaf", "b.docx", ".wav", "c"];
  const found = meant(names.map((name) => ({ name })), [".wav", ".eaf", ".txt"]);
  assert.deepEqual(found.map((one) => one.name), ["a.WAV", "a.txt", "b.eaf"]);
});

test("words find their words of the draft, whatever was put in or mended", () => {
  const draft = [word("close", 0, 100), word("the", 100, 200), word("blends", 200, 300), word("please", 300, 400)];
  const tokens = align("Close all the blinds, please.", draft);
  assert.deepEqual(
    tokens.map((one) => one.draft),
    [0, null, 1, 2, 3],
  );
  assert.equal(heardAt(tokens, draft, 16, { start: 0, end: 400 }).start, 200);
});

test("a word that the draft lacks is looked for between its neighbours", () => {
  const draft = [word("a", 0, 100), word("d", 500, 600)];
  const text = "a bb cc d";
  const tokens = align(text, draft);
  // 1 to 8: seven characters for 400 samples; "bb" is 2 to 4.
  assert.deepEqual(heardAt(tokens, draft, 3, { start: 0, end: 600 }), { start: 157, end: 271 });
});

test("a doubtful word is marked until it is mended", () => {
  const draft = [word("말귀", 0, 100, 0.3), word("스튜디오", 100, 200, 0.9)];
  const marked = (text) => align(text, draft).filter((one) => doubtful(one, draft)).map((one) => one.text);
  assert.deepEqual(marked("말귀 스튜디오"), ["말귀"]);
  assert.deepEqual(marked("말기 스튜디오"), []);
});

test("a segment's words are those whose middle lies in it", () => {
  const words = [word("a", 0, 99), word("b", 90, 120), word("c", 190, 230)];
  assert.deepEqual(
    within(words, { start: 100, end: 200 }).map((one) => one.text),
    ["b"],
  );
});

test("Enter that ends a syllable is no accepting", () => {
  assert.equal(actionOf(press("Enter")), "accept");
  assert.equal(actionOf(press("Enter", { isComposing: true })), null);
  assert.equal(actionOf(press("Enter", { keyCode: 229 })), null);
});

test("no two actions share a key", () => {
  const places = Object.values(KEYS).map((key) => `${key.code} ${!!key.alt} ${!!key.ctrl} ${!!key.shift}`);
  assert.equal(new Set(places).size, places.length);
});

test("a split keeps all of the text and all of the time", () => {
  const { before, after } = segments.split(segment("a", 0, 32000, "one two"), 16000.4, "one ", "two");
  assert.equal(before[0].id, "a");
  assert.deepEqual(
    after.map((one) => [one.start, one.end, one.text]),
    [
      [0, 16000, "one"],
      [16000, 32000, "two"],
    ],
  );
  assert.notEqual(after[0].id, after[1].id);
  assert.equal(segments.split(segment("a", 0, 32000), 799, "", ""), null);
});

test("a join takes what is typed for the first and what is shown for the second", () => {
  const [first, second] = [segment("a", 0, 10, "old", "checked"), segment("b", 20, 30, "", "checked")];
  const { before, after } = segments.join(first, second, "one", "two");
  assert.deepEqual(before, [first, second]);
  assert.deepEqual([after[0].start, after[0].end, after[0].text, after[0].state], [0, 30, "one two", "checked"]);
});

test("a border stops at its neighbour and at the other border", () => {
  const all = [segment("a", 0, 10000), segment("b", 12000, 20000), segment("c", 21000, 30000)];
  const moved = (start, end) => segments.borders(all, 1, start, end, 30000).after[0];
  assert.deepEqual([moved(9000, 20000).start, moved(12000, 25000).end], [10000, 21000]);
  assert.equal(moved(19900, 20000).start, 20000 - segments.SHORTEST);
  assert.equal(segments.borders(all, 1, 12000, 20000, 30000), null);
});

test("the next one to do is found from the beginning again, and none when all is done", () => {
  const all = [segment("a", 0, 1, "", "open"), segment("b", 1, 2, "", "checked"), segment("c", 2, 3, "", "aside")];
  assert.equal(segments.nextUnchecked(all, 1), 0);
  assert.equal(segments.nextUnchecked(all.slice(1), 0), -1);
});

test("a new segment fills the gap where one is, and nothing that is taken", () => {
  const all = [segment("a", 0, 16000), segment("b", 48000, 64000)];
  assert.deepEqual(
    segments.add(all, 20000, 64000).after.map((one) => [one.start, one.end]),
    [[20000, 48000]],
  );
  assert.equal(segments.add(all, 50000, 64000), null);
});

test("a curve takes what has a number, and thins by means", () => {
  const rows = [{ step: 1, loss: 3 }, { step: 1, wer: 0.5 }, { step: 2, loss: null }, { step: 3, loss: 1 }];
  assert.deepEqual(points(rows, "loss"), [
    { x: 1, y: 3 },
    { x: 3, y: 1 },
  ]);
  assert.deepEqual(thinned(points(rows, "loss"), 1), [{ x: 2, y: 2 }]);
});

test("peaks come from the level that has just enough of them", () => {
  // Three hours at 1,200 pixels: 675,000 pairs; 4^4 fewer are 2,636, 4^5 would be 659.
  assert.equal(levelFor(3 * 3600 * 16000, 1200), 4);
  assert.equal(levelFor(16000, 1200), 0);
});
