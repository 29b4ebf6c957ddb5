"""zuko/engine/host.py and zuko/engine/secret.py: to a real engine by TLS, and every way in which that fails."""

import contextlib
import json
import random
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests import ROOT
from tests.harness.dockerd import NEEDS_DOCKERD
from tests.harness.moto_server import MotoServer
from tests.harness.relay import UnixRelay
from tests.harness.tls_engine import TlsEngine
from zuko.engine import tls
from zuko.engine.engine import Engine
from zuko.engine.host import DockerHost
from zuko.engine.secret import read_credentials
from zuko.errors import EngineError, UnreachableError
from zuko.languages.table import PYTHON
from zuko.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

pytestmark = NEEDS_DOCKERD

NAME = "docker.example.test"


@pytest.fixture(scope="module")
def foreign_certs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return certificates of another authority."""
    return make_certs(tmp_path_factory.mktemp("foreign"))


def make_certs(directory: Path, *options: str) -> Path:
    command = [str(ROOT / "scripts" / "certs.sh"), "--directory", str(directory / "certs"), *options]
    subprocess.run(command, check=True, capture_output=True)
    return directory / "certs"


def version(environ: Mapping[str, str], **options: Any) -> str:
    with contextlib.closing(Engine(DockerHost(environ, **options))) as engine:
        return engine.info().version


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of addresses that any name resolves to, in the order of attempts, for a test to fill."""
    found: list[str] = []
    real = socket.getaddrinfo

    def resolve(name: str, port: int, *arguments: Any, **options: Any) -> object:
        if name in {NAME, "localhost"}:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]
        return real(name, port, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(random, "sample", lambda population, count: list(found))
    return found


def named(engine: TlsEngine, name: str) -> dict[str, str]:
    return {**engine.client_env(), "DOCKER_HOST": f"tcp://{name}:{engine.host.rpartition(':')[2]}"}


# --- it works ----------------------------------------------------------------------------------------------------


def test_by_address_and_by_name(tls_engine: TlsEngine) -> None:
    assert version(tls_engine.client_env())
    assert version(named(tls_engine, "localhost"))


def test_the_usual_socket_has_no_need_of_a_path(docker_client: object) -> None:
    assert version({"DOCKER_HOST": "unix://"}) == version({})


def test_a_sandbox_over_tls(tls_engine: TlsEngine) -> None:
    with (
        contextlib.closing(Engine(DockerHost(tls_engine.client_env()))) as engine,
        engine.start_sandbox(Settings().sandbox(PYTHON)) as sandbox,
    ):
        sandbox.ping(5)
        assert sandbox.hello.uid >= 20000


def test_no_other_authority_is_trusted(
    tls_engine: TlsEngine, foreign_certs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle in the environment neither helps nor hurts."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(foreign_certs / "ca.pem"))
    monkeypatch.setenv("CURL_CA_BUNDLE", str(foreign_certs / "ca.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert version(tls_engine.client_env())
    mixed = mixture(foreign_certs, tls_engine.certs)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls_engine.certs / "ca.pem"))
    with pytest.raises(EngineError, match="not signed by the CA"):
        version({**tls_engine.client_env(), "DOCKER_CERT_PATH": str(mixed)})


# --- several addresses -------------------------------------------------------------------------------------------


def test_the_next_address_is_tried(tls_engine: TlsEngine, addresses: list[str]) -> None:
    """127.0.0.2 is this machine too, and nothing listens there."""
    addresses += ["127.0.0.2", "127.0.0.3", "127.0.0.1"]
    assert version(named(tls_engine, "localhost"))


def test_an_address_is_kept(tls_engine: TlsEngine, addresses: list[str]) -> None:
    """Per process, not per connection: the name may lead elsewhere meanwhile."""
    addresses += ["127.0.0.1"]
    host = DockerHost(named(tls_engine, "localhost"))
    host.connect().close()
    addresses[:] = ["127.0.0.2"]
    host.connect().close()
    line = host.open_request()
    assert line is not None
    line.close()


def test_one_that_fails_is_left(tls_engine: TlsEngine, addresses: list[str]) -> None:
    """The engine behind the kept address goes away: the next attempt reaches the other one."""
    with relayed("127.0.0.2", tls_engine) as relay:
        addresses += ["127.0.0.2", "127.0.0.1"]
        environ = {**tls_engine.client_env(), "DOCKER_HOST": f"tcp://localhost:{relay.port}"}
        with relayed("127.0.0.1", tls_engine, relay.port), contextlib.closing(Engine(DockerHost(environ))) as engine:
            assert engine.info().version
            assert relay.count > 0
            relay.close()
            with pytest.raises(UnreachableError):
                engine.info()
            assert engine.info().version


def test_none_answers(tls_engine: TlsEngine, addresses: list[str]) -> None:
    """After a failure the name is looked up again."""
    addresses += ["127.0.0.2", "127.0.0.3"]
    host = DockerHost(named(tls_engine, "localhost"))
    with pytest.raises(UnreachableError, match="cannot be reached"):
        host.connect()
    addresses[:] = ["127.0.0.1"]
    host.connect().close()


def test_a_name_without_an_address() -> None:
    with pytest.raises(UnreachableError, match="has no address"):
        version({"DOCKER_HOST": "tcp://nowhere.invalid:2376"}, allow_plain_tcp=True)


@pytest.mark.parametrize(
    ("environ", "fix"),
    [
        ({}, "start the Docker engine, or set DOCKER_HOST to where it runs"),
        ({"DOCKER_HOST": "unix:///a.sock"}, "start the Docker engine where DOCKER_HOST says, or fix DOCKER_HOST"),
    ],
    ids=["usual", "named"],
)
def test_the_message_says_how_to_reach_an_engine(environ: dict[str, str], fix: str) -> None:
    """DOCKER_HOST is what is wrong only where it is set. Each text is in the page on troubleshooting."""
    with pytest.raises(UnreachableError) as caught, DockerHost(environ).docker_errors():
        raise ConnectionRefusedError
    assert str(caught.value) == f"the Docker host cannot be reached: {fix}"
    assert str(caught.value) in (ROOT / "docs/how-to/troubleshooting.md").read_text()


def test_an_engine_that_is_overloaded_is_not_to_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zuko.engine.host.ANSWER_TIMEOUT_S", 0.2)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "docker.sock"))
        silent.listen()
        with pytest.raises(UnreachableError, match=r"has not answered in time: it hangs, or is overloaded$"):
            version({"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"})


class Relay:
    """A TCP port on another loopback address that leads to the engine's, until it is closed."""

    def __init__(self, address: str, target: str, port: int) -> None:
        self._listener = socket.create_server((address, port))
        self.port = self._listener.getsockname()[1]
        self._target = target
        self._sockets: list[socket.socket] = []
        self.count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        host, _, port = self._target.removeprefix("tcp://").rpartition(":")
        with contextlib.suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                engines = socket.create_connection((host, int(port)))
                self._sockets += [ours, engines]
                self.count += 1
                for source, sink in ((ours, engines), (engines, ours)):
                    threading.Thread(target=_carry, args=(source, sink), daemon=True).start()


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def relayed(address: str, engine: TlsEngine, port: int = 0) -> Iterator[Relay]:
    relay = Relay(address, engine.host, port)
    try:
        yield relay
    finally:
        relay.close()


# --- it is refused, and says why -----------------------------------------------------------------------------------


def mixture(ca: Path, client: Path) -> Path:
    """Return a directory with the CA of one set and the client certificate of another."""
    directory = Path(tempfile.mkdtemp(dir=ca.parent))
    (directory / "ca.pem").write_text((ca / "ca.pem").read_text())
    for name in ("cert.pem", "key.pem"):
        (directory / name).write_text((client / name).read_text())
    return directory


def test_plain_tcp(tls_engine: TlsEngine) -> None:
    for url in ("tcp://127.0.0.1:2375", "http://127.0.0.1:2375", tls_engine.host):
        with pytest.raises(EngineError, match="ZUKO_ALLOW_PLAIN_TCP=true"):
            version({"DOCKER_HOST": url})


def test_plain_tcp_to_a_tls_engine(tls_engine: TlsEngine) -> None:
    with pytest.raises(EngineError):
        version({"DOCKER_HOST": tls_engine.host}, allow_plain_tcp=True)


def test_an_engine_of_another_authority(tls_engine: TlsEngine, foreign_certs: Path) -> None:
    environ = {**tls_engine.client_env(), "DOCKER_CERT_PATH": str(mixture(foreign_certs, tls_engine.certs))}
    with pytest.raises(EngineError, match="its certificate was not signed by the CA"):
        version(environ)


def test_a_client_of_another_authority(tls_engine: TlsEngine, foreign_certs: Path) -> None:
    environ = {**tls_engine.client_env(), "DOCKER_CERT_PATH": str(mixture(tls_engine.certs, foreign_certs))}
    with pytest.raises(EngineError, match="our client certificate"):
        version(environ)


def test_another_name(tls_engine: TlsEngine, addresses: list[str]) -> None:
    addresses += ["127.0.0.1"]
    with pytest.raises(EngineError, match="for a different host"):
        version(named(tls_engine, NAME))


def test_an_engine_that_speaks_no_tls(tls_engine: TlsEngine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    client.recv(4096)
                    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                    client.close()

        threading.Thread(target=answer, daemon=True).start()
        environ = {**tls_engine.client_env(), "DOCKER_HOST": f"tcp://127.0.0.1:{listener.getsockname()[1]}"}
        with pytest.raises(EngineError, match="does not speak TLS"):
            version(environ)
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "host",
    [
        "banana",
        "ssh://root@127.0.0.1",
        "npipe:////./pipe/docker",
        "tcp://",
        "unix://tmp/docker.sock",
        "tcp://127.0.0.1:no",
        "tcp://[::1",
    ],
)
def test_no_address_of_an_engine(host: str) -> None:
    with pytest.raises(EngineError, match="neither unix:///path nor tcp://name:port"):
        version({"DOCKER_HOST": host}, allow_plain_tcp=True)


@pytest.mark.parametrize(
    "answer",
    [
        b'HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"detail":"no"}',
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
    ids=["json-error", "empty-json", "text", "html", "ssh"],
)
def test_a_server_that_is_no_engine(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    with client:
                        client.recv(4096)
                        client.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(EngineError):
            version({"DOCKER_HOST": f"tcp://127.0.0.1:{listener.getsockname()[1]}"}, allow_plain_tcp=True)
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def test_an_expired_certificate(tls_engine: TlsEngine, tmp_path: Path) -> None:
    certs = make_certs(tmp_path)
    request = ["openssl", "req", "-new", "-key", str(certs / "server-key.pem"), "-subj", "/CN=old"]
    csr = subprocess.run(request, check=True, capture_output=True).stdout
    (tmp_path / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    sign = ["openssl", "x509", "-req", "-days", "-1", "-CA", str(certs / "ca.pem")]
    sign += ["-CAkey", str(certs / "ca-key.pem"), "-CAcreateserial", "-extfile", str(tmp_path / "names")]
    (certs / "old.pem").write_bytes(subprocess.run(sign, input=csr, check=True, capture_output=True).stdout)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certs / "old.pem", certs / "server-key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = listener.accept()
                    with contextlib.suppress(OSError):
                        context.wrap_socket(client, server_side=True).close()

        threading.Thread(target=answer, daemon=True).start()
        url = f"tcp://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(EngineError, match="its certificate has expired"):
            version({"DOCKER_HOST": url, "DOCKER_CERT_PATH": str(certs)})
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)


def test_those_who_wait_for_a_hanging_engine_wait_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Together, not one after the other: a service of many cores would take minutes to end."""
    monkeypatch.setattr("zuko.engine.host.ANSWER_TIMEOUT_S", 2)
    with (
        UnixRelay() as relay,
        contextlib.closing(Engine(DockerHost({"DOCKER_HOST": f"unix://{relay.path}"}))) as engine,
    ):
        relay.hangs = True
        started = time.monotonic()
        with pytest.raises(UnreachableError):
            engine.info()
        once_s = time.monotonic() - started
        started = time.monotonic()
        with ThreadPoolExecutor(8) as threads:
            errors = [each.exception() for each in [threads.submit(engine.info) for _ in range(8)]]
        assert time.monotonic() - started < 1.8 * once_s
        assert {type(error) for error in errors} == {UnreachableError}
        relay.hangs = False
        assert engine.info().version


@pytest.mark.parametrize("name", ["ca.pem", "cert.pem", "key.pem"])
def test_a_missing_file(tls_engine: TlsEngine, tmp_path: Path, name: str) -> None:
    directory = mixture(tls_engine.certs, tls_engine.certs)
    (directory / name).unlink()
    with pytest.raises(EngineError, match=f"needs {name} in DOCKER_CERT_PATH"):
        version({**tls_engine.client_env(), "DOCKER_CERT_PATH": str(directory)})


@pytest.mark.parametrize(
    ("name", "cause"), [("ca.pem", r"the CA \(ca\)"), ("cert.pem", "cert or key"), ("key.pem", "cert or key")]
)
def test_no_pem(tls_engine: TlsEngine, name: str, cause: str) -> None:
    directory = mixture(tls_engine.certs, tls_engine.certs)
    (directory / name).write_text("nonsense\n")
    with pytest.raises(EngineError, match=cause):
        version({**tls_engine.client_env(), "DOCKER_CERT_PATH": str(directory)})


def test_a_key_of_another_certificate(tls_engine: TlsEngine, foreign_certs: Path) -> None:
    directory = mixture(tls_engine.certs, tls_engine.certs)
    (directory / "key.pem").write_text((foreign_certs / "key.pem").read_text())
    with pytest.raises(EngineError, match="the key does not belong to the certificate"):
        version({**tls_engine.client_env(), "DOCKER_CERT_PATH": str(directory)})


# --- the secret ----------------------------------------------------------------------------------------------------


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch, moto_server: MotoServer) -> "Iterator[SecretsManagerClient]":
    """Return a client of a stand-in for Secrets Manager, which boto3 finds by its usual variables."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", moto_server.url)
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("secretsmanager")
    yield client
    for secret in client.list_secrets()["SecretList"]:
        client.delete_secret(SecretId=secret["ARN"], ForceDeleteWithoutRecovery=True)


AWS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-central-1"}


def secret_of(certs: Path) -> str:
    return json.dumps({name: (certs / f"{name}.pem").read_text() for name in ("ca", "cert", "key")})


def test_a_secret(tls_engine: TlsEngine, secrets: "SecretsManagerClient") -> None:
    """A secret is found by name and by ARN, read once, and leaves nothing on disk."""
    arn = secrets.create_secret(Name="zuko/test-connection", SecretString=secret_of(tls_engine.certs))["ARN"]
    before = set(Path(tempfile.gettempdir()).glob("zuko-*"))
    for secret in ("zuko/test-connection", arn):
        calls: list[str] = []

        def read(secret: str = secret, calls: list[str] = calls) -> tls.Credentials:
            calls.append(secret)
            return read_credentials(secret)

        host = DockerHost({"DOCKER_HOST": tls_engine.host}, credentials=read)
        with contextlib.closing(Engine(host)) as engine:
            assert engine.info().version
            engine.close()
            assert engine.info().version
        assert calls == [secret]
    assert not {path for path in set(Path(tempfile.gettempdir()).glob("zuko-*")) - before if path.is_file()}


def test_keys_are_written_for_the_owner_alone(tls_engine: TlsEngine) -> None:
    with tls._temporary_file("secret") as path:
        assert Path(path).stat().st_mode & 0o777 == 0o600
        assert Path(path).read_text() == "secret"
    assert not Path(path).exists()


def test_a_missing_secret(secrets: "SecretsManagerClient") -> None:
    host = DockerHost({"DOCKER_HOST": "tcp://127.0.0.1:2376"}, credentials=partial(read_credentials, "zuko/none"))
    with pytest.raises(EngineError, match="ZUKO_DOCKER_SECRET names cannot be read: ResourceNotFoundException"):
        host.connect()


@pytest.mark.parametrize(
    "held", ["swordfish", '"swordfish"', "[]", '{"ca": "swordfish"}', '{"ca":"swordfish","cert":1,"key":2}']
)
def test_a_secret_of_another_kind(secrets: "SecretsManagerClient", held: str, caplog: pytest.LogCaptureFixture) -> None:
    secrets.create_secret(Name="zuko/odd", SecretString=held)
    with pytest.raises(EngineError, match="is not JSON with ca, cert and key") as caught:
        read_credentials("zuko/odd")
    assert "swordfish" not in str(caught.value) + caplog.text
    assert caught.value.__cause__ is None


def test_an_unreachable_secrets_manager(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SECRETS_MANAGER", "http://127.0.0.1:9")
    for name, value in AWS.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(EngineError, match="EndpointConnectionError"):
        read_credentials("zuko/test-connection")
