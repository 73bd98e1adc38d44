"""Studio's server as a process and a browser before it, for the page's tests and its pictures."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Route,
    expect,
    sync_playwright,
)

from malgwi.corpus.edits import Segment
from malgwi.studio.project import Project
from studio_folder import homed, recording

CHROMIUM = (
    os.environ.get("CHROMIUM")
    or shutil.which("chromium")
    or shutil.which("google-chrome")
    or "chromium isn't installed: apt-get install chromium, or its path in CHROMIUM"
)
SPOKEN = "emma_387", "set an alarm for six forty five on friday"
"""The clip that the microphone hears, and what is said in it."""
# wavesurfer.js makes a style element, which the policy refuses; sound.js adopts it as a sheet.
# An answer of 4xx that the page handles is a line of the console as well.
_HARMLESS = re.compile(r"Applying inline style violates|status of 409|ERR_FAILED")


# A busy machine is no fault; 5 s, which is Playwright's own, is too little on one.
PATIENCE_MS = 180_000
expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Studio:
    """A running server."""

    folder: Path
    link: str

    @property
    def address(self) -> str:
        return self.link.partition("/?")[0]

    def id(self, name: str) -> str:
        return recording(self.folder, name)

    def segments(self, name: str) -> tuple[Segment, ...]:
        return Project(self.folder).recording(self.id(name)).journal.segments()[1]

    def texts(self, name: str) -> list[str]:
        return [one.text for one in self.segments(name)]

    def rev(self, name: str) -> int:
        return Project(self.folder).recording(self.id(name)).journal.rev


@contextmanager
def served(project: Path, home: Path) -> Iterator[str]:
    """Serve a project as a user would; give the link that is printed."""
    command = [sys.executable, "-m", "malgwi", "studio", str(project), "--no-browser"]
    environment = os.environ | homed(home)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        try:
            link = server.stdout.readline().strip()
            assert link, "the server printed no link"
            yield link
        finally:
            server.terminate()


@contextmanager
def launched(heard: Path) -> Iterator[Browser]:
    """Launch Debian's Chromium, whose microphone hears a WAV file of 16 bits, once.

    Playwright's own headless shell refuses microphones; `--headless=new` is Chromium itself.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            headless=False,
            args=[
                "--headless=new",
                "--no-sandbox",
                "--hide-scrollbars",
                "--use-fake-device-for-media-stream",
                "--use-fake-ui-for-media-stream",
                f"--use-file-for-fake-audio-capture={heard}%noloop",
            ],
        )
        yield browser
        browser.close()


def go(page: Page, address: str, place: str) -> None:
    """Show a screen and wait until it stands."""
    page.goto(f"{address}/#{place}")
    expect(page.locator(f"main[data-ready='{place}']")).to_be_attached()


@contextmanager
def opened(browser: Browser, studio: Studio, **how: Any) -> Iterator[BrowserContext]:
    """A browser that knows the link."""
    context = browser.new_context(**({"locale": "en-US"} | how))
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(studio.link)
    expect(page.locator("main[data-ready]")).to_be_attached()
    page.close()
    yield context
    context.close()


@contextmanager
def tab(context: BrowserContext) -> Iterator[Page]:
    """A page; what it throws or complains of is a failure."""
    page, complaints = context.new_page(), list[str]()

    def complained(line: ConsoleMessage) -> None:
        if line.type == "error":
            complaints.append(line.text)

    page.on("console", complained)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert [line for line in complaints if not _HARMLESS.search(line)] == []


def held_back(page: Page, address: str) -> list[Route]:
    """Hold requests until the test lets them go on."""
    held = list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route(address, hold)
    return held


def let_go(page: Page, held: list[Route]) -> None:
    """Let the first request that is held go on, which may be on its way to the test still."""
    while not held:  # pytest's own timeout ends it
        page.wait_for_timeout(20)
    held[0].continue_()
