"""What a page needs so that everybody can use it: asked of the page as the browser shows it.

The questions are in accessibility.js, written by hand after WCAG 2.2, level AA; each names its criterion.
"""

from pathlib import Path

from playwright.sync_api import Page

Finding = str

_QUESTIONS = Path(__file__).with_name("accessibility.js").read_text()


def examine(page: Page) -> list[Finding]:
    """Ask the questions; nothing is returned where all is well."""
    found: list[Finding] = page.evaluate(_QUESTIONS)
    return found
