"""A site's own languages, from their libraries to a program that a service runs with them.

The images have a prefix, so that no other service here sees them.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx2
import pytest

import docker
from tests.harness.command import zuko
from tests.harness.server import Server
from tests.harness.tested import named
from tests.harness.waiting import wait_for
from zuko.api.compat.judge0.languages import own_id
from zuko.languages.language import Language
from zuko.languages.own import own_language
from zuko.languages.table import LANGUAGES

Build = Callable[[str, str, Path], None]
PREFIX: Final = "zuko-try-own/"
REQUIREMENTS: Final = """\
more-itertools==10.7.0 \\
    --hash=sha256:d43980384673cb07d2f7d2d918c616b30c659c089ee23953f601d6609c67510e
"""
LOCK: Final = {
    "lockfileVersion": 3,
    "packages": {
        "": {"dependencies": {"is-number": "7.0.0"}},
        "node_modules/is-number": {
            "version": "7.0.0",
            "integrity": "sha512-"
            "41Cifkg6e8TylSpdtTpeLVMqvSBEVzTttHvERD741+pnZ8ANv0004MRL43QKPDlK9cGvNp6NZWZUBlbGXYxxng==",
        },
    },
}


@pytest.fixture
def build(docker_client: docker.DockerClient) -> Iterator[Build]:
    """Return a function that builds an image, and remove them at the end."""

    def build(name: str, option: str, libraries: Path) -> None:
        language = own_language(name)
        assert language is not None
        docker_client.images.get(LANGUAGES[language.base].image).tag(PREFIX + LANGUAGES[language.base].image)
        built = zuko("images", "build", name, option, libraries, ZUKO_IMAGE_PREFIX=PREFIX)
        assert (built.returncode, f"{PREFIX}{language.image} is built" in built.stdout.decode()) == (0, True), built

    yield build
    for image in docker_client.images.list(filters={"reference": f"{PREFIX}*"}):
        for tag in image.tags:
            if tag.startswith(PREFIX):
                docker_client.images.remove(tag, force=True)  # a container may be on its way out


def check_facades(client: httpx2.Client, code: str) -> None:
    """Check that clients of other systems find the language and run programs in it."""
    assert {"language": "c-course", "version": "14.0.0", "aliases": []} in client.get("/api/v2/runtimes").json()
    program = {"language": "c-course", "version": "*", "files": [{"content": code}]}
    assert client.post("/api/v2/execute", json=program).json()["run"]["stdout"] == "42\n"
    numbers = {each["name"]: each["id"] for each in client.get("/languages").json()}
    assert numbers["c-course (GCC 14)"] == own_id("c-course")
    sent = {"language_id": own_id("c-course"), "source_code": code, "wall_time_limit": 10}
    found = client.post("/submissions?wait=true&fields=stdout,language", json=sent).json()
    assert (found["stdout"], found["language"]["name"]) == ("42\n", "c-course (GCC 14)")


def test_headers_of_a_site(build: Build, tmp_path: Path) -> None:
    """A service that runs finds the language by its image; a command runs programs in it at once."""
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "answer.h").write_text("static int answer(void) { return 42; }\n")
    code = '#include <course/answer.h>\n#include <stdio.h>\nint main(void) { printf("%d\\n", answer()); }\n'
    build("c-course", "--headers", tmp_path)
    env = {
        "ZUKO_IMAGE_PREFIX": PREFIX,
        "ZUKO_READY_LANGUAGES": "c",
        "ZUKO_FACADES": "piston,judge0",
        "ZUKO_STORE": f"sqlite:///{tmp_path / 'submissions.db'}",
    }
    with Server(env) as server:

        def listed() -> list[str]:
            return [each["name"] for each in server.client.get("/api/v1/languages").json()["languages"]]

        wait_for(lambda: server.get_status("/readyz") == 200 and "c-course" in listed(), 60, "the language to be found")
        assert server.execute(code, language="c-course", timeout=10)["stdout"] == "42\n"
        assert server.execute(code, language="c-other")["reason"] == "unsupported_language"
        assert '"c-course"' in server.client.get("/").text
        check_facades(server.client, code)
    program = tmp_path / "main.c"
    program.write_text(code)
    assert zuko("run", program, "-l", "c-course", ZUKO_IMAGE_PREFIX=PREFIX).stdout == b"42\n"
    lines = zuko("images", "list", ZUKO_IMAGE_PREFIX=PREFIX).stdout.decode().splitlines()
    assert lines[-1].split()[:5] == ["c-course", f"{PREFIX}zuko-c-course:14", "up", "to", "date"]


CODE: Final = {
    "python": "import more_itertools\nprint(more_itertools.take(2, 'abc'), more_itertools.__file__)",
    "javascript": "console.log(require('is-number')('5'));\n"
    "import('is-number').then(it => console.log(it.default('x')));",
}
OUTPUT: Final = {
    "python": "['a', 'b'] /usr/local/lib/python3.12/site-packages/more_itertools/__init__.py\n",
    "javascript": "true\nfalse\n",
}


@pytest.mark.parametrize("usual", named("python-data"), ids=lambda language: language.name)
@pytest.mark.parametrize("base", CODE)
def test_packages_of_a_site(build: Build, tmp_path: Path, base: str, usual: Language) -> None:
    """From the real registries, in the image. It takes as long as an image does, so it is not among the usual tests."""
    (tmp_path / "package-lock.json").write_text(json.dumps(LOCK))
    given, option, text = {
        "python": ("requirements.txt", "--requirements", REQUIREMENTS),
        "javascript": ("package.json", "--packages", json.dumps({"dependencies": {"is-number": "7.0.0"}})),
    }[base]
    (tmp_path / given).write_text(text)
    build(f"{base}-course", option, tmp_path / given)
    program = tmp_path / "main"
    program.write_text(CODE[base])
    result = zuko("run", program, "-l", f"{base}-course", "--wall-time-limit", 10_000, ZUKO_IMAGE_PREFIX=PREFIX)
    assert (result.stdout.decode(), result.returncode) == (OUTPUT[base], 0), result
