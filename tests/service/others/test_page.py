"""The page, in a real browser, on a real service."""

import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.harness.server import MakeServer, Server
from zuko.contest.page import to_html as scoreboard
from zuko.contest.scoring import JudgedSubmission, Rules, standings
from zuko.package.page import Findings
from zuko.package.page import to_html as report
from zuko.package.submissions import PackageSubmission
from zuko.package.verify import TimeLimit, Verified
from zuko.problem import CaseResult, Judgement, Verdict

CHROMIUM: Final = "/usr/bin/chromium"
PATIENCE_MS: Final = 20_000
READY_S: Final = 0.3

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def service(docker_client: object, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a service with a store, which no test of this module breaks."""
    store = f"sqlite:///{tmp_path_factory.mktemp('page')}/submissions.db"
    with Server({"ZUKO_STORE": store}) as server:
        yield server.wait_ready()


Visit = Callable[..., Page]


@pytest.fixture
def visit(browser: Browser, service: Server) -> Iterator[Visit]:
    """Open the page of a service. What scripts do wrong fails the test: errors, breaches of the policy, other hosts."""
    problems: list[str] = []
    contexts = []

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            problems.append(message.text)  # a resource that fails is shown, and what a test is about

    def visit(server: Server = service, path: str = "/", width: int = 1280) -> Page:
        def requested(request: Request) -> None:
            if not request.url.startswith((server.url, "data:", "blob:")):
                problems.append(f"asks for {request.url}")

        context = browser.new_context(viewport={"width": width, "height": 800})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", console)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", requested)
        page.goto(server.url + path)
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert problems == []


def write(page: Page, code: str) -> None:
    """Replace the program, by keyboard; the editor indents and closes brackets, which pasted text is spared."""
    page.locator("#editor .cm-content").click()
    page.keyboard.press("Control+A")
    page.evaluate("text => navigator.clipboard.writeText(text)", code)
    page.keyboard.press("Control+V")


def code_of(page: Page) -> str:
    return page.locator("#editor .cm-content").inner_text()


def test_a_program_runs(visit: Visit) -> None:
    """By keyboard alone: the example is there, the user's text replaces it, Ctrl+Enter runs it."""
    page = visit()
    expect(page.locator("#editor .cm-content")).to_contain_text("input()")
    page.fill("#input", "Ada\n")
    write(page, "import sys\nprint('Hello,', input(), sys.argv[1:])\nprint('oops', file=sys.stderr)\nsys.exit(3)\n")
    page.fill("#arguments", "one word\ntwo")
    page.locator("#editor .cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#run .ending")).to_have_text("It ended with exit code 3.")
    expect(page.locator("#run pre.out")).to_have_text("Hello, Ada ['one word', 'two']\n")
    expect(page.locator("#run pre.err")).to_have_text("oops\n")
    expect(page.locator("#run .figures dt")).to_have_text(["CPU time", "Wall time", "Memory"])
    for text in page.locator("#run .figures dd:nth-child(2)").all_inner_texts():
        assert re.fullmatch(r"[\d.]+ (ms|s|KiB|MiB)", text)
    assert page.locator("#run meter").count() == 3


def test_output_is_shown_as_it_comes_and_a_run_can_be_stopped(visit: Visit) -> None:
    page = visit()
    write(page, "import time\nprint('first', flush=True)\ntime.sleep(60)\n")
    page.fill("#timeout", "20")
    page.click("#run .go")
    expect(page.locator("#run .outputs")).to_contain_text("first")
    expect(page.locator("#run .ending")).to_have_text("Running …")
    page.click("#run .stop")
    expect(page.locator("#run .ending")).to_have_text("Stopped.")
    expect(page.locator("#run .go")).to_be_focused()


def test_a_refused_request_names_the_field(visit: Visit) -> None:
    page = visit()
    page.fill("#timeout", "999")
    page.click("#run .go")
    expect(page.locator("#notice")).to_contain_text("Refused: timeout: ")


@pytest.mark.parametrize("where", ["sys.stdout", "sys.stderr"])
def test_output_is_text_never_html(visit: Visit, where: str) -> None:
    hostile = "<script>document.title = 1</script><img src=x onerror='document.title = 1'>\x1b[31m\u202e</pre>"
    page = visit()
    write(page, f"import sys\nprint({hostile!r}, file={where})\n")
    page.click("#run .go")
    expect(page.locator("#run .ending")).to_contain_text("exit code 0")
    shown = page.locator("#run .outputs pre")
    expect(shown).to_have_count(1)
    assert shown.text_content() == hostile + "\n"
    assert page.title() == "Zuko"
    assert page.locator("#run .outputs img, #run .outputs script").count() == 0


def test_hostile_output_is_text_in_verdicts_too(visit: Visit) -> None:
    page = visit(path="/#judge")
    write(page, "print('<img src=x onerror=document.title=1>')\n")
    page.fill("#cases .out", "<b>bold</b>")
    page.click("#judge .go")
    expect(page.locator("#cases .verdict")).to_have_text("WA")
    assert page.title() == "Zuko"
    assert page.locator("#cases img, #cases b").count() == 0


def test_cases_are_judged(visit: Visit) -> None:
    """Typed and pasted ones; the first difference stands side by side, and each time beside its limit."""
    page = visit()
    page.click("nav a[data-view=judge]")
    page.fill("#cases .in", "Ada\n")
    page.fill("#cases .out", "Hello, Ada!\n")
    page.click("#paste summary")
    page.fill("#pasted", "Bob\n---\nHello, Bo!\n===\nEve\n---\nHello, Eve!\n")
    page.click("#paste .take")
    page.locator("#judge .go").press("Control+Enter")
    expect(page.locator("#judge .ending")).to_have_text("WA, by case 2: a token differs.")
    expect(page.locator("#cases .verdict")).to_have_text(["AC", "WA", "AC"])
    assert page.locator("#cases .time meter").count() == 3
    expect(page.locator("#cases .difference pre")).to_have_text(["“Bo!”", "“Bob!”"])
    page.get_by_label("Remove case 2").click()
    expect(page.locator("#cases tr.case")).to_have_count(2)
    expect(page.locator("#cases .difference")).to_have_count(0)
    page.click("#judge .go")
    expect(page.locator("#judge .ending")).to_have_text("Accepted.")


PACKAGE: Final = {
    "problem.yaml": "problem_format_version: 2025-09\nname: Greet\nlimits: {time_limit: 1}\n"
    "uuid: 0d8ad2a1-9a7a-4c7f-9d3e-4b1a6d1c2f3e\n",
    "data/sample/1.in": "Ada\n",
    "data/sample/1.ans": "Hello, Ada!\n",
    "data/secret/2.in": "Bob\n",
    "data/secret/2.ans": "Hello, Bob!\n",
}


def test_a_package_is_judged_by(visit: Visit) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in PACKAGE.items():
            archive.writestr(f"greet/{name}", text)
    page = visit(path="/#judge")
    file = {"name": "greet.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
    page.set_input_files("#package", file)  # type: ignore[arg-type]  # one of FilePayload's shapes
    expect(page.locator("#judge .package")).to_contain_text("Judged by the package greet.")
    page.click("#judge .go")
    expect(page.locator("#judge .ending")).to_have_text("Accepted.")
    expect(page.locator("#cases tr.stored .verdict")).to_have_text(["AC", "AC"])
    page.set_input_files("#package", {**file, "buffer": b"no zip"})  # type: ignore[arg-type]
    expect(page.locator("#notice")).to_contain_text("Refused")


def test_submissions_are_followed(visit: Visit) -> None:
    page = visit(path="/#submissions")
    write(page, "print('stored')\n")
    page.click("#submissions .go")
    row = page.locator("#submissions tbody tr").first
    expect(row).to_contain_text("done")
    row.get_by_role("button", name="Show").click()
    expect(page.locator("#submissions .one")).to_contain_text("OK: it ended by itself")
    expect(page.locator("#submissions .one pre").first).to_have_text("stored\n")
    write(page, "print('another')\n")
    row.get_by_role("button", name="Edit").click()
    expect(page.locator("#run")).to_be_visible()
    assert code_of(page).strip() == "print('stored')"


def test_a_link_holds_the_program(visit: Visit) -> None:
    """It is in the fragment, which browsers do not send; a broken one is refused."""
    page = visit()
    write(page, "print('shared', input())\n# ü €\n")
    page.fill("#input", "well\n")
    page.click("#share")
    expect(page.locator("#share")).to_have_text("Copied")
    link: str = page.evaluate("navigator.clipboard.readText()")
    _, _, fragment = link.partition("#")
    assert re.fullmatch(r"p=[A-Za-z0-9_-]+", fragment)
    asked: list[str] = []
    other = visit()
    other.on("request", lambda request: asked.append(request.url))
    other.goto("about:blank")
    other.goto(link)
    other.wait_for_selector("html[data-ready]", state="attached")
    assert code_of(other).split("\n")[:2] == ["print('shared', input())", "# ü €"]
    assert other.input_value("#input") == "well\n"
    assert asked
    assert not [url for url in asked if fragment in url]
    broken = visit(path=f"/#{fragment[:-9]}")
    expect(broken.locator("#notice")).to_have_text("The link holds no program that can be read.")


def test_a_lost_connection_is_reported(visit: Visit, own_server: MakeServer) -> None:
    server = own_server()
    page = visit(server)
    write(page, "import time\nprint(1, flush=True)\ntime.sleep(60)\n")
    page.fill("#timeout", "20")
    page.click("#run .go")
    expect(page.locator("#run .outputs")).to_contain_text("1")
    server.process.kill()
    expect(page.locator("#notice")).to_have_text("The connection was lost.")
    expect(page.locator("#run .go")).to_be_visible()
    page.click("#run .go")
    expect(page.locator("#notice")).to_have_text("The service cannot be reached.")


def test_an_overloaded_service_says_when_to_try_again(visit: Visit, own_server: MakeServer) -> None:
    server = own_server(ZUKO_CONCURRENCY="1", ZUKO_SLEEPING_RUNS="0", ZUKO_QUEUE_SIZE="1", ZUKO_QUEUE_TIMEOUT_S="1")
    page = visit(server)
    sleeper = {"language": "python", "code": "import time; time.sleep(6)", "timeout": 8}
    with ThreadPoolExecutor(2) as clients:
        for _ in range(2):
            clients.submit(server.client.post, "/api/v1/execute", json=sleeper)
        time.sleep(0.5)
        page.click("#run .go")
        expect(page.locator("#notice")).to_contain_text("Try again in 1 s.")


def test_the_key_is_sent_and_kept_in_the_tab_alone(visit: Visit) -> None:
    page = visit()
    page.click("#key summary")
    page.fill("#key-text", "a-key")
    with page.expect_request("**/api/v1/execute") as sent:
        page.click("#run .go")
    assert sent.value.headers["authorization"] == "Bearer a-key"
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.input_value("#key-text") == "a-key"
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
    assert page.context.cookies() == []


def test_narrow_screens_and_names_for_screen_readers(visit: Visit) -> None:
    """Tables that are wider than the screen, for their words, scroll by themselves."""
    page = visit(width=360)
    page.evaluate("document.querySelectorAll('table').forEach((each) => (each.style.minWidth = '30rem'))")
    for view in ("run", "judge", "submissions"):
        page.click(f"nav a[data-view={view}]")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, view
    page.click("nav a[data-view=judge]")
    unnamed = page.evaluate(
        """() => [...document.querySelectorAll("input, select, textarea, button")]
            .filter((each) => !each.labels?.length && !each.ariaLabel && !each.textContent.trim())
            .map((each) => each.outerHTML)"""
    )
    assert unnamed == []
    page.locator("#editor .cm-content").click()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") != "editor"


@pytest.mark.alone
def test_the_page_is_ready_soon(visit: Visit, service: Server) -> None:
    """From asking for it until the example can be run, in a browser that runs and has nothing of it: the median."""
    times = []
    page = visit()
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    for _ in range(7):
        page.goto(service.url)
        page.wait_for_selector("html[data-ready]", state="attached")
        times.append(page.evaluate("performance.getEntriesByName('ready')[0].startTime") / 1000)
    assert sorted(times)[3] < READY_S, times


def test_pictures_can_be_taken(visit: Visit, tmp_path: Path) -> None:
    """Dark and light differ."""
    page = visit()
    page.emulate_media(color_scheme="light")
    light = page.screenshot()
    page.emulate_media(color_scheme="dark")
    assert page.screenshot() != light


CONTRASTS: Final = """() => {
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const light = (color) => channels(color).slice(0, 3).map((each) => each / 255)
        .map((each) => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4)
        .reduce((sum, each, at) => sum + each * [0.2126, 0.7152, 0.0722][at], 0);
    const behind = (element) => {
        const color = getComputedStyle(element).backgroundColor;
        return channels(color)[3] === 0 && element.parentElement ? behind(element.parentElement) : color;
    };
    const shows = (element) => [...element.childNodes].some((each) => each.nodeType === 3 && each.data.trim());
    return [...document.querySelectorAll("body *")].filter((each) => shows(each) && !each.matches(".none, .pending *"))
        .map((each) => {
            const [low, high] = [getComputedStyle(each).color, behind(each)].map(light).sort((a, b) => a - b);
            return [(high + 0.05) / (low + 0.05), each.outerHTML];
        }).filter(([contrast]) => contrast < 4.5);
}"""


def test_scoreboards_and_reports_can_be_read_in_light_and_dark(browser: Browser) -> None:
    """Each text has the contrast that WCAG 2 asks for (4.5), and the colours of the page are those of the scheme."""
    sent = [
        JudgedSubmission("ada", "A", 60, Verdict.AC, 100),
        JudgedSubmission("bob", "A", 90, Verdict.WA, 40),
        JudgedSubmission("bob", "B", 95, Verdict.WA, 0),
        JudgedSubmission("eve", "A", 99, Verdict.AC, 100),
    ]
    case = CaseResult("1", None, Verdict.WA, "differs", 10**8, 10**8, 1 << 20)
    judged = Judgement(Verdict.WA, "differs", None, None, (case, replace(case, name="2", verdict=Verdict.AC)))
    submission = PackageSubmission("accepted/a.py", None, "", ())
    verified = tuple(Verified(submission, None, judged, 1000, (), ("slow",)) for _ in range(2))
    found = [Findings("two", TimeLimit(1000, "of the package"), verified=verified)]
    pages = [scoreboard(standings(sent, Rules.POINTS)), scoreboard(standings(sent, Rules.ICPC)), report(found)]
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        for each in pages:
            page.set_content(each)
            assert page.evaluate(CONTRASTS) == []
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (background == "rgb(18, 23, 29)") is (scheme == "dark")
        page.close()
