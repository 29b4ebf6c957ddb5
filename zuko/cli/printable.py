"""What is shown of others' words: compilers', packages', programs'. None of it commands the terminal."""


def printable_lines(text: str) -> str:
    """Text with each character that is neither seen nor ends a line replaced by U+FFFD."""
    return "".join(each if each.isprintable() or each in "\n\t" else "\ufffd" for each in text)
