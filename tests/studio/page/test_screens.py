"""What holds for every screen in a browser: small, dark, accessible, behind its link; people."""

from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from places import TOP
from studio_browser import Studio, go, let_go, opened, tab

AXE = TOP / "tools" / "studio" / "node_modules" / "axe-core" / "axe.min.js"
SCREENS = ["project", "recordings", "recordings/add", "desk", "rounds", "use", "people", "prompts"]


def test_a_name_and_a_consent_that_follow_each_other_are_both_kept(
    page: Page, studio: Studio
) -> None:
    go(page, studio.address, "people")
    first = page.locator(".person").first
    held = list[Route]()

    def hold_one(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route("**/api/people", hold_one)
    first.get_by_label("Name").fill("Emma B")
    page.keyboard.press("Tab")
    first.get_by_label("May be shared").select_option("true")
    with page.expect_response(lambda answer: '"share":true' in (answer.request.post_data or "")):
        let_go(page, held)
    go(page, studio.address, "project")
    go(page, studio.address, "people")
    expect(first.get_by_label("May be shared")).to_have_value("true")
    expect(first.get_by_label("Name")).to_have_value("Emma B")


def test_the_focus_stays_where_it_is_while_a_job_runs(page: Page, studio: Studio) -> None:
    about = {"id": "1", "kind": "draft", "options": {}, "step": "draft", "state": "running"}
    job = {**about, "status": None, "stages": [], "error": None, "log": ""}

    def with_job(route: Route) -> None:
        answer = route.fetch(headers={**route.request.headers, "origin": studio.address})
        found = answer.json()
        found["jobs"] = {"1": "running"} if "changes" in route.request.url else [job]
        route.fulfill(response=answer, json=found)

    page.clock.install()
    page.route("**/api/changes", with_job)
    page.route("**/api/project", with_job)
    for screen, held in (
        ("project", page.get_by_role("button", name="Stop")),
        ("project", page.locator(".next a")),
        ("recordings", page.locator("summary").nth(1)),
        ("recordings", page.locator(".recording .about a").nth(1)),
    ):
        go(page, studio.address, screen)
        held.focus()
        before = held.element_handle()
        page.clock.fast_forward(2500)
        page.wait_for_function("before => !before.isConnected", arg=before)
        expect(held).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_screens_fit_a_phone_and_axe_finds_no_fault(
    browser: Browser, studio: Studio, scheme: str
) -> None:
    faults = dict[str, list[str]]()
    how = {"viewport": {"width": 360, "height": 740}, "color_scheme": scheme}
    language = "ko-KR" if scheme == "dark" else "en-US"
    with ExitStack() as stack:
        context = stack.enter_context(opened(browser, studio, **how, locale=language))
        page = stack.enter_context(tab(context))
        go(page, studio.address, "project")
        assert AXE.is_file(), f"{AXE} is missing: make lint installs it"
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for screen in SCREENS:
            go(page, studio.address, screen)
            if screen == "desk":
                expect(page.locator(".where b")).not_to_be_empty()
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, screen
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            faults[screen] = [
                f"{one['id']}: {node['html'][:200]}"
                for one in found["violations"]
                for node in one["nodes"]
            ]
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert faults == {screen: [] for screen in SCREENS}
    assert ground == ("rgb(18, 19, 22)" if scheme == "dark" else "rgb(250, 250, 247)")


def test_without_the_link_there_is_nothing(browser: Browser, studio: Studio) -> None:
    context = browser.new_context()
    answer = context.new_page().goto(studio.address)
    assert answer is not None
    assert answer.status == 401
    context.close()
