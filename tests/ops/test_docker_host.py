"""infra/docker-host.sh: what it writes, what systemd makes of that, and the engine that it sets up, from outside."""

import contextlib
import gzip
import json
import os
import shutil
import socket
import ssl
import stat
import subprocess
from collections.abc import Iterator
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any, Final

import pytest

from tests import ROOT
from tests.harness.dockerd import NEEDS_DOCKERD
from tests.harness.server import Server
from tests.harness.tls_engine import TlsEngine
from tests.harness.waiting import wait_for
from zuko.engine.engine import LABEL
from zuko.languages.table import LANGUAGES, PYTHON

SCRIPT: Final = ROOT / "infra" / "docker-host.sh"
CERTS: Final = ROOT / "scripts" / "certs.sh"

pytestmark = [*NEEDS_DOCKERD, pytest.mark.long(30)]


def host(*arguments: str | Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the script with the most permissive umask."""
    command = ["bash", "-c", 'umask 0; exec "$0" "$@"', SCRIPT, *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- the configuration ----------------------------------------------------------------------------------------------


@pytest.fixture
def stub(tmp_path: Path) -> dict[str, str]:
    """Return an environment whose `aws` records how it was called, and prints the file `secret`."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "aws").write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\ncat {tmp_path}/secret\n')
    (programs / "aws").chmod(0o755)
    (tmp_path / "secret").write_text(json.dumps({"ca": "the ca", "cert": "the cert", "key": "the key"}))
    return {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}


def configure(directory: Path, *arguments: str | Path, env: dict[str, str] | None = None) -> dict[str, Any]:
    """Return the daemon.json that the script writes."""
    result = host("configure", "--directory", directory, *arguments, env=env)
    assert result.returncode == 0, result.stderr
    written: dict[str, Any] = json.loads((directory / "daemon.json").read_text())
    return written


def test_certificates_of_a_secret(tmp_path: Path, stub: dict[str, str]) -> None:
    """The files and their directory are for root only, and appear in no argument or output."""
    result = host("configure", "--directory", tmp_path / "etc", "--secret", "zuko/host", env=stub)
    assert (result.returncode, result.stderr) == (0, "")
    tls = tmp_path / "etc" / "tls"
    assert {each.name: each.read_text() for each in tls.iterdir()} == {
        f"{name}.pem": f"the {name}" for name in ("ca", "cert", "key")
    }
    assert mode(tls) == 0o700
    assert {mode(each) for each in tls.iterdir()} == {0o600}
    assert "--secret-id zuko/host" in (tmp_path / "calls").read_text()
    assert "the key" not in (tmp_path / "calls").read_text() + result.stdout


@pytest.mark.parametrize("content", ["", "private", '{"ca": "private"}', '{"ca": 1, "cert": "private"}', '["private"]'])
def test_no_good_secret(tmp_path: Path, stub: dict[str, str], content: str) -> None:
    """Says which, not what is in it, and leaves the certificates of before in place."""
    configure(tmp_path / "etc", "--secret", "zuko/host", env=stub)
    (tmp_path / "secret").write_text(content)
    result = host("configure", "--directory", tmp_path / "etc", "--secret", "zuko/host", env=stub)
    assert result.returncode != 0
    assert "zuko/host" in result.stderr
    assert "private" not in result.stdout + result.stderr
    assert (tmp_path / "etc" / "tls" / "key.pem").read_text() == "the key"


def test_again(tmp_path: Path, stub: dict[str, str]) -> None:
    """Certificates stay if no new ones are given; daemon.json is kept, and not rewritten if unchanged."""
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "daemon.json").write_text("{}")
    first = configure(etc, "--secret", "zuko/host", env=stub)
    assert first["hosts"] == ["fd://", "tcp://0.0.0.0:2376"]
    assert configure(etc) == first
    assert (etc / "daemon.json.before").read_text() == "{}"
    assert (etc / "tls" / "key.pem").read_text() == "the key"
    assert {each.name for each in etc.iterdir()} == {"daemon.json", "daemon.json.before", "tls"}
    assert configure(etc, "--listen", "[::]:2377")["hosts"] == ["fd://", "tcp://[::]:2377"]


@pytest.mark.parametrize(
    "arguments",
    [[], ["configure"], ["nonsense"], ["configure", "--listen", '1:2"'], ["configure", "--listen"]],
    ids=" ".join,
)
def test_refused(tmp_path: Path, arguments: list[str]) -> None:
    result = host(*arguments, "--directory", tmp_path / "etc")
    assert result.returncode != 0
    assert result.stderr
    assert not (tmp_path / "etc" / "daemon.json").exists()


# --- languages -----------------------------------------------------------------------------------------------------


@pytest.fixture
def built(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """Return sources, and an environment whose `docker` records how it was called and has the images that it built."""
    (tmp_path / "infra").mkdir()
    shutil.copy(SCRIPT, tmp_path / "infra")
    shutil.copytree(ROOT / "docker", tmp_path / "docker", ignore=shutil.ignore_patterns("build"))
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "docker").write_text(f"""#!/bin/sh
echo "$@" >>{tmp_path}/calls
case $1 in
    build) while [ "$1" != --tag ]; do shift; done; echo "$2" >>{tmp_path}/images ;;
    image) [ "$2" = prune ] || {{ grep -qx "$5" {tmp_path}/images && echo sha256:0 arm64; }} ;;
    load) echo {PYTHON.image} >>{tmp_path}/images ;;
    run) cat; echo hello ;;
esac
""")
    (tmp_path / "bin" / "docker").chmod(0o755)
    return tmp_path, {**os.environ, "PATH": f"{tmp_path}/bin:{os.environ['PATH']}"}


def images(bundle: tuple[Path, dict[str, str]], *arguments: str) -> tuple[int, str, list[str]]:
    """Return the result of the script's step, its output, and the calls of `docker`."""
    directory, env = bundle
    (directory / "images").touch()
    result = subprocess.run(
        [directory / "infra" / SCRIPT.name, "images", *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    calls = directory / "calls"
    said = result.stdout + result.stderr
    return result.returncode, said, calls.read_text().splitlines() if calls.exists() else []


@pytest.mark.parametrize(
    ("arguments", "languages"),
    [((), ["python"]), (("--languages", "c,java,cpp"), ["c", "java"]), (("--languages", "all"), list(LANGUAGES))],
    ids=["python", "some", "all"],
)
def test_languages_are_built(
    built: tuple[Path, dict[str, str]], arguments: tuple[str, ...], languages: list[str]
) -> None:
    """Each image is built once, with the service's tag, from an existing Dockerfile."""
    status, said, calls = images(built, *arguments)
    assert status == 0, said
    wanted = list(dict.fromkeys(LANGUAGES[name].image for name in languages))
    builds = [call.split() for call in calls if call.startswith("build ")]
    assert [build[build.index("--tag") + 1] for build in builds] == wanted
    for build, image in zip(builds, wanted, strict=True):
        dockerfile = Path(build[build.index("--file") + 1])
        assert dockerfile.name == f"{image.removeprefix('zuko-').partition(':')[0]}.Dockerfile"
        assert f"-t {image} ." in dockerfile.read_text(), "the image that its own first lines name"
        assert f"arm64 is {image}" in said


def test_a_bundle_without_a_language(built: tuple[Path, dict[str, str]]) -> None:
    """A host that lacks what it is for says so, and joins no group."""
    (built[0] / "images.tar.gz").touch()
    assert images(built)[0] == 0
    status, said, calls = images(built, "--languages", "python,rust")
    assert (status, f"does not contain {LANGUAGES['rust'].image}" in said) == (1, True), said
    assert not [call for call in calls if call.startswith("build ")]


@pytest.mark.parametrize("languages", ["intercal", "python,", "python cpp", "All", "python,,cpp"])
def test_unknown_languages(built: tuple[Path, dict[str, str]], languages: str) -> None:
    status, said, calls = images(built, "--languages", languages)
    assert (status, calls) == (1, [])
    assert all(name in said for name in LANGUAGES)


# --- systemd's part -------------------------------------------------------------------------------------------------


def units(directory: Path) -> dict[str, list[str]]:
    """Return the commands of each unit that the script writes."""
    result = host("units", "--units", directory)
    assert result.returncode == 0, result.stderr
    files = [each for each in directory.rglob("*") if each.is_file()]
    assert {mode(each) for each in files} == {0o644}
    found = {each.name: [line for line in each.read_text().splitlines() if line.startswith("Exec")] for each in files}
    return {name: [line.partition("=")[2] for line in lines] for name, lines in found.items()}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_units(tmp_path: Path) -> None:
    """systemd accepts them, together with the engine's packaged unit, whose command ours replaces."""
    found = units(tmp_path)
    (tmp_path / "docker.service").write_text("[Service]\nType=notify\nExecStart=/bin/false -H fd://\n")
    result = subprocess.run(
        ["systemd-analyze", "verify", "docker.service", "zuko-prune.service", "zuko-prune.timer"],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{tmp_path}:"},  # and the usual places
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (result.stderr, result.returncode) == ("", 0)
    leftovers, nothing, engine = found["zuko.conf"][1:]
    assert leftovers == f"-/bin/sh {tmp_path}/docker.service.d/zuko-leftovers.sh"
    assert nothing == ""
    assert engine.split()[1:3] == ["--config-file", "/etc/docker/daemon.json"]


@pytest.mark.skipif(shutil.which("iptables") is None, reason="no iptables here")
def test_metadata_is_for_root_alone(tmp_path: Path) -> None:
    """The engine's rule is tested in a separate network where a server has that address."""
    rule = units(tmp_path / "units")["zuko.conf"][0]
    script = f"""
ip link set lo up
ip address add 169.254.169.254/32 dev lo
python3 -m http.server --bind 169.254.169.254 80 --directory {tmp_path} >/dev/null 2>&1 & server=$!
trap 'kill $server' EXIT
get() {{ setpriv --reuid $1 --regid $1 --clear-groups curl -sf -o /dev/null -m 2 http://169.254.169.254/; echo $?; }}
until [ "$(get 20000)" = 0 ]; do sleep 0.1; done
{rule}
{rule}
iptables -S OUTPUT | grep -c 169.254.169.254
get 0; get 20000
"""
    said = subprocess.run(["unshare", "--net", "sh", "-c", script], capture_output=True, timeout=60, check=True).stdout
    once, root, sandbox = map(int, said.split())
    assert (once, root) == (1, 0), "set once, however often the engine starts"
    assert sandbox in {7, 28}, "curl could not connect, at once or within its time"


# --- the engine -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine() -> Iterator[TlsEngine]:
    before = bridge()
    with TlsEngine() as running:
        yield running
    assert bridge() == before, "the machine's own engine must not notice"


def bridge() -> bytes:
    return subprocess.run(
        ["ip", "-oneline", "-4", "address", "show", "docker0"], capture_output=True, check=False
    ).stdout


def port(engine: TlsEngine) -> int:
    return int(engine.host.rpartition(":")[2])


def trusting(engine: TlsEngine, certs: Path | None) -> ssl.SSLContext:
    """Return a client that trusts the engine, with the certificate of a directory or none."""
    context = ssl.create_default_context(cafile=engine.certs / "ca.pem")
    if certs:
        context.load_cert_chain(certs / "cert.pem", certs / "key.pem")
    return context


def get(engine: TlsEngine, path: str, name: str = "127.0.0.1") -> Any:
    """Return the engine's response to a client with the right certificate."""
    context = trusting(engine, engine.certs)
    with contextlib.closing(HTTPSConnection(name, port(engine), timeout=30, context=context)) as connection:
        connection.request("GET", path)
        return json.load(connection.getresponse())


def refusal(engine: TlsEngine, certs: Path | None) -> str:
    """Why the engine breaks a connection off, before it was asked for anything."""
    context = trusting(engine, certs)
    plain = socket.create_connection(("127.0.0.1", port(engine)), timeout=30)
    with context.wrap_socket(plain, server_hostname="localhost") as connection:
        with pytest.raises(ssl.SSLError) as refused:
            connection.recv(1)
        return refused.value.reason


def test_engine_is_what_was_configured(engine: TlsEngine) -> None:
    """The engine reports no bridge, no logs and nothing that outlives it, by any name of its certificate."""
    config = json.loads(engine.config.read_text())
    for name in ("127.0.0.1", "localhost"):
        info = get(engine, "/info", name)
        assert info["LoggingDriver"] == config["log-driver"] == "none"
        assert info["LiveRestoreEnabled"] is config["live-restore"] is False
        assert info["ExperimentalBuild"] is False
    assert {each["Driver"] for each in get(engine, "/networks")} == {"host", "null"}


def test_no_certificate_is_refused(engine: TlsEngine) -> None:
    assert refusal(engine, None) in {"TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_BAD_CERTIFICATE"}


def test_certificate_of_another_authority_is_refused(engine: TlsEngine, tmp_path: Path) -> None:
    subprocess.run([CERTS, "--directory", tmp_path], check=True, capture_output=True)
    assert refusal(engine, tmp_path) in {"TLSV1_ALERT_UNKNOWN_CA", "SSLV3_ALERT_BAD_CERTIFICATE"}


def test_certificate_of_the_engine_makes_no_client(engine: TlsEngine, tmp_path: Path) -> None:
    """A host that was broken into does not give access to the others."""
    for name in ("cert", "key"):
        shutil.copy(engine.certs / f"server-{name}.pem", tmp_path / f"{name}.pem")
    assert refusal(engine, tmp_path) == "SSLV3_ALERT_BAD_CERTIFICATE"


def test_plain_tcp_is_refused(engine: TlsEngine) -> None:
    with socket.create_connection(("127.0.0.1", port(engine)), timeout=30) as connection:
        connection.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.0 400 ")


def test_images_and_check(engine: TlsEngine, tmp_path: Path) -> None:
    """The script's own last steps, on the port that it sets up by default, where that is: in the engine's network."""
    assert engine.process
    inside = ["nsenter", "--target", str(engine.process.pid), "--net"]
    subprocess.run([*inside, "ip", "link", "set", "lo", "up"], check=True)
    images = tmp_path / "images.tar.gz"
    with contextlib.closing(engine.client()) as client:
        images.write_bytes(gzip.compress(b"".join(client.images.get(PYTHON.image).save(named=True)), compresslevel=1))
        client.images.remove(PYTHON.image)

    def run(*arguments: str | Path) -> tuple[int, str]:
        env = {**os.environ, "DOCKER_HOST": engine.url}
        command = [*inside, SCRIPT, *arguments]
        result = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        return result.returncode, result.stdout + result.stderr

    status, said = run("check")
    assert (status, f"no container of {PYTHON.image} starts" in said) == (1, True)
    status, said = run("images", "check", "--images", images)
    assert (status, "0.0.0.0:2376 requires a certificate" in said) == (0, True), said
    status, said = run("check", "--languages", "python,go")
    assert (status, f"no container of {LANGUAGES['go'].image} starts" in said) == (1, True)
    status, said = run("check", "--listen", "0.0.0.0:1")
    assert (status, "no engine on 0.0.0.0:1" in said) == (1, True)
    assert engine.containers() == []


def test_programs_run(engine: TlsEngine) -> None:
    """The service uses this engine by the variables that every Docker client knows."""
    with Server(engine.client_env()) as server:
        server.wait_ready()
        response = server.execute("print('Hello', input())", input_data="Zuko")
        assert (response["status"], response["stdout"]) == ("OK", "Hello Zuko\n")
        assert len(server.execute("print('x' * 1000000)", input_data="y" * 5_000_000)["stdout"]) == 1_000_001
        response = server.execute("print('before'); import time; time.sleep(9)", timeout=1)
        assert (response["status"], response["stdout"]) == ("TIMEOUT", "before\n")
        assert engine.containers()
    wait_for(lambda: not engine.containers(), 5, "every sandbox to be removed")


def test_prune(engine: TlsEngine, tmp_path: Path) -> None:
    """The timer's command removes what was created and never started; only ours, and not before its time."""
    (command,) = units(tmp_path)["zuko-prune.service"]
    env = {**os.environ, "DOCKER_HOST": engine.url}
    with contextlib.closing(engine.client()) as client:

        def prune(until: str) -> set[str]:
            arguments = command.replace("until=10m", f"until={until}").split()
            subprocess.run(arguments, env=env, check=True, capture_output=True)
            return {str(each.id) for each in client.containers.list(all=True)}

        label = {LABEL: "1"}
        running = client.containers.run(PYTHON.image, detach=True, stdin_open=True, labels=label, network_mode="none")
        created = client.containers.create(PYTHON.image, labels=label, network_mode="none")
        other = client.containers.create(PYTHON.image, network_mode="none")
        assert prune("10m") == {running.id, created.id, other.id}
        wait_for(lambda: created.id not in prune("0s"), 5, "a whole second to pass: the engine counts no less")
        assert prune("0s") == {running.id, other.id}
        for each in (running, other):
            each.remove(force=True)


def test_killed_and_started_again(engine: TlsEngine) -> None:
    """Meanwhile its port refuses, as that of a host that is down; afterwards it is the same port, and nothing runs."""
    with contextlib.closing(engine.client()) as client:
        client.containers.run(PYTHON.image, detach=True, stdin_open=True, network_mode="none", labels={LABEL: "1"})
    before = engine.host
    engine.kill()
    with pytest.raises(ConnectionRefusedError):
        get(engine, "/info")
    engine.start()
    assert engine.host == before
    # Not /info: it counts a container as running that ended while the engine was away (moby 20.10).
    assert [each["State"] for each in get(engine, "/containers/json?all=true")] == ["exited"]
    with contextlib.closing(engine.client()) as client:
        for each in engine.containers():
            client.api.remove_container(each)
