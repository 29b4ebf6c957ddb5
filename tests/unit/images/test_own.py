"""The build context of a site's own language, and libraries that are refused."""

import json
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from tests.unit.images.test_build import image
from zuko.images.context import BuildContext
from zuko.images.own import LibrariesError, language_state, own_context
from zuko.images.state import State
from zuko.languages.language import Language
from zuko.languages.own import own_language
from zuko.languages.table import LANGUAGES

CLONE: Final = BuildContext(ROOT)
HASH: Final = "--hash=sha256:" + "0" * 64


def own(name: str) -> Language:
    language = own_language(name)
    assert language is not None
    return language


def test_context_has_what_its_dockerfile_copies(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir(mode=0o700)
    (tmp_path / "deep" / "a.h").write_text("int a;\n")
    with own_context(CLONE, own("cpp-course"), tmp_path, prefix="try/") as context:
        image = "zuko-cpp-course:14"
        text = (context.root / context.dockerfile(image)).read_text()
        assert "FROM try/zuko-cpp:14\n" in text
        assert f'zuko.own="cpp" zuko.base="{CLONE.digest("zuko-cpp:14")}" zuko.context=' in text
        assert "@" not in text
        copied = context.root / "docker" / "own" / "headers" / "deep"
        assert (copied.stat().st_mode & 0o777, (copied / "a.h").read_text()) == (0o755, "int a;\n")
        before = context.digest(image)
        (copied / "a.h").write_text("int b;\n")
        assert context.digest(image) != before
    assert not context.root.exists()


@pytest.mark.parametrize("name", ["python-course", "javascript-course"])
def test_digest_depends_on_each_file_of_the_site(tmp_path: Path, name: str) -> None:
    (tmp_path / "given").write_text(f"tabulate==0.9.0 \\\n    {HASH}\n")
    (tmp_path / "package-lock.json").write_text('{"packages": {"": {}}}')
    with own_context(CLONE, own(name), tmp_path / "given", prefix="") as context:
        image = own(name).image
        for path in (context.root / "docker" / "own").iterdir():
            before = context.digest(image)
            path.write_text(path.read_text() + "\n")
            assert context.digest(image) != before, path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("tabulate==0.9.0\n", "'tabulate==0.9.0' has no hash: lock the packages with `uv pip compile"),
        (f"a==1 {HASH}\nb==2 # {HASH[:30]}\n", "'b==2' has no hash"),
        ("# nothing\n--index-url https://pypi.example/simple\n", "names no packages"),
        ("\x80", "is not UTF-8"),
        (f"a==1 {HASH}\n--no-binary :all:\n", "'--no-binary' is not allowed"),
        (f"a==1 {HASH} --no-bin :all:\n", "'--no-bin' is not allowed"),
        (f"a==1 {HASH}\n# a comment that pip ends here \\\n--no-binary a\n", "'--no-binary' is not allowed"),
        (f'-i https://pypi.example/ "--no-binary" a\na==1 {HASH}\n', "--no-binary"),
        (f"a==1 \\\n    {HASH} \\\n    --no-\\\nbinary a\n", "'--no-"),
        (f"a @ https://a.example/a-1.tar.gz#a.whl {HASH}\n", "'a@https://a.example/a-1.tar.gz#a.whl' is not allowed"),
        (f"/tmp/a-1.zip {HASH}\n", "'/tmp/a-1.zip' is not allowed"),
    ],
)
def test_requirements_that_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "requirements.txt"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(LibrariesError) as raised, own_context(CLONE, own("python-course"), path, prefix=""):
        pass
    assert problem in str(raised.value)


def test_requirements_that_tools_lock_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    locked = (ROOT / "docker" / "python-data" / "requirements.txt").read_text()
    wheel = f"a @ https://a.example/a-1-py3-none-any.whl ; python_version > '3' \\\n    {HASH}\n    # via -r b/c.in\n"
    path.write_text(f"--index-url https://pypi.example/simple\n{locked}{wheel}")
    with own_context(CLONE, own("python-course"), path, prefix="") as context:
        assert (context.root / "docker" / "own" / "requirements.txt").read_text() == path.read_text()
        text = (context.root / "docker" / "python-course.Dockerfile").read_text()
    assert "/python3.12 -I -S -m compileall" in text, "a .pth file of a package would be run, as root"


def test_headers_that_lead_elsewhere_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the host")
    headers = tmp_path / "headers"
    headers.mkdir()
    (headers / "a.h").write_text("int a;\n")
    (headers / "same.h").symlink_to("a.h")
    with own_context(CLONE, own("c-course"), headers, prefix="") as context:
        assert (context.root / "docker" / "own" / "headers" / "same.h").read_text() == "int a;\n"
    (headers / "b.h").symlink_to("../secret")
    with (
        pytest.raises(LibrariesError, match=r"b\.h: leads out of"),
        own_context(CLONE, own("c-course"), headers, prefix=""),
    ):
        pass


@pytest.mark.parametrize(
    ("lock", "problem"),
    [
        (None, "package-lock.json: does not exist"),
        ({"lockfileVersion": 1, "dependencies": {}}, "is not a lock of npm 7 or later"),
        ({"packages": {"": {}, "node_modules/x": {"resolved": "git+ssh://a/b"}}}, "'node_modules/x' has no hash"),
        ({"packages": {"usr/local/sbin": {"integrity": "sha512-0"}}}, "'usr/local/sbin' is not a package below"),
    ],
)
def test_locks_that_are_refused(tmp_path: Path, lock: object, problem: str) -> None:
    (tmp_path / "package.json").write_text("{}")
    if lock is not None:
        (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    with (
        pytest.raises(LibrariesError) as raised,
        own_context(CLONE, own("javascript-course"), tmp_path / "package.json", prefix=""),
    ):
        pass
    assert problem in str(raised.value)


def test_state_is_that_of_the_image_below() -> None:
    language = own("python-course")
    found = image("of its own")
    assert language_state(CLONE, language, found) is State.OUT_OF_DATE
    found.labels["zuko.base"] = CLONE.digest(LANGUAGES["python"].image)
    assert language_state(CLONE, language, found) is State.UP_TO_DATE
    assert language_state(CLONE, language, None) is State.MISSING
