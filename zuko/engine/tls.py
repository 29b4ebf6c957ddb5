"""TLS to the Docker host: the client's credentials, the context that uses them, and the causes of failures."""

import contextlib
import logging
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from requests.adapters import HTTPAdapter

from zuko.errors import HostSettingError

log = logging.getLogger(__name__)

# Texts of OpenSSL and of Go's crypto/tls, and the cause in words that help to fix it.
CAUSES: Final = {
    "doesn't match": "its certificate is for a different host than DOCKER_HOST names",
    "Hostname mismatch": "its certificate is for a different host than DOCKER_HOST names",
    "IP address mismatch": "its certificate is for a different address than DOCKER_HOST names",
    "certificate has expired": "its certificate has expired",
    "certificate is not yet valid": "its certificate is not valid yet (or this machine's clock is wrong)",
    "CERTIFICATE_VERIFY_FAILED": "its certificate was not signed by the CA in ca.pem",
    "CERTIFICATE_REQUIRED": "it requires a client certificate: set DOCKER_CERT_PATH or ZUKO_DOCKER_SECRET",
    "certificate required": "it requires a client certificate: set DOCKER_CERT_PATH or ZUKO_DOCKER_SECRET",
    "UNKNOWN_CA": "it does not know the CA that signed our client certificate",
    "unknown ca": "it does not know the CA that signed our client certificate",
    "CERTIFICATE_EXPIRED": "our client certificate has expired",
    "certificate expired": "our client certificate has expired",
    "BAD_CERTIFICATE": "it does not accept our client certificate",
    "bad certificate": "it does not accept our client certificate",
    "WRONG_VERSION_NUMBER": "it does not speak TLS on that port",
    "wrong version number": "it does not speak TLS on that port",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """The client's side of TLS, as PEM: the CA of the engine's certificate, our certificate and its key."""

    ca: str
    cert: str
    key: str


def load_credentials(directory: Path) -> Credentials:
    """Return the credentials in a directory, under the names that Docker clients use.

    Raises:
        HostSettingError: a file is missing or cannot be read.
    """
    texts = []
    for name in ("ca.pem", "cert.pem", "key.pem"):
        try:
            texts.append((directory / name).read_text())
        except (OSError, UnicodeDecodeError) as error:
            log.warning("%s cannot be read: %s", directory / name, error)
            raise HostSettingError(f"TLS to the Docker host needs {name} in DOCKER_CERT_PATH") from error
    return Credentials(*texts)


def make_context(credentials: Credentials) -> ssl.SSLContext:
    """Return a context that trusts one CA and presents one certificate.

    Raises:
        HostSettingError: a part is not PEM, or the key does not belong to the certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_verify_locations(cadata=credentials.ca)
    except (ssl.SSLError, ValueError) as error:
        raise HostSettingError("TLS to the Docker host: the CA (ca) is not a PEM certificate") from error
    try:
        with _temporary_file(credentials.cert) as cert, _temporary_file(credentials.key) as key:
            context.load_cert_chain(cert, key)
    except (ssl.SSLError, ValueError) as error:
        cause = "the key does not belong to the certificate" if "MISMATCH" in str(error) else "cert or key is not PEM"
        raise HostSettingError(f"TLS to the Docker host: {cause}") from error
    return context


@contextlib.contextmanager
def _temporary_file(text: str) -> Iterator[str]:
    """Give the path of a file with a text, for `ssl`, which reads keys from paths only.

    Only this user can read the file, and it is deleted when the block ends.
    """
    with tempfile.NamedTemporaryFile("w", prefix="zuko-") as file:  # created with mode 0600
        file.write(text)
        file.flush()
        yield file.name


def tls_failure(text: str) -> str | None:
    """Return the cause of a failed TLS connection by the text of its error; None if the text is of another kind."""
    return next((cause for part, cause in CAUSES.items() if part in text), None)


class TlsAdapter(HTTPAdapter):
    """HTTPS to an address with a given context; the certificate is checked against the host's name."""

    def __init__(self, context: ssl.SSLContext, server_name: str, **options: Any) -> None:
        self._tls_context = context
        self._server_name = server_name
        super().__init__(**options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Set what connections are made with (a hook of requests)."""
        options |= {"ssl_context": self._tls_context, "server_hostname": self._server_name}
        options["assert_hostname"] = self._server_name
        super().init_poolmanager(*arguments, **options)

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> Any:
        """Return a connection with our context, not with the request's `verify` and `cert` (a hook of requests)."""
        return self.poolmanager.connection_from_url(request.url)

    def cert_verify(self, *_: Any) -> None:
        """Do nothing, where requests would add the public CAs (a hook of requests)."""
