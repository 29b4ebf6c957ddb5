"""Compiled programs of problem setters, kept for the next judging, request or command.

    sources, language, compiler's command, image ── sha256 ──> key
    memory            key ──> files, the compiler's messages        of this process
    DIRECTORY/ab/abcdef…  sha256 of the rest │ the same, as bytes   shared by processes; its time: of its last use

A checker with testlib takes 6 s of CPU time to compile, and the same one judges every submission to its problem. Only
programs of problem setters are kept: those of strangers are seldom sent twice. What is read is compared with its hash,
so a file that a crash has damaged is compiled again. Each file appears complete, by its renaming.
"""

import contextlib
import functools
import hashlib
import logging
import os
import struct
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zuko.execution.caches import tidy, user_cache, write_atomically
from zuko.languages.table import MIB, Language
from zuko.types import SourceFile

log = logging.getLogger(__name__)

_MAGIC: Final = b"zuko compiled 1\n"
_COUNT: Final = struct.Struct("<I")
_FILE: Final = struct.Struct("<III")  # mode, length of the name, length of the content
_DIGEST_BYTES: Final = 32
_MEMORY_PART: Final = 4  # of the limit, at the most, is held in memory


@dataclass(frozen=True, slots=True)
class Compiled:
    """A program that a compiler has made."""

    files: tuple[SourceFile, ...]  # for other sandboxes; empty unless requested
    output: str  # the compiler's messages

    @property
    def size_bytes(self) -> int:
        """Return the size of its files and messages."""
        return len(self.output) + sum(len(file.content) for file in self.files)


class CompiledCache:
    """Compiled programs by what they were made of. Safe for several threads and processes.

    Args:
        directory: made when it is first needed; without it, programs are kept in memory alone.
        limit_bytes: of all programs in the directory; what was not used for longest goes. 0: nothing is kept.
    """

    def __init__(self, directory: Path, limit_bytes: int) -> None:
        self._directory = directory
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._memory: OrderedDict[str, Compiled] = OrderedDict()
        self._memory_bytes = 0

    @property
    def is_on(self) -> bool:
        """Return whether anything is kept."""
        return self._limit_bytes > 0

    def get(self, key: str) -> Compiled | None:
        """Return a program by its key; None: it is not kept, or damaged."""
        with self._lock:
            if key in self._memory:
                self._memory.move_to_end(key)
                return self._memory[key]
        compiled = self._read(key)
        if compiled is not None:
            self._remember(key, compiled)
        return compiled

    def put(self, key: str, compiled: Compiled) -> None:
        """Keep a program. A disk that takes none is not a failure."""
        if not self.is_on or compiled.size_bytes > self._limit_bytes:
            return
        self._remember(key, compiled)
        try:
            self._write(key, _encoded(compiled))
        except OSError as error:
            log.info("compiled programs are kept in memory alone: %s", error)

    def _remember(self, key: str, compiled: Compiled) -> None:
        most = self._limit_bytes // _MEMORY_PART
        with self._lock:
            if key in self._memory or compiled.size_bytes > most:
                return
            self._memory[key] = compiled
            self._memory_bytes += compiled.size_bytes
            while self._memory_bytes > most:
                _, oldest = self._memory.popitem(last=False)
                self._memory_bytes -= oldest.size_bytes

    def _path(self, key: str) -> Path:
        return self._directory / key[:2] / key

    def _read(self, key: str) -> Compiled | None:
        path = self._path(key)
        if not self.is_on:
            return None
        try:
            content = path.read_bytes()
        except OSError:
            return None
        try:
            compiled = _decoded(content)
        except (ValueError, struct.error):
            log.warning("a compiled program was damaged on this machine, and is compiled again")
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return compiled

    def _write(self, key: str, content: bytes) -> None:
        path = self._path(key)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)  # a checker may hold answers
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_atomically(path, content)
        with self._lock:
            tidy(self._directory, self._limit_bytes)


def key_of(language: Language, files: tuple[SourceFile, ...], image: str) -> str:
    """Return the key of a program.

    Args:
        language: prepared, a compiled one.
        files: the sources, the main one first.
        image: the id of the image with the compiler.
    """
    compiler = language.compiler
    settings = (language.name, language.run_argv, language.env, compiler and (compiler.argv, compiler.env))
    digest = hashlib.sha256(_MAGIC)
    for part in (image.encode(), repr(settings).encode()):
        digest.update(_COUNT.pack(len(part)) + part)
    digest.update(_body(files))
    return digest.hexdigest()


@functools.cache
def compiled_cache(directory: str | None, limit_mib: int) -> CompiledCache:
    """Return the cache of this process with a directory and a size; None: the user's own directory."""
    return CompiledCache(user_cache("compiled") if directory is None else Path(directory), limit_mib * MIB)


def _body(files: tuple[SourceFile, ...]) -> bytes:
    parts = [_COUNT.pack(len(files))]
    for file in files:
        name = file.name.encode()
        parts += [_FILE.pack(file.mode, len(name), len(file.content)), name, file.content]
    return b"".join(parts)


def _encoded(compiled: Compiled) -> bytes:
    body = _MAGIC + _body((SourceFile("", compiled.output.encode()), *compiled.files))
    return hashlib.sha256(body).digest() + body


def _decoded(content: bytes) -> Compiled:
    """Return what `_encoded` has written.

    Raises:
        ValueError: it is damaged.
        struct.error: it is cut.
    """
    digest, body = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != digest or not body.startswith(_MAGIC):
        raise ValueError("the hash is another one")
    at = len(_MAGIC)
    (count,) = _COUNT.unpack_from(body, at)
    at += _COUNT.size
    files = []
    for _ in range(count):
        mode, name_size, size = _FILE.unpack_from(body, at)
        at += _FILE.size
        name = body[at : at + name_size].decode()
        at += name_size
        files.append(SourceFile(name, body[at : at + size], mode))
        at += size
    messages, *made = files
    return Compiled(tuple(made), messages.content.decode())
