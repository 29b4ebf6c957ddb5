"""The page's files and headers; tests/service/others/test_page.py has it in a browser."""

import gzip
import json
import re
from typing import Any, Final

import pytest
from fastapi.testclient import TestClient

from tests import ROOT
from zuko.api.app import create_app
from zuko.api.page.assets import assets
from zuko.api.page.routes import POLICY
from zuko.languages.table import LANGUAGES
from zuko.settings import Settings

LIMIT_BYTES: Final = 250_000  # compressed, everything that a visit loads
SOURCES: Final = sorted((ROOT / "scripts" / "page" / "src").glob("*.js"))


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(create_app(Settings(store="none")))  # not entered: nothing of it needs an engine


def test_everything_that_is_loaded_is_there_and_nothing_else() -> None:
    index = assets()["index.html"].content.decode()
    assert {*re.findall(r'(?:src|href)="page/([^"]+)"', index), "index.html", "modes.js", "LICENSES.txt"} == set(
        assets()
    )


def test_the_page_is_small() -> None:
    sizes = {name: len(asset.gzipped) for name, asset in assets().items() if not name.endswith(".txt")}
    assert sum(sizes.values()) < LIMIT_BYTES, sizes


def test_nothing_is_inline_and_nothing_comes_from_elsewhere() -> None:
    index = assets()["index.html"].content.decode()
    inline = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", index)
    assert inline == ['<script type="application/json" id="data">']  # no browser runs it
    assert not re.search(r"<style|\son[a-z]+=|\sstyle=|javascript:", index)
    own = [index, assets()["page.css"].content.decode(), *(path.read_text() for path in SOURCES)]
    assert len(own) > 10
    assert [text for text in own if "http://" in text or "https://" in text] == []


def test_no_script_parses_html() -> None:
    for path in SOURCES:
        found = re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|srcdoc", path.read_text())
        assert found == [], path.name


@pytest.mark.parametrize("path", ["/", "/page/page.js", "/page/page.css", "/page/icon.svg"])
def test_headers(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["content-security-policy"] == POLICY
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    again = client.get(path, headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_policy() -> None:
    assert "default-src 'none'" in POLICY
    assert not set(POLICY.replace(";", "").split()) & {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "data:"}
    assert "frame-ancestors 'none'" in POLICY


def test_files_are_compressed_for_those_who_can_read_it(client: TestClient) -> None:
    plain = client.get("/page/page.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert client.get("/page/page.js", headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert gzip.decompress(assets()["page.js"].gzipped) == plain.content == assets()["page.js"].content


@pytest.mark.parametrize(
    "path", ["/page/", "/page/none.js", "/page/../app.py", "/page/%2e%2e/app.py", "/page/index.html"]
)
def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("root_path", "base"), [("", "/"), ("/zuko", "/zuko/"), ('/"><script>', "/&quot;&gt;&lt;script&gt;/")]
)
def test_the_page_works_below_a_path(root_path: str, base: str) -> None:
    client = TestClient(create_app(Settings(store="none")), root_path=root_path)
    assert f'<base href="{base}">' in client.get("/").text


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_the_page_has_what_the_service_answers_and_an_example_in_each_language(client: TestClient) -> None:
    data = data_of(client.get("/").text)
    examples = data.pop("examples")
    assert data == client.get("/api/v1/languages").json()
    assert set(examples) == set(LANGUAGES)
    assert all("Hello" in code for code in examples.values())
    assert "#include <" in examples["cpp"]


def test_colours_are_of_languages() -> None:
    """Each name is that of a family; another one would never be used."""
    table = (ROOT / "scripts" / "page" / "src" / "modes.js").read_text().partition("export const MODES")[2]
    named = set(re.findall(r'^  "?([\w-]+)"?[,:]', table, re.MULTILINE))
    assert len(named) > 25
    assert named <= {language.family for language in LANGUAGES.values()}
