"""The files of the page, compressed once, with their types."""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the page."""

    content: bytes
    gzipped: bytes
    media_type: str
    etag: str

    @classmethod
    def of(cls, content: bytes, suffix: str) -> "Asset":
        """Return an asset with this content; the suffix is that of its file, without the point."""
        etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        return cls(content, gzip.compress(content, mtime=0), _TYPES[suffix], etag)


@cache
def assets() -> dict[str, Asset]:
    """Return the files by their paths: "page.js"."""
    folder = files("zuko.api.page") / "static"
    return {path.name: Asset.of(path.read_bytes(), path.name.rpartition(".")[2]) for path in folder.iterdir()}
