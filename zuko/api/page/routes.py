"""The routes of the page. They are not part of the API, and not in its description."""

import json
from functools import lru_cache
from html import escape
from typing import Final

from fastapi import APIRouter, Request, Response

from zuko.api.page.assets import Asset, assets
from zuko.api.routes import languages
from zuko.api.service import ServiceNow
from zuko.languages.examples import example_of
from zuko.languages.table import LANGUAGES

router = APIRouter(include_in_schema=False)

INDEX: Final = "index.html"
# Styles are those of our file; the editor's come from style sheets that a script constructs, which this lets through.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "connect")),
        "base-uri 'self'",
        *(f"{kind} 'none'" for kind in ("form-action", "frame-ancestors")),
    )
)
_HEADERS: Final = {
    "cache-control": "no-cache",  # ask each time; 304 is the answer until a new version
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
}


@router.get("/")
async def page(request: Request, service: ServiceNow) -> Response:
    """Return the page, with what it shows at once: the languages, the limits and the examples."""
    data = (await languages(service)).model_dump(mode="json")
    data["examples"] = {language.name: example_of(language) for language in LANGUAGES.values()}
    return _served(request, _index(request.scope.get("root_path", ""), json.dumps(data)))


@router.get("/page/{path:path}")
async def asset(path: str, request: Request) -> Response:
    """Return a file that the page loads."""
    found = None if path == INDEX else assets().get(path)
    return Response(status_code=404) if found is None else _served(request, found)


@lru_cache(8)  # to compress it takes longer than all else
def _index(root_path: str, data: str) -> Asset:
    """Return the page where a gateway or a proxy puts a path before ours, with data that its script reads."""
    content = assets()[INDEX].content
    # No browser looks for the end of a script in it.
    content = content.replace(b'id="data">null<', b'id="data">' + data.replace("<", "\\u003c").encode() + b"<")
    base = f'<base href="{escape(root_path.rstrip("/"))}/">'.encode()
    return Asset.of(content.replace(b'<base href="/">', base), "html")


def _served(request: Request, found: Asset) -> Response:
    headers = {**_HEADERS, "etag": found.etag}
    if found.etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.content, media_type=found.media_type, headers=headers)
    return Response(found.gzipped, media_type=found.media_type, headers={**headers, "content-encoding": "gzip"})
