"""A microphone in a browser, the sentences read into it, and the round that learns from them."""

import json
import re
import shutil

import pytest
from playwright.sync_api import Page, Request, expect

from malgwi.studio.project import Project
from studio_browser import PATIENCE_MS, SPOKEN, Studio, go
from tiny import tiny_checkpoint

READ = ["Set an alarm for six.", "Open the window.", "Call Emma."]
SAID = "Set an alarm for six forty five."


def test_what_is_spoken_stands_there_as_text(page: Page, studio: Studio) -> None:
    go(page, studio.address, "use")
    page.get_by_role("button", name="Speak").click()
    text = page.locator(".live")
    words = SPOKEN[1].split()
    # Said while it is spoken; the model, a small one, may mishear some.
    expect(text).to_contain_text(re.compile(rf"\b({'|'.join(words)})\b"))
    expect(page.locator(".speaking")).to_contain_text(re.compile(r"Listening 0:(0[4-9]|[1-5])"))
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".live[data-ended]")).to_be_attached(timeout=60_000)
    heard = (text.text_content() or "").split()
    assert len(set(words) & set(heard)) >= len(words) // 2, heard


def _frames_enough(request: Request) -> bool:
    """Whether 40,000 samples of a take are sent, and more: as many frames as there are letters."""
    return int(request.url.partition("?at=")[2] or 0) >= 40_000


def test_sentences_are_read_and_what_was_said_otherwise_is_kept(page: Page, studio: Studio) -> None:
    go(page, studio.address, "prompts")
    page.get_by_label("Sentences").fill("\n".join(READ))
    page.get_by_role("button", name="Add sentences").click()
    expect(page.locator(".prompt")).to_contain_text("0 of 3 read")
    page.locator("h1").click()  # away from the button: keys are for reading
    begun = list[str]()
    page.on("request", lambda one: begun.append(one.url) if one.url.endswith("/takes") else None)
    space = "new KeyboardEvent('keydown', {key: ' ', code: 'Space', bubbles: true})"
    # What is spoken ends after seconds, and then the meter falls back.
    page.evaluate("""new MutationObserver(() => {
        const level = document.querySelector(".meter span")?.style.width;
        if (level && level !== "0%") document.body.dataset.moved = "";
    }).observe(document.body, {subtree: true, attributeFilter: ["style"]})""")
    for done in range(3):
        page.evaluate("delete document.body.dataset.moved")
        page.evaluate(f"for (const _ of [1, 2]) document.body.dispatchEvent({space})")
        expect(page.locator(".prompt.speaking")).to_be_attached()
        expect(page.locator("body[data-moved]")).to_be_attached()
        otherwise = page.locator(".sentence").text_content() == READ[0]
        with page.expect_request(_frames_enough):
            pass
        page.keyboard.press("Space")
        expect(page.locator(".prompt.spoken")).to_be_attached()
        if otherwise:
            page.locator("#said").fill(SAID)
            page.locator("#said").press("Enter")
        else:
            page.keyboard.press("Enter")
        expect(page.locator(".prompt")).to_contain_text(f"{done + 1} of 3 read")
    assert len(begun) == 3
    taken = [one for one in Project(studio.folder).recordings() if one.source.prompt]
    said = {one.text for recording in taken for one in recording.journal.segments()[1]}
    assert said == {SAID, *READ[1:]}


def test_what_was_read_is_trained_on_beside_the_demos_set(page: Page, studio: Studio) -> None:
    go(page, studio.address, "rounds")
    page.get_by_label("For about").select_option("2 min")
    page.get_by_label("Starting from").select_option("A checkpoint of my own")
    page.get_by_label("Its folder on this computer").fill(
        str(tiny_checkpoint(studio.folder.parent / "tiny"))  # the starter takes seconds a step
    )
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator("h2", has_text="Round 2 learning")).to_contain_text(
        re.compile(r"[1-9]\d* steps"), timeout=3 * PATIENCE_MS
    )
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("tbody tr").first).to_contain_text("stopped")
    folder = studio.folder / "rounds" / "0002"
    rows = map(json.loads, (folder / "dataset/manifest.jsonl").read_text("utf-8").splitlines())
    splits = {row["text"]: row["split"] for row in rows}
    said = ("set an alarm for six forty five", "open the window", "call emma")
    # What is selected by is drawn from all that isn't held out.
    assert "train" in {splits[text] for text in said} <= {"train", "valid"}
    assert splits["call emma right now"] == "test"
    go(page, studio.address, "recordings")
    page.get_by_role("button", name="Text and sound may disagree").click()
    expect(page.locator(".findings").last.locator("li").first).to_contain_text("the model hears")


def test_a_round_is_deleted_once_it_was_said_what_comes_from_it(page: Page, studio: Studio) -> None:
    first, newest = studio.folder / "rounds" / "0001", studio.folder / "rounds" / "0009"
    shutil.copytree(first, newest)
    about = json.loads((first / "round.json").read_text())
    (newest / "round.json").write_text(json.dumps({**about, "number": 9, "start": 1}))
    go(page, studio.address, "rounds")
    dialog = page.locator("dialog")
    page.get_by_role("button", name="Delete round 1").click()
    expect(dialog).to_contain_text("The newest model, round 9, was trained from it.")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Delete round 9").click()
    expect(dialog).to_contain_text("It is the newest model")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("button", name="Delete round 9")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete round 1")).to_be_visible()
    assert [path.name for path in newest.iterdir()] == ["round.json"]


@pytest.mark.parametrize(("screen", "speak"), [("use", "Speak"), ("prompts", "Read")])
def test_a_microphone_that_opens_when_its_screen_is_left_is_closed(
    page: Page, studio: Studio, screen: str, speak: str
) -> None:
    origin = {"Origin": studio.address}
    sentence = {"text": "Open the window.\n"}
    page.request.post(f"{studio.address}/api/prompts", data=sentence, headers=origin)
    page.add_init_script("""
        const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (what) => {
            await new Promise((go) => {
                window.allow = go;
                document.body.dataset.microphone = "asked";
            });
            const stream = await open(what);
            const [track] = stream.getTracks();
            const stop = track.stop.bind(track);
            track.stop = () => {
                stop();
                document.body.dataset.microphone = "stopped";
            };
            return stream;
        };
    """)
    go(page, studio.address, screen)
    page.get_by_role("button", name=speak, exact=True).click()
    expect(page.locator("body[data-microphone=asked]")).to_be_attached()
    go(page, studio.address, "people")
    page.evaluate("window.allow()")
    expect(page.locator("body[data-microphone=stopped]")).to_be_attached()
