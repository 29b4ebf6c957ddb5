"""Oddities of text files in test data: line ends of Windows, encodings, a missing last line feed. They are noted."""

from dataclasses import dataclass, field
from typing import Final

_MARKS: Final = (
    (b"\xff\xfe", "begins with ff fe, so it is UTF-16, not UTF-8"),
    (b"\xfe\xff", "begins with fe ff, so it is UTF-16, not UTF-8"),
    (b"\xef\xbb\xbf", "begins with ef bb bf, a byte-order mark"),
)


@dataclass(slots=True)
class TextCheck:
    """The oddities of files, gathered: a package usually has the same one in many."""

    _found: dict[str, list[str]] = field(default_factory=dict)  # by kind: places

    def add(self, path: str, content: bytes) -> None:
        """Look at a file."""
        if not content:
            return
        for mark, message in _MARKS:
            if content.startswith(mark):
                self._found.setdefault(message, []).append(path)
                return
        at = content.find(b"\r")
        if at >= 0:
            line = content.count(b"\n", 0, at) + 1
            ending = (
                "a line that ends with 0d 0a (CR LF)" if content[at + 1 : at + 2] == b"\n" else "a CR (0d) in a line"
            )
            self._found.setdefault(f"has {ending}", []).append(f"{path}, line {line}, byte {at}")
        if content[-1:] != b"\n":
            last = f"{path}, byte {len(content) - 1} ({content[-1]:02x})"
            self._found.setdefault("does not end with a line feed", []).append(last)

    def notes(self) -> list[str]:
        """Return a note for each kind of oddity, with the first place."""
        return [
            f"{places[0]}: {message}" + (f", and {len(places) - 1} more files" if len(places) > 1 else "")
            for message, places in self._found.items()
        ]
