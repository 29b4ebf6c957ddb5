"""Division of a request into its document and its large strings, which are stored once by their hash.

Test cases, checkers and sources come again with the next submission to the same problem. A string of at least
`PART_BYTES` becomes a part; shorter ones stay in the document, as a part costs a row.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

from zuko.errors import LostPartError
from zuko.submissions.model import StoredRequest

PART_BYTES: Final = 1024

_COMPACT: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))

type _Path = tuple[str | int, ...]


def digest(content: bytes) -> str:
    """Return the name of a part: its SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def fetch(get_part: Callable[[str], bytes | None], name: str) -> bytes:
    """Return a part of a store.

    Args:
        get_part: of the store.
        name: of the part.

    Raises:
        LostPartError: the store does not have it, or has other bytes under that name.
        StoreError: the store does not answer.
    """
    content = get_part(name)
    if content is None or digest(content) != name:
        raise LostPartError(f"the part {name:.16} of a submission is {'missing' if content is None else 'damaged'}")
    return content


def divide(request: dict[str, Any]) -> tuple[StoredRequest, dict[str, bytes]]:
    """Return a request as it is stored, and its parts by their hashes.

    Args:
        request: JSON's values; its strings are Unicode without lone surrogates.
    """
    parts: dict[str, bytes] = {}
    places: list[tuple[_Path, str]] = []

    def without_parts(value: Any, path: _Path) -> Any:
        match value:
            case str() if len(value) * 4 >= PART_BYTES:  # UTF-8 has at most four bytes for a character
                content = value.encode()
                if len(content) < PART_BYTES:
                    return value
                name = digest(content)
                parts[name] = content
                places.append((path, name))
                return None
            case dict():
                return {key: without_parts(each, (*path, key)) for key, each in value.items()}
            case list():
                return [without_parts(each, (*path, number)) for number, each in enumerate(value)]
        return value

    return StoredRequest(_COMPACT.encode(without_parts(request, ())), tuple(places)), parts


def join(stored: StoredRequest, get_part: Callable[[str], bytes]) -> dict[str, Any]:
    """Return the request, with its parts in their places.

    Args:
        stored: as `divide` made it.
        get_part: returns a part by its hash.
    """
    request: dict[str, Any] = json.loads(stored.document)
    texts: dict[str, str] = {}
    for path, name in stored.parts:
        if name not in texts:
            texts[name] = get_part(name).decode()
        container: Any = request
        for step in path[:-1]:
            container = container[step]
        container[path[-1]] = texts[name]
    return request
