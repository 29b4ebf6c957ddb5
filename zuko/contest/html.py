"""A self-contained HTML page: no script, no font, no network, and a policy that enforces it."""

from html import escape

from zuko.contest.scoreboard import safe_name


def page(title: str, style: str, body: str) -> str:
    """Return a page, as text to be written in UTF-8.

    Args:
        title: any text.
        style: CSS.
        body: HTML.
    """
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{safe_text(title)}</title>
<style>{style}</style>
</head>
<body>
{body}</body>
</html>
"""


def safe_text(text: str) -> str:
    """Return a text for a page, in an element or an attribute: on one line, see `safe_name`."""
    return escape(safe_name(text), quote=True)
