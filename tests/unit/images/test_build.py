"""The images that are built and the way they are built, with a stand-in for the Docker host and one for `docker`."""

import os
import re
import subprocess
import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from tests import ROOT
from tests.harness.waiting import wait_for
from zuko.engine.images import BuilderInfo, ImageInfo, ImageStore
from zuko.images.build import Builder, Ending, Result
from zuko.images.commands import Commands
from zuko.images.context import BuildContext

PYTHON: Final = "zuko-python:3.12"
CPP: Final = "zuko-cpp:14"
GO: Final = "zuko-go:1.24"
BASES: Final = ("debian:trixie-slim", "python:3.12-slim-trixie")
CONTEXT: Final = BuildContext(ROOT)


class Store(ImageStore):
    """The images of a Docker host that exists in these tests alone."""

    def __init__(self, images: dict[str, ImageInfo], directory: str = "/nowhere") -> None:
        self.images = images
        self.directory = directory
        self.removed: list[str] = []

    def find(self, name: str) -> ImageInfo | None:
        return self.images.get(name)

    def remove_unused(self, image_id: str) -> bool:
        self.removed.append(image_id)
        return True

    def builder_info(self) -> BuilderInfo:
        return BuilderInfo(2, self.directory)


@dataclass
class Shown:
    """Progress that is kept."""

    said: list[str] = field(default_factory=list)
    steps: list[tuple[str, str]] = field(default_factory=list)
    going: set[str] = field(default_factory=set)

    def say(self, text: str) -> None:
        self.said.append(text)

    def begin(self, name: str, text: str) -> None:
        assert name not in self.going
        self.going.add(name)
        self.said.append(text)

    def step(self, name: str, text: str) -> None:
        assert name in self.going
        self.steps.append((name, text))

    def end(self, name: str) -> None:
        self.going.remove(name)

    def tick(self) -> None:
        """Called at most once a second, so in few of these tests."""


class Docker:
    """A `docker` command in front of PATH; what it is asked is in its log."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._directory = tmp_path / "bin"
        self._directory.mkdir()
        self._log = tmp_path / "asked"
        monkeypatch.setenv("PATH", f"{self._directory}:{os.environ['PATH']}")
        self.does()

    def does(self, build: str = "exit 0", pull: str = "exit 1", inspect: str = "exit 1") -> None:
        """Set what it does, in shell, when it is asked to build and so on."""
        path = self._directory / "docker"
        path.write_text(
            f'#!/bin/sh\necho "$@" >>{self._log}\n'
            f'case "$1" in\n build) {build} ;;\n pull) {pull} ;;\n image) {inspect} ;;\nesac\n'
        )
        path.chmod(0o755)

    @property
    def builds(self) -> list[str]:
        """The builds that it was asked for, without those of the shared stage."""
        asked = self._log.read_text().splitlines() if self._log.exists() else []
        return [line for line in asked if line.startswith("build ") and " --target " not in f" {line}"]

    @property
    def asked(self) -> str:
        return self._log.read_text() if self._log.exists() else ""


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return Docker(tmp_path, monkeypatch)


def image(label: str, image_id: str = "sha256:before") -> ImageInfo:
    labels = {"zuko.context": label} if label else {}
    return ImageInfo(image_id, 1, datetime.now(UTC), labels)


def store(*, bases: bool = True, **labels: str) -> Store:
    """Return a host with images of these labels: `python="unknown"`."""
    names = {"python": PYTHON, "cpp": CPP, "go": GO}
    found = {names[name]: image(label) for name, label in labels.items()}
    return Store({**found, **({base: image("") for base in BASES} if bases else {})})


def build(
    host: Store,
    *images: str,
    shown: Shown | None = None,
    prefix: str = "",
    force: bool = False,
    jobs: int | None = None,
) -> list[Result]:
    shown = shown or Shown()
    results = Builder(host, CONTEXT, shown, prefix=prefix).build(images, force=force, jobs=jobs)
    assert shown.going == set()
    return results


def endings(results: list[Result]) -> dict[str, Ending]:
    return {result.image: result.ending for result in results}


# --- which --------------------------------------------------------------------------------------------------------


def test_only_what_is_not_up_to_date_is_built(docker: Docker) -> None:
    host = store(python=CONTEXT.digest(PYTHON), cpp="0123456789abcdef")
    shown = Shown()
    results = build(host, PYTHON, CPP, GO, shown=shown)
    assert endings(results) == {PYTHON: Ending.UP_TO_DATE, CPP: Ending.BUILT, GO: Ending.BUILT}
    assert f"{PYTHON} is up to date" in shown.said
    assert f"building {CPP} (1 of 2)" in shown.said
    assert f"building {GO} (2 of 2)" in shown.said
    (first,) = [line for line in docker.builds if "cpp" in line]
    (second,) = [line for line in docker.builds if "go" in line]
    assert f"CONTEXT_HASH={CONTEXT.digest(CPP)} --tag {CPP} --file docker/cpp.Dockerfile" in first
    assert f"CONTEXT_HASH={CONTEXT.digest(GO)} --tag {GO} --file docker/go.Dockerfile" in second


def test_total_is_said_at_the_end(docker: Docker) -> None:
    host = store(python=CONTEXT.digest(PYTHON), cpp="0123456789abcdef")
    host.images[CPP] = replace(host.images[CPP], size_bytes=2000 << 20)
    shown = Shown()
    build(host, PYTHON, CPP, GO, shown=shown)
    assert re.fullmatch(r"2 of 3 images built in \d+ s; 2 are there, 2,000 MiB in all", shown.said[-1])
    shown = Shown()
    build(host, PYTHON, shown=shown)  # a single one has no total
    assert shown.said == [f"{PYTHON} is up to date"]


def test_version_of_a_shared_dockerfile_is_the_tag(docker: Docker) -> None:
    build(store(), "zuko-java:21", "zuko-java:25", CPP)
    for version in ("21", "25"):
        (line,) = [line for line in docker.builds if f"--tag zuko-java:{version} " in f"{line} "]
        assert f"--build-arg VERSION={version} " in line
    assert all("VERSION" not in line for line in docker.builds if "cpp" in line)


def test_nothing_is_asked_of_the_docker_command_where_all_is_up_to_date(docker: Docker) -> None:
    build(store(python=CONTEXT.digest(PYTHON), bases=False), PYTHON)
    assert docker.asked == ""


def test_force_builds_what_is_up_to_date(docker: Docker) -> None:
    assert endings(build(store(python=CONTEXT.digest(PYTHON)), PYTHON, force=True)) == {PYTHON: Ending.BUILT}


def test_prefix(docker: Docker) -> None:
    """The prefix is in the names of the images, and nowhere else."""
    host = store(python=CONTEXT.digest(PYTHON))
    shown = Shown()
    assert endings(build(host, PYTHON, shown=shown, prefix="try/")) == {PYTHON: Ending.BUILT}
    assert f"--tag try/{PYTHON} --file docker/python.Dockerfile" in docker.builds[0]
    host.images[f"try/{PYTHON}"] = host.images[PYTHON]
    assert endings(build(host, PYTHON, prefix="try/")) == {PYTHON: Ending.UP_TO_DATE}


# --- how ----------------------------------------------------------------------------------------------------------


def test_steps_are_shown(docker: Docker) -> None:
    docker.does(build="echo 'Step 1/2 : FROM debian'; echo noise; echo '#5 [root 2/2] RUN true' >&2")
    shown = Shown()
    build(store(), PYTHON, shown=shown)
    assert shown.steps == [(PYTHON, "1/2 FROM debian"), (PYTHON, "root 2/2 RUN true")]


def test_shared_stage_is_built_once_before_several_images(docker: Docker) -> None:
    build(store(), CPP, GO)
    (first, *_) = [line for line in docker.asked.splitlines() if line.startswith("build")]
    assert first.startswith("build --target init --file docker/cpp.Dockerfile")
    assert len(docker.builds) == 2


@pytest.mark.parametrize(("jobs", "together"), [(1, 1), (2, 2), (None, 2)])
def test_images_at_a_time(docker: Docker, tmp_path: Path, jobs: int | None, together: int) -> None:
    """The default is as many as the Docker host has cores."""
    mark = f"{tmp_path}/going"
    # A build waits for as many as are to go on together, however slowly they begin, and then for one too many.
    waits = f"for n in $(seq 200); do [ $(grep -c + {mark}) -ge {together} ] && break; sleep 0.05; done; sleep 0.2"
    docker.does(build=f'case "$*" in *--target*) exit 0 ;; esac; echo + >>{mark}; {waits}; echo - >>{mark}')
    build(store(), PYTHON, CPP, GO, jobs=jobs)
    going = most = 0
    for line in (tmp_path / "going").read_text().split():
        going += 1 if line == "+" else -1
        most = max(most, going)
    assert most == together


def test_older_image_is_removed(docker: Docker) -> None:
    """The image that lost its name to a new one is removed; if both are the same image, nothing is."""
    host = store(python="0123456789abcdef")
    build(host, PYTHON)
    assert host.removed == []
    before = host.images[PYTHON]

    class Rebuilt(Store):
        def find(self, name: str) -> ImageInfo | None:
            is_built = name == PYTHON and len(docker.builds) > 1
            return replace(before, image_id="sha256:built") if is_built else super().find(name)

    host = Rebuilt(host.images)
    build(host, PYTHON)
    assert host.removed == [before.image_id]


def test_build_without_a_network_of_its_own_is_given_the_host_s(docker: Docker) -> None:
    docker.does(build="""case "$*" in *"--network host"*) exit 0 ;; esac; echo 'Could not resolve deb.x'; exit 100""")
    shown = Shown()
    assert endings(build(store(), CPP, GO, shown=shown)) == {CPP: Ending.BUILT, GO: Ending.BUILT}
    assert sum("with that of the Docker host" in line for line in shown.said) == 1
    assert all("--network host" in line for line in docker.builds)


def test_proxies_are_passed_on(docker: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy:3128")
    build(store(), PYTHON)
    assert "--build-arg https_proxy" in docker.builds[0]
    assert "http://proxy" not in docker.builds[0]
    assert "HTTPS_PROXY" not in docker.builds[0]


# --- failures -----------------------------------------------------------------------------------------------------


def test_failure_has_the_end_of_the_output(docker: Docker) -> None:
    docker.does(build="for n in $(seq 100); do echo line $n; done; exit 1")
    (result,) = build(store(python="0123456789abcdef"), PYTHON)
    assert result.ending is Ending.FAILED
    assert result.failure is not None
    assert result.failure.message == f"{PYTHON} could not be built"
    assert result.failure.lines == tuple(f"line {n}" for n in range(81, 101))
    assert result.failure.hints == (f"cd {ROOT} && docker build -f docker/python.Dockerfile -t {PYTHON} .",)


def test_one_failure_does_not_keep_the_others_from_being_built(docker: Docker) -> None:
    docker.does(build='case "$*" in *cpp*) exit 1 ;; esac')
    assert endings(build(store(), CPP, GO)) == {CPP: Ending.FAILED, GO: Ending.BUILT}


def test_full_disk(docker: Docker) -> None:
    docker.does(build="echo 'write /x: no space left on device'; exit 1")
    (result,) = build(store(), PYTHON)
    assert result.failure is not None
    assert result.failure.message.startswith("the disk is full")
    assert "docker system prune" in result.failure.hints


def test_little_disk_is_refused_before_anything_is_built(docker: Docker) -> None:
    host = Store(store().images, directory="/")
    shown = Shown()
    results = Builder(host, CONTEXT, shown, free_mib=1 << 40).build([PYTHON, CPP])
    assert endings(results) == {PYTHON: Ending.FAILED, CPP: Ending.FAILED}
    assert len({result.failure for result in results}) == 1
    assert docker.builds == []


@pytest.mark.parametrize("bases", [False, True], ids=["without bases", "with bases"])
def test_image_built_by_hand_is_used_where_it_cannot_be_built(docker: Docker, bases: bool) -> None:
    """`docker build` without the hash, then a machine without a registry: a warning, and the image it has."""
    docker.does(build="exit 1")
    shown = Shown()
    assert endings(build(store(python="unknown", bases=bases), PYTHON, shown=shown)) == {PYTHON: Ending.KEPT}
    assert any(line.startswith(f"warning: {PYTHON} was built by hand") for line in shown.said)
    assert bool(docker.builds) is bases
    assert "pull" not in docker.asked


def test_without_the_docker_command(docker: Docker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the command, images that exist are used, whatever they were built from; a missing one is an error."""
    monkeypatch.setenv("PATH", "/nowhere")
    shown = Shown()
    results = build(store(python=CONTEXT.digest(PYTHON), cpp="0123456789abcdef"), PYTHON, CPP, GO, shown=shown)
    assert endings(results) == {PYTHON: Ending.UP_TO_DATE, CPP: Ending.KEPT, GO: Ending.FAILED}
    assert any(line.startswith(f"warning: {CPP} is out of date; without the docker command") for line in shown.said)
    (failure,) = [result.failure for result in results if result.failure]
    assert "the docker command is missing" in failure.message


# --- base images --------------------------------------------------------------------------------------------------


def make_bases(tmp_path: Path, script: str) -> BuildContext:
    """Return the context, with another script that makes base images."""
    (tmp_path / "context").mkdir()
    for name in (".dockerignore", "docker"):
        (tmp_path / "context" / name).symlink_to(ROOT / name)
    context = BuildContext(tmp_path / "context")
    (tmp_path / "make.sh").write_text(script)

    class Made(BuildContext):
        base_script = tmp_path / "make.sh"

    return Made(context.root)


def test_missing_bases_are_pulled(docker: Docker, tmp_path: Path) -> None:
    docker.does(pull="echo '3.12: Pulling from library/x'")
    context = make_bases(tmp_path, 'test "$1" = --outdated || exit 1')
    shown = Shown()
    (result,) = Builder(store(bases=False), context, shown).build([PYTHON])
    assert result.ending is Ending.BUILT
    assert [line for line in docker.asked.splitlines() if line.startswith("pull")] == [f"pull {base}" for base in BASES]


def test_bases_are_made_where_no_registry_answers(docker: Docker, tmp_path: Path) -> None:
    """Base images are made with the interpreter that runs Zuko, after the first failure to pull one."""
    context = make_bases(tmp_path, f'test "$1" = --outdated || echo "$PYTHON" >{tmp_path}/made')
    shown = Shown()
    (result,) = Builder(store(bases=False), context, shown).build([PYTHON])
    assert result.ending is Ending.BUILT
    assert docker.asked.count("pull ") == 1
    assert Path((tmp_path / "made").read_text().strip()).is_file()


def test_bases_that_cannot_be_had(docker: Docker, tmp_path: Path) -> None:
    context = make_bases(tmp_path, 'test "$1" = --outdated || { echo "needs root"; exit 1; }')
    results = Builder(store(bases=False), context, Shown()).build([PYTHON, CPP])
    assert endings(results) == {PYTHON: Ending.FAILED, CPP: Ending.FAILED}
    assert {result.failure for result in results if result.failure} == {results[0].failure}
    assert results[0].failure is not None
    assert results[0].failure.lines == ("needs root",)
    assert docker.builds == []


@pytest.mark.parametrize("makes", [True, False])
def test_an_older_stand_in_is_replaced(docker: Docker, tmp_path: Path, makes: bool) -> None:
    """The registry is asked for it, then it is made again; where that fails it is used as it is."""
    script = f'test "$1" != --outdated || {{ echo {BASES[1]}; exit 0; }}; exit {0 if makes else 1}'
    context = make_bases(tmp_path, script)
    shown = Shown()
    (result,) = Builder(store(), context, shown).build([PYTHON])
    assert result.ending is Ending.BUILT
    assert f"pull {BASES[1]}" in docker.asked
    assert f"pull {BASES[0]}" not in docker.asked
    assert any("older ones are used as they are" in line for line in shown.said) is not makes


@pytest.mark.parametrize(
    ("debian", "python", "outdated"),
    [
        ("1", "2", []),
        ("1", "1", ["python:3.12-slim-trixie"]),
        ("0", "2", ["debian:trixie-slim"]),
        ("", "", []),  # no label: not ours
        ("missing", "missing", []),
    ],
)
def test_older_stand_ins_are_made_again(tmp_path: Path, debian: str, python: str, outdated: list[str]) -> None:
    """Only those are made again: images from a registry and images of the user stay."""
    command = tmp_path / "docker"
    command.write_text(
        f"""#!/bin/sh
case "$*" in
    *debian:trixie-slim) edition="{debian}" ;;
    *python:3.12-slim-trixie) edition="{python}" ;;
esac
test "$edition" != missing && echo "$edition"
"""
    )
    command.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    script = [str(CONTEXT.base_script), "--outdated"]
    printed = subprocess.run(script, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert printed.stdout.split() == outdated


# --- commands -----------------------------------------------------------------------------------------------------


def test_commands_end_with_what_they_started(tmp_path: Path) -> None:
    """A signal ends builds: the command, and what that runs."""
    commands = Commands()
    marker = tmp_path / "pid"
    argv = ["sh", "-c", f"sleep 60 & echo $! >{marker}; wait"]
    thread = threading.Thread(target=commands.run, args=(argv,), kwargs={"cwd": tmp_path})
    thread.start()
    wait_for(lambda: marker.exists() and marker.read_text().strip(), 10, "the command to start")
    commands.cancel()
    thread.join(10)
    assert not thread.is_alive()
    child = Path(f"/proc/{marker.read_text().strip()}")
    wait_for(lambda: not child.exists() or "Z" in (child / "stat").read_text().split()[2], 10, "its child to end")
    assert commands.run(["true"], cwd=tmp_path).code == 127


def test_command_that_gives_no_sign_is_ended(tmp_path: Path) -> None:
    """A `docker pull` whose packets vanish would be silent for minutes."""
    started = time.monotonic()
    finished = Commands().run(["sleep", "60"], cwd=tmp_path, first_sign="Pulling", within_s=0.2)
    assert not finished.succeeded
    assert time.monotonic() - started < 10
    finished = Commands().run(
        ["sh", "-c", "echo Pulling from x; sleep 0.5; echo done"], cwd=tmp_path, first_sign="Pulling", within_s=0.3
    )
    assert finished.succeeded
    assert finished.lines == ("Pulling from x", "done")


def test_command_that_does_not_exist(tmp_path: Path) -> None:
    finished = Commands().run(["no-such-command"], cwd=tmp_path)
    assert (finished.code, finished.lines) == (127, ("no-such-command: No such file or directory",))


def test_certificates_mean_tls_for_the_docker_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Certificates make the command use TLS, as they do for our own client: alone it would use plain TCP."""
    monkeypatch.delenv("DOCKER_TLS_VERIFY", raising=False)
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    argv = ["sh", "-c", 'echo "$DOCKER_TLS_VERIFY"']
    for host, verify in (("unix:///var/run/docker.sock", ""), ("tcp://docker:2376", "1")):
        monkeypatch.setenv("DOCKER_HOST", host)
        assert Commands().run(argv, cwd=tmp_path).lines == (verify,)
