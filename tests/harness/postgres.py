"""A PostgreSQL server of the tests' own, in a directory of its own, on a socket that only this machine reaches."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self
from uuid import uuid4

import psycopg

from tests.harness.waiting import wait_for

_DEBIAN: Final = Path("/usr/lib/postgresql")  # Debian and Ubuntu keep versions beside each other, off PATH
_USER: Final = "zuko"
# Nothing of a test outlives it. The commit of a real server waits for the disk; here that only makes tests slow.
_OPTIONS: Final = ("fsync=off", "full_page_writes=off", "max_connections=200", "shared_buffers=64MB")


class Postgres:
    """A server. A context manager; it has ended and left nothing when its context is left."""

    def __init__(self, *options: str) -> None:
        self._options = options or _OPTIONS

    def __enter__(self) -> Self:
        # The path of a socket has at most 107 bytes, and pytest's directories are long.
        self.root = Path(tempfile.mkdtemp(prefix="zuko-postgres-"))
        self.process: subprocess.Popen[bytes] | None = None
        self._user: int | None = None
        self._group: int | None = None
        try:
            if os.geteuid() == 0:  # a server refuses to run as root
                postgres = pwd.getpwnam("postgres")
                self._user, self._group = postgres.pw_uid, postgres.pw_gid
                os.chown(self.root, self._user, self._group)
            self._run("initdb", "-D", str(self._data), "-U", _USER, "-A", "trust", "-E", "UTF8", "--locale", "C", "-N")
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGQUIT)  # what it would still write is removed
        shutil.rmtree(self.root, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self.root / "data"

    @property
    def url(self) -> str:
        """The address of its database."""
        return f"postgresql://{_USER}@/postgres?host={self.root}"

    def start(self) -> None:
        """Start the server, also again, and wait until it answers."""
        command = [_program("postgres"), "-D", str(self._data), "-k", str(self.root), "-h", ""]
        command += [word for option in self._options for word in ("-c", option)]
        with (self.root / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, start_new_session=True, user=self._user, group=self._group
            )
        wait_for(self._answers, 60, "PostgreSQL to answer", lambda: (self.root / "log").read_text()[-2000:])

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End the server. SIGINT: as an administrator does; SIGQUIT: as in a crash."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)

    @contextlib.contextmanager
    def schema(self) -> Iterator[str]:
        """Make an empty schema; yield the address by which tables are in it. It is faster than a database."""
        name = f"test_{uuid4().hex}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"create schema {name}".encode())
        try:
            yield f"{self.url}&options=-csearch_path%3D{name}"
        finally:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(f"drop schema {name} cascade".encode())

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [_program(program), *arguments],
            capture_output=True,
            check=False,
            text=True,
            cwd="/",
            user=self._user,
            group=self._group,
        )
        assert done.returncode == 0, done.stdout + done.stderr


def _program(name: str) -> str:
    """Return the path of a program of PostgreSQL's. None is a failure, never a skip."""
    newest_first = sorted(_DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]), reverse=True)
    found = shutil.which(name) or next(map(str, newest_first), None)
    assert found, f"no {name} here, and the tests of the store need it: apt-get install postgresql"
    return found
