"""One server, one project and one browser for all tests of the page, which take them in order.

They last as long as this folder's tests: while Playwright's loop is there, which it is until the
browser closes, nothing else may start one (`asyncio.run`), so a session is too long.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import soundfile as sf
from playwright.sync_api import Browser, BrowserContext, Page

from malgwi.corpus.studio import SAMPLE_RATE
from malgwi.speech.audio import read
from places import COMMANDS
from studio_browser import SPOKEN, Studio, launched, opened, served, tab
from studio_folder import add_demo_set, make, put_round


@pytest.fixture(scope="package")
def studio(tmp_path_factory: pytest.TempPathFactory, demo_folder: Path) -> Iterator[Studio]:
    place = tmp_path_factory.mktemp("studio")
    make(place / "project", place / "recordings", place)
    put_round(place / "project", demo_folder)
    add_demo_set(place / "project", place / "demo's set", place)
    with served(place / "project", place) as link:
        yield Studio(place / "project", link)


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    heard = tmp_path_factory.mktemp("microphone") / "spoken.wav"
    sf.write(heard, read(COMMANDS / "dev" / f"{SPOKEN[0]}.ogg"), SAMPLE_RATE, subtype="PCM_16")
    with launched(heard) as browser:
        yield browser


@pytest.fixture(scope="package")
def context(browser: Browser, studio: Studio) -> Iterator[BrowserContext]:
    with opened(browser, studio) as context:
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    with tab(context) as page:
        yield page
