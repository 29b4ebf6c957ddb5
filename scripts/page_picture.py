"""Take the pictures of the page for the README: `python -m scripts.page_picture http://127.0.0.1:8000`."""

import sys
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Page, expect, sync_playwright

IMAGES: Final = Path(__file__).parents[1] / "docs" / "images"
CHROMIUM: Final = "/usr/bin/chromium"
PROGRAM: Final = """\
n = int(input())
numbers = sorted(map(int, input().split()))

# The median: the middle one, or the mean of the two in the middle.
if n % 2:
    print(numbers[n // 2])
else:
    print((numbers[n // 2 - 1] + numbers[n // 2]) // 2)
"""
CASES: Final = "3\n5 1 3\n---\n3\n===\n1\n42\n---\n42\n===\n4\n9 1 4 3\n---\n3.5\n"
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")


def main(url: str) -> None:
    """Judge a program on the page of a service, and keep what it looks like."""
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
    ):
        context = browser.new_context(viewport={"width": 1260, "height": 560})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(f"{url}/#judge")
        page.wait_for_selector("html[data-ready]", state="attached")
        judge(page)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=IMAGES / f"page-{scheme}.png")


def judge(page: Page) -> None:
    """Judge the program on the cases."""
    page.get_by_label("Remove case 1").click()
    page.click("#paste summary")
    page.fill("#pasted", CASES)
    page.click("#paste .take")
    page.click("#paste summary")
    page.locator("#editor .cm-content").click()
    page.evaluate("text => navigator.clipboard.writeText(text)", PROGRAM)
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+V")
    page.click("#judge .go")
    expect(page.locator("#judge .ending")).to_contain_text("by case 3", timeout=20_000)


if __name__ == "__main__":
    main(sys.argv[1])
