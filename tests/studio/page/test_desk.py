"""The desk in a browser: by keys alone, in two tabs, with answers that come late, and its sound."""

import json
import os
import re
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest
import soundfile as sf
from playwright.sync_api import Page, Route, expect

from malgwi.corpus.studio import SAMPLE_RATE
from malgwi.studio.adding import add
from malgwi.studio.project import Project
from studio_browser import Studio, go, held_back, let_go
from studio_folder import ERRANDS, homed, subtitles


def at_desk(page: Page, studio: Studio, name: str, segment: int) -> None:
    """The desk at a segment, counted from 1, its sound there."""
    _, found = Project(studio.folder).recording(studio.id(name)).journal.segments()
    go(page, studio.address, f"desk/{studio.id(name)}/{found[segment - 1].id}")
    expect(page.locator(".where b")).to_have_text(f"{segment} of {len(found)}")


def said(page: Page) -> str:
    return page.locator("#text").input_value()


def test_two_words_are_corrected_by_keys_alone_and_stand_in_the_exported_eaf(
    page: Page, studio: Studio
) -> None:
    at_desk(page, studio, "at home", 1)
    number = page.locator(".where b")
    for wrong, right, following in (("blends", "blinds", 2), ("black", "back", 3)):
        assert wrong in said(page)
        place = said(page).index(wrong)
        for key in ["Home", *["ArrowRight"] * place, *["Shift+ArrowRight"] * len(wrong)]:
            page.keyboard.press(key)
        page.keyboard.insert_text(right)
        page.keyboard.press("Enter")
        expect(number).to_have_text(f"{following} of 5")
    with page.expect_download() as download:
        page.get_by_text("Export").click()
        page.get_by_text("ELAN").click()
    eaf = download.value.path().read_text(encoding="utf-8")
    assert "Close the blinds in the bedroom." in eaf
    assert "Unlock the back door please." in eaf
    assert "blends" not in eaf
    assert "black" not in eaf


def test_a_draft_stands_in_the_field_and_what_the_model_doubts_is_marked_and_found(
    page: Page, studio: Studio
) -> None:
    at_desk(page, studio, "errands", 1)
    assert said(page) == "add eggs and rie to the shopping list"
    assert page.locator(".marks mark").all_text_contents() == ["rie"]
    page.keyboard.press("Alt+d")
    page.keyboard.type("rice")
    expect(page.locator(".marks mark")).to_have_count(0)
    assert said(page) == ERRANDS["emma_377"]


def test_two_drafts_are_joined_to_both_of_them(page: Page, studio: Studio) -> None:
    at_desk(page, studio, "errands", 1)
    page.keyboard.press("Alt+j")
    expect(page.locator(".where b")).to_have_text("1 of 3")
    one = "add eggs and rie to the shopping list take a photo and send it to emma"
    assert (said(page), studio.texts("errands")[0]) == (one, one)
    page.keyboard.press("Alt+z")
    expect(page.locator(".where b")).to_have_text("1 of 4")


def test_a_second_enter_in_a_hurry_accepts_nothing_unseen(page: Page, studio: Studio) -> None:
    at_desk(page, studio, "errands", 1)
    held = held_back(page, "**/edits")
    page.locator("#text").press("End")
    page.keyboard.type("!")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#text[readonly]")).to_be_attached()
    let_go(page, held)
    expect(page.locator(".where b")).to_have_text("2 of 4")
    page.keyboard.press("Alt+ArrowDown")  # it comes after whatever Enter began
    expect(page.locator(".where b")).to_have_text("3 of 4")
    assert len(held) == 1
    assert studio.texts("errands")[1] == ""


def test_an_edit_is_undone_and_done_again_without_limit(page: Page, studio: Studio) -> None:
    before = studio.texts("errands")
    at_desk(page, studio, "errands", 4)
    number, status = page.locator(".where b"), page.locator("p[role=status]").first
    for _ in ERRANDS["emma_391"].split()[:3]:
        page.keyboard.press("Control+ArrowRight")
    page.keyboard.press("Alt+s")
    expect(number).to_have_text("4 of 5")
    assert said(page) == "navigate to the"
    page.keyboard.press("Alt+j")
    expect(number).to_have_text("4 of 4")
    page.keyboard.press("Alt+x")
    expect(page.locator(".where .state")).to_have_text("set aside")
    for _ in range(3):
        page.keyboard.press("Alt+z")
        expect(status).to_have_text("Undone.")
        status.evaluate("element => { element.textContent = '' }")
    assert studio.texts("errands") == before
    page.keyboard.press("Alt+Shift+z")
    expect(number).to_have_text("4 of 5")
    page.keyboard.press("Alt+z")
    expect(number).to_have_text("4 of 4")


def test_what_is_typed_isnt_lost_by_doing_again_what_was_undone_before(
    page: Page, studio: Studio
) -> None:
    at_desk(page, studio, "errands", 3)
    status = page.locator("p[role=status]").first
    page.keyboard.press("Alt+x")
    page.keyboard.press("Alt+z")
    expect(status).to_have_text("Undone.")
    page.locator("#text").fill("three loaves")
    page.keyboard.press("Alt+Shift+z")
    expect(status).to_have_text("Nothing to do again.")
    assert said(page) == "three loaves"
    page.keyboard.press("Alt+z")
    page.keyboard.press("Alt+Shift+z")
    expect(page.locator(".where .state")).to_have_text("set aside")
    page.keyboard.press("Alt+z")
    expect(page.locator(".where .state")).to_have_text("not yet")


def test_composing_korean_with_enter_loses_no_syllable_and_accepts_nothing(
    page: Page, studio: Studio
) -> None:
    at_desk(page, studio, "errands", 2)
    rev = studio.rev("errands")
    page.locator("#text").fill("")
    keys = page.context.new_cdp_session(page)
    for so_far in ("ㅁ", "마", "말"):
        keys.send(
            "Input.imeSetComposition",
            {"text": so_far, "selectionStart": 1, "selectionEnd": 1},
        )
    # What a Korean input method sends for the Enter that ends a syllable: 229, then the syllable.
    enter = {"key": "Process", "code": "Enter", "windowsVirtualKeyCode": 229}
    keys.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
    keys.send("Input.insertText", {"text": "말"})
    keys.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
    assert said(page) == "말"
    assert studio.rev("errands") == rev
    page.keyboard.insert_text("귀")
    page.keyboard.press("Enter")
    expect(page.locator(".where b")).to_have_text("3 of 4")
    assert studio.texts("errands")[1] == "말귀"


def test_of_two_tabs_the_slower_one_is_shown_what_stands_and_chooses(
    page: Page, studio: Studio
) -> None:
    slow = page.context.new_page()
    for one in (page, slow):
        at_desk(one, studio, "at home", 4)
    # Typed before the slow tab may learn of it.
    slow.locator("#text").fill("Turn on the kitchen fan now.")
    page.locator("#text").fill("Turn on the kitchen lamp.")
    page.keyboard.press("Enter")
    expect(page.locator(".where b")).to_have_text("5 of 5")
    slow.locator("#text").press("Enter")
    dialog = slow.locator("dialog")
    expect(dialog).to_contain_text("Turn on the kitchen lamp.")
    expect(dialog).to_contain_text("Turn on the kitchen fan now.")
    dialog.get_by_text("Put mine in its place").click()
    expect(dialog).to_have_count(0)
    expect(slow.locator(".where .state")).to_have_text("checked")
    assert studio.texts("at home")[3] == "Turn on the kitchen fan now."
    slow.close()


def test_an_edit_whose_answer_is_lost_is_sent_again_and_happens_once(
    page: Page, studio: Studio
) -> None:
    at_desk(page, studio, "at home", 5)
    rev, lost = studio.rev("at home"), list[str]()

    def lose(route: Route) -> None:
        if not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    page.route("**/edits", lose)
    page.locator("#text").fill("Unlock the cellar door behind me.")
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".where b")).to_have_text("4 of 5")
    assert json.loads(lost[0])["rev"] == rev + 1
    assert studio.rev("at home") == rev + 1
    assert studio.texts("at home")[4] == "Unlock the cellar door behind me."


def test_a_desk_that_is_left_before_the_answer_sends_its_edit_once(
    page: Page, studio: Studio
) -> None:
    at_desk(page, studio, "at home", 5)
    held = held_back(page, "**/edits")
    page.locator("#text").fill("Unlock the cellar door after me.")
    page.keyboard.press("Enter")
    expect(page.locator("#text[readonly]")).to_be_attached()
    go(page, studio.address, "people")
    with page.expect_response("**/edits"):
        let_go(page, held)
    go(page, studio.address, "desk")  # it is asked for after whatever the answer began
    assert len(held) == 1
    expect(page.locator("dialog")).to_have_count(0)
    assert studio.texts("at home")[4] == "Unlock the cellar door after me."


def test_what_another_tab_did_meanwhile_is_shown_with_the_answer(
    page: Page, studio: Studio
) -> None:
    other = page.context.new_page()
    other.route("**/api/changes", lambda route: route.abort())  # it learns of nothing otherwise
    for one, segment in ((page, 1), (other, 2)):
        at_desk(one, studio, "at home", segment)
    page.locator("#text").fill("Close the blinds in the kitchen.")
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator(".where b")).to_have_text("2 of 5")
    other.locator("#text").press("Alt+x")
    expect(other.locator(".where .state")).to_have_text("set aside")
    expect(other.locator(".segments")).to_contain_text("Close the blinds in the kitchen.")
    other.locator("#text").press("Alt+x")
    expect(other.locator(".where .state")).to_have_text("not yet")
    other.close()


def test_a_border_is_moved_of_the_segment_that_is_typed_in_wherever_it_stands_now(
    page: Page, studio: Studio
) -> None:
    # It asks for changes more often than each two seconds, and has asked once before there are any.
    page.add_init_script("{ const wait = setTimeout; setTimeout = (go, ms) => wait(go, ms / 20); }")
    with page.expect_response("**/api/changes"):
        at_desk(page, studio, "at home", 4)
    first, second, third, fourth, fifth = before = studio.segments("at home")
    page.locator("#text").fill("Turn on the fan.")
    joined = replace(first, id="joined", end=second.end)
    in_another_tab = {
        "id": "another-tab",
        "op": "join",
        "before": [first.to_json(), second.to_json()],
        "after": [joined.to_json()],
    }
    edits = f"{studio.address}/api/recordings/{studio.id('at home')}/edits"
    assert page.request.post(edits, data=in_another_tab, headers={"Origin": studio.address}).ok
    expect(page.locator(".segments li")).to_have_count(4)
    page.keyboard.press("Alt+Period")
    expect(page.locator(".where b")).to_have_text("3 of 4")
    moved = replace(fourth, start=fourth.start + 800, text="Turn on the fan.")
    assert studio.segments("at home") == (joined, third, moved, fifth)
    for _ in range(3):
        page.keyboard.press("Alt+z")
    expect(page.locator(".segments li")).to_have_count(5)
    assert studio.segments("at home") == before


def test_what_is_played_is_the_segment_and_it_ends_at_its_border(
    page: Page, studio: Studio
) -> None:
    at_desk(page, studio, "at home", 3)
    page.get_by_label("Speed").select_option("2")
    play = page.get_by_role("button", name="Pause")
    page.keyboard.press("Escape")
    expect(play).to_be_visible()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    end = page.locator(".where").text_content() or ""
    assert page.locator("output.clock").text_content() == re.findall(r"– (\d:\d\d\.\d)", end)[0]


def test_a_segment_of_more_than_two_minutes_is_heard_past_its_first_part(
    page: Page, studio: Studio
) -> None:
    place = studio.folder.parent / "long"
    place.mkdir()
    sf.write(place / "long.wav", np.zeros(SAMPLE_RATE * 200, np.int16), SAMPLE_RATE)
    subtitles(place / "long.srt", [(0, SAMPLE_RATE * 130)], ["All of it."])
    with patch.dict(os.environ, homed(studio.folder.parent)):
        add(studio.folder, [str(place)], [], "A01")
    at_desk(page, studio, "long", 1)
    end = page.get_by_role("slider", name="End")
    expect(page.get_by_role("slider", name="Start")).to_be_attached()
    expect(end).not_to_be_attached()  # the first part has 110 s
    strip = page.locator("canvas").first.bounding_box()
    assert strip is not None
    page.get_by_label("Speed").select_option("2")
    page.mouse.click(strip["x"] + strip["width"] * 109 / 200, strip["y"] + 9)
    expect(page.locator("output.clock")).to_have_text(re.compile(r"1:5[1-9]\.\d"))
    expect(end).to_be_attached()
    page.keyboard.press("Escape")
    # Half a minute past all segments, where one is missing.
    page.mouse.click(strip["x"] + strip["width"] * 180 / 200, strip["y"] + 9)
    expect(page.locator("output.clock")).to_have_text(re.compile(r"(2:59|3:00)\.\d"))
    page.get_by_role("button", name="New segment").click()
    expect(page.locator(".where b")).to_have_text("2 of 2")
    assert studio.segments("long")[1].start == pytest.approx(180 * SAMPLE_RATE, abs=SAMPLE_RATE)
