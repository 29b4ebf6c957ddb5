"""Hooks of mkdocs: README, changelog and linked source files become part of the site, and links lead to them.

The pages are written for the repository, where `../README.md` and `../../template.yaml` are files. The site has only
`docs/`: so the two pages are added, a source file that is linked to is added as text, and a link to a directory becomes
its words.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
PAGES = {"README.md": "quick-start.md", "CHANGELOG.md": "changelog.md"}  # by their path in the repository

_LINK = re.compile(r"\[([^][]*)\]\(([^)\s]+)\)")
_PICTURE = re.compile(r'(src|srcset)="([^"]+)"')


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside of docs/, and the source files that pages link to."""
    for path, uri in PAGES.items():
        files.append(File.generated(config, uri, content=(ROOT / path).read_text()))
    sources = {path for file in files.documentation_pages() for path in _sources(file)}
    for path in sorted(sources):
        files.append(File.generated(config, _source_uri(path), abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Turn the links of the repository into those of the site."""
    uri = page.file.src_uri

    def link(match: re.Match[str]) -> str:
        text, target = match.groups()
        found = _resolve(uri, target)
        return match[0] if found is None else f"[{text}]({found})" if found else text

    def picture(match: re.Match[str]) -> str:
        return f'{match[1]}="{_resolve(uri, match[2]) or match[2]}"'

    return _PICTURE.sub(picture, _LINK.sub(link, markdown))


def _resolve(uri: str, target: str) -> str | None:
    """Return a link for the page at `uri`; "": there is nothing to link to; None: it is not a path."""
    path, hash_sign, anchor = target.partition("#")
    if not path or re.match(r"[a-z]+:", target):
        return None
    wanted = _in_repository(uri, path)
    if (ROOT / wanted).is_dir():
        return ""
    there = PAGES.get(wanted) or (wanted.removeprefix("docs/") if wanted.startswith("docs/") else _source_uri(wanted))
    return posixpath.relpath(there, posixpath.dirname(uri) or ".") + hash_sign + anchor


def _sources(file: File) -> set[str]:
    """Return the paths of the source files that a page links to."""
    targets = [target.partition("#")[0] for _, target in _LINK.findall(file.content_string)]
    wanted = {_in_repository(file.src_uri, path) for path in targets if path and not re.match(r"[a-z]+:", path)}
    return {path for path in wanted if (ROOT / path).is_file() and path not in PAGES and not path.startswith("docs/")}


def _in_repository(uri: str, path: str) -> str:
    page = {uri: path for path, uri in PAGES.items()}.get(uri, f"docs/{uri}")
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path))


def _source_uri(path: str) -> str:
    return f"source/{path}.txt"
