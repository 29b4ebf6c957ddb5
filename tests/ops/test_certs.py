"""scripts/certs.sh: what the certificates say, who can read the keys, and what goes into which secret."""

import json
import os
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import boto3
import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests import ROOT
from tests.harness.moto_server import MotoServer

pytestmark = pytest.mark.long(20)

SCRIPT: Final = ROOT / "scripts" / "certs.sh"
KEYS: Final = {"ca-key.pem", "server-key.pem", "key.pem"}
CERTIFICATES: Final = {"ca.pem", "server-cert.pem", "cert.pem"}


def certs(*options: str | Path, **env: str) -> str:
    """Run the script, which must succeed, and return its output."""
    result = run(*options, **env)
    assert result.returncode == 0, result.stderr
    return result.stdout


def run(*options: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **env}
    return subprocess.run([SCRIPT, *options], env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    directory = tmp_path / "certs"
    certs("--directory", directory)
    return directory


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def extension[T: x509.ExtensionType](certificate: x509.Certificate, kind: type[T]) -> T:
    return certificate.extensions.get_extension_for_class(kind).value


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def read(directory: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in directory.iterdir()}


def test_files(made: Path) -> None:
    """Named as the docker client wants them, readable by their owner alone, and nothing else is left there."""
    assert {each.name for each in made.iterdir()} == KEYS | CERTIFICATES
    assert mode(made) == 0o700
    assert {mode(each) for each in made.iterdir()} == {0o600}


def test_certificates(made: Path) -> None:
    """One authority signs leaves only, and each side has a leaf that cannot be used for the other."""
    authority = load(made / "ca.pem")
    assert extension(authority, x509.BasicConstraints) == x509.BasicConstraints(ca=True, path_length=0)
    purposes = {"server-cert.pem": ExtendedKeyUsageOID.SERVER_AUTH, "cert.pem": ExtendedKeyUsageOID.CLIENT_AUTH}
    for name, purpose in purposes.items():
        leaf = load(made / name)
        leaf.verify_directly_issued_by(authority)
        assert list(extension(leaf, x509.ExtendedKeyUsage)) == [purpose]
        assert not extension(leaf, x509.BasicConstraints).ca
        assert leaf.not_valid_after_utc - datetime.now(UTC) > timedelta(days=364)
    for name in CERTIFICATES:  # a clock that is behind must not find them "not yet valid"
        assert datetime.now(UTC) - load(made / name).not_valid_before_utc > timedelta(minutes=59)


@pytest.mark.parametrize(("name", "purpose"), [("server-cert.pem", "sslserver"), ("cert.pem", "sslclient")])
def test_chain_verifies(made: Path, name: str, purpose: str) -> None:
    """openssl accepts the chain strictly by RFC 5280, and refuses it for the other purpose."""
    verify = ["openssl", "verify", "-x509_strict", "-CAfile", str(made / "ca.pem"), "-purpose"]
    subprocess.run([*verify, purpose, made / name], check=True, capture_output=True)
    other = {"sslserver": "sslclient", "sslclient": "sslserver"}[purpose]
    assert subprocess.run([*verify, other, made / name], check=False, capture_output=True).returncode != 0


def test_names_and_days(tmp_path: Path) -> None:
    certs("--directory", tmp_path, "--hosts", "docker.example.net,*.example.org,192.0.2.10,2001:db8::1", "--days", "7")
    certificate = load(tmp_path / "server-cert.pem")
    names = extension(certificate, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == ["docker.example.net", "*.example.org"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.10", "2001:db8::1"]
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)


@pytest.mark.parametrize(
    "options",
    [
        ["--hosts", "a b"],
        ["--hosts", "a\nkeyUsage=any"],
        ["--hosts", "a,,b"],
        ["--hosts"],
        ["--days", "0"],
        ["--days", "3651"],
        ["--days", "many"],
        ["--nonsense"],
    ],
    ids=" ".join,
)
def test_refused(tmp_path: Path, options: list[str]) -> None:
    """An argument that is not a name or a number is reported, and nothing is made."""
    result = run("--directory", tmp_path / "certs", *options)
    assert result.returncode != 0
    assert result.stderr
    assert not (tmp_path / "certs").exists()


def test_again_keeps_the_authority_and_the_keys(made: Path) -> None:
    before = read(made)
    certs("--directory", made, "--hosts", "other.example.net")
    after = read(made)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"server-cert.pem", "cert.pem"}
    load(made / "server-cert.pem").verify_directly_issued_by(load(made / "ca.pem"))


def test_force_starts_over(made: Path) -> None:
    before = read(made)
    certs("--directory", made, "--force")
    after = read(made)
    assert before.keys() == after.keys()
    assert not [name for name in before if before[name] == after[name]]


@pytest.mark.parametrize("lost", ["ca.pem", "ca-key.pem"])
def test_half_an_authority_is_not_replaced(made: Path, lost: str) -> None:
    """The key may be kept elsewhere: it is replaced only if the user says so."""
    (made / lost).unlink()
    before = read(made)
    assert "--force" in run("--directory", made).stderr
    assert read(made) == before


def test_keys_are_never_readable_by_others(tmp_path: Path) -> None:
    """This holds while they are made too, whatever the umask: checked around each call of openssl and mv."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("openssl", "mv"):
        (programs / name).write_text(f"""#!/bin/sh
look() {{ find {tmp_path}/certs -type f -perm /077 >>{tmp_path}/readable; }}
echo {name} "$@" >>{tmp_path}/commands
look; PATH=${{PATH#*:}} {name} "$@"; status=$?; look; exit $status
""")
        (programs / name).chmod(0o755)
    script = f"umask 0; {SCRIPT} --directory {tmp_path}/certs"
    subprocess.run(["bash", "-c", script], env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}, check=True)
    assert (tmp_path / "readable").read_text() == ""
    assert (tmp_path / "commands").read_text().count("genpkey") == 3
    assert "PRIVATE" not in (tmp_path / "commands").read_text()


# --- secrets ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def aws(moto_server: MotoServer) -> dict[str, str]:
    """Return the environment of a client of a local Secrets Manager."""
    return {
        "AWS_ENDPOINT_URL_SECRETS_MANAGER": moto_server.url,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def secret(aws: dict[str, str], name: str) -> dict[str, str]:
    client = boto3.client(
        "secretsmanager",
        endpoint_url=aws["AWS_ENDPOINT_URL_SECRETS_MANAGER"],
        region_name=aws["AWS_DEFAULT_REGION"],
        aws_access_key_id=aws["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
    )
    held: dict[str, str] = json.loads(client.get_secret_value(SecretId=name)["SecretString"])
    return held


def test_secrets(tmp_path: Path, aws: dict[str, str]) -> None:
    """A secret has each side's three files, never the authority's key; a second run updates an existing secret."""
    for _ in range(2):
        said = certs("--directory", tmp_path, "--secret", "zuko/client", "--host-secret", "zuko/host", **aws)
        files = {name: text.decode() for name, text in read(tmp_path).items()}
        client = {"ca": files["ca.pem"], "cert": files["cert.pem"], "key": files["key.pem"]}
        host = {"ca": files["ca.pem"], "cert": files["server-cert.pem"], "key": files["server-key.pem"]}
        assert secret(aws, "zuko/client") == client
        assert secret(aws, "zuko/host") == host
        assert files["ca-key.pem"] not in {*client.values(), *host.values()}
        assert "-----" not in said


def test_secret_that_can_not_be_written(tmp_path: Path, aws: dict[str, str]) -> None:
    """One line that says so; what is in it does not appear."""
    elsewhere = {**aws, "AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    result = run("--directory", tmp_path, "--secret", "zuko/client", **elsewhere)
    assert result.returncode == 1
    assert "zuko/client could not be written" in result.stderr
    assert "Traceback" not in result.stderr
    assert "-----" not in result.stdout + result.stderr
