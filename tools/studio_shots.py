"""Draw Studio's screens for docs/: a project of the shipped speech, its server, a browser.

Usage: PYTHONPATH=tests:tools python tools/studio_shots.py demo docs/images/studio
"""

import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import soundfile as sf
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from shots import few_colours

from malgwi.corpus.studio import SAMPLE_RATE
from malgwi.speech.audio import read
from places import COMMANDS
from studio_browser import go, launched, served
from studio_folder import make, put_round, recording

WIDE, NARROW = (1120, 760), (360, 740)
SPOKEN = "emma_387"
SCREENS = {
    "project": "project",
    "recordings": "recordings",
    "add": "recordings/add",
    "desk": "desk",
    "rounds": "rounds",
    "use": "use",
    "people": "people",
    "prompts": "prompts",
}
DARK, KOREAN = ("desk", "rounds"), ("recordings", "desk")
SENTENCES = "Set an alarm for six.\nThe quick brown fox jumps over the lazy dog.\n"


def draw(browser: Browser, link: str, project: Path, folder: Path) -> None:
    """Draw each screen wide and narrow, some in the dark, some in Korean."""
    for name in SCREENS:
        _shot(browser, link, project, folder / f"{name}.png", name)
        _shot(browser, link, project, folder / f"{name}-narrow.png", name, size=NARROW)
    for name in DARK:
        _shot(browser, link, project, folder / f"{name}-dark.png", name, scheme="dark")
    for name in KOREAN:
        _shot(browser, link, project, folder / f"{name}-ko.png", name, language="ko-KR")


def _shot(
    browser: Browser,
    link: str,
    project: Path,
    target: Path,
    name: str,
    *,
    size: tuple[int, int] = WIDE,
    scheme: str = "light",
    language: str = "en-US",
) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=language,
    )
    page = context.new_page()
    page.goto(link)
    expect(page.locator("main[data-ready]")).to_be_attached()
    address, place = link.partition("/?")[0], SCREENS[name]
    if name == "desk":
        place = f"desk/{recording(project, 'errands')}"
    if name == "prompts":
        page.request.post(
            f"{address}/api/prompts", data={"text": SENTENCES}, headers={"Origin": address}
        )
    go(page, address, place)
    _prepare(page, name)
    # The system's own scroll bars and the blinking cursor would make each run another picture.
    page.evaluate("document.activeElement?.blur()")
    taken = page.screenshot(animations="disabled", caret="hide")
    with Image.open(BytesIO(taken)) as picture:
        few_colours(picture.convert("RGB"), 128).save(target, optimize=True)
    context.close()


def _prepare(page: Page, name: str) -> None:
    """What a picture is about."""
    if name == "desk":
        expect(page.locator(".where b")).not_to_be_empty()
        expect(page.locator(".segments [aria-current]")).to_be_visible()
        expect(page.locator(".wave:not(:empty)")).to_be_attached()
        page.wait_for_timeout(500)  # two canvases are painted in the next frames
    if name == "add":
        page.get_by_role("button", name="recordings/").click()
        page.get_by_label("at home.srt").check()
        page.get_by_label("at home.wav").check()
        expect(page.locator(".tiers")).to_be_visible()
    if name == "use":
        page.get_by_role("button", name="Speak").click()
        expect(page.locator(".live")).to_contain_text("friday", timeout=60_000)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".live[data-ended]")).to_be_attached(timeout=60_000)


def main() -> None:
    """Draw all."""
    demo, folder = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    # Its name is in the pictures, so it is the same each time.
    place = Path(tempfile.gettempdir()) / "malgwi-pictures"
    place.mkdir()
    try:
        project = place / "Kitchen interviews"
        make(project, place / "recordings", place)
        put_round(project, demo)
        heard = place / "spoken.wav"
        sf.write(heard, read(COMMANDS / "dev" / f"{SPOKEN}.ogg"), SAMPLE_RATE, subtype="PCM_16")
        with served(project, place) as link, launched(heard) as browser:
            draw(browser, link, project, folder)
    finally:
        shutil.rmtree(place)


if __name__ == "__main__":
    main()
