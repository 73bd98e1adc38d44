"""Recordings in a browser: added from a folder, chosen, dropped, their annotations merged."""

import re
import shutil

import soundfile as sf
from playwright.sync_api import Page, expect

from malgwi.corpus.studio import SAMPLE_RATE
from malgwi.speech.audio import read
from places import COMMANDS
from studio_browser import Studio, go


def test_recordings_are_added_from_a_folder_of_this_machine(page: Page, studio: Studio) -> None:
    more = studio.folder.parent / "more"
    more.mkdir()
    sf.write(more / "third.wav", read(COMMANDS / "dev" / "emma_373.ogg"), SAMPLE_RATE)
    go(page, studio.address, "recordings/add")  # HOME is the folder that holds it
    page.get_by_role("button", name="more/").click()
    page.get_by_label("third.wav", exact=True).check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("main[data-ready='recordings']")).to_be_attached()
    expect(page.get_by_role("link", name="third")).to_be_visible()


def test_annotations_changed_elsewhere_are_shown_and_taken_by_choice(
    page: Page, studio: Studio
) -> None:
    subtitles = studio.folder.parent / "recordings" / "at home.srt"
    changed = subtitles.read_text(encoding="utf-8").replace("twelve hours", "eleven hours")
    subtitles.write_text(changed, encoding="utf-8")
    go(page, studio.address, "recordings")
    page.get_by_role("button", name="Look").click()
    dialog = page.locator("dialog")
    expect(dialog).to_contain_text("Set a timer for eleven hours.")
    # Somebody works on it meanwhile: it is shown anew, and nothing was taken.
    place = f"{studio.address}/api/recordings/{studio.id('at home')}/edits"
    first = studio.segments("at home")[0].to_json()
    after = {**first, "text": f"{first['text']}!"}
    edit = {"id": "meanwhile", "op": "text", "before": [first], "after": [after]}
    assert page.request.post(place, data=edit, headers={"Origin": studio.address}).ok
    dialog.get_by_role("button", name="Take what is ticked").click()
    expect(dialog).to_contain_text("nothing was taken")
    assert studio.texts("at home")[2] == "Set a timer for twelve hours."
    dialog.get_by_role("button", name="Take what is ticked").click()
    expect(dialog).to_have_count(0)
    assert studio.texts("at home")[2] == "Set a timer for eleven hours."
    expect(page.get_by_role("button", name="Look")).to_have_count(0)


def test_a_chosen_file_and_a_dropped_folder_are_copied(page: Page, studio: Studio) -> None:
    spoken = {"day 1": "emma_371.ogg", "day 2": "emma_373.ogg"}
    for name, clip in spoken.items():
        day = studio.folder.parent / "interviews" / name
        day.mkdir(parents=True)
        shutil.copy(COMMANDS / "dev" / clip, day / "talk.ogg")
        (day / "notes.txt").touch()
    go(page, studio.address, "recordings/add")
    expect(page.get_by_role("button", name="This whole folder")).to_be_visible()
    page.locator("#files").set_input_files(COMMANDS / "dev" / "emma_389.ogg")
    expect(page.locator(".chosen")).to_contain_text(re.compile(r"media/files-\w{6}/emma_389\.ogg"))
    place = page.locator(".drop").bounding_box()
    assert place is not None
    held = {"items": [], "files": [str(day.parent)], "dragOperationsMask": 1}
    at = {"x": place["x"] + 9, "y": place["y"] + 9, "data": held}
    mouse = page.context.new_cdp_session(page)
    for event in ("dragEnter", "dragOver", "drop"):
        mouse.send("Input.dispatchDragEvent", {"type": event, **at})
    expect(page.locator(".chosen")).to_contain_text(re.compile(r"media/interviews-\w{6}×"))
    expect(page.locator(".uploads")).to_contain_text("interviews/ 2 recordings and annotations")
    copied = {path.parts[-2:]: path for path in (studio.folder / "media").rglob("*.ogg")}
    assert len(copied) == 3
    for name, clip in spoken.items():
        assert copied[name, "talk.ogg"].read_bytes() == (COMMANDS / "dev" / clip).read_bytes()
