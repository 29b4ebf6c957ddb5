"""Printable text from compilers, packages and programs: it cannot control the terminal."""


def printable_lines(text: str) -> str:
    """Return a text with U+FFFD for each character that is not printable, a newline or a tab."""
    return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text)
