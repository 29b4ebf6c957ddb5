"""A problem package on its way in: written to a file while it is received, then checked and stored, one at a time."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, cast

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Scope

from zuko.api.body_limit import too_large, too_slow
from zuko.api.errors import RefusedError
from zuko.api.paths import path_of
from zuko.errors import NoCapacityError
from zuko.package.archive import ArchiveLimits, extract, package_directory
from zuko.package.files import FILE_MAX_BYTES
from zuko.settings import ProblemSettings
from zuko.submissions.model import StoredProblem
from zuko.submissions.packing import read_checked, store_package
from zuko.submissions.quota import Quota
from zuko.submissions.store import Store
from zuko.wire.service import FieldError

UPLOADS_MAX: Final = 8  # that are received or wait at a time: each has a file on the disk
_WRITTEN: Final = 1 << 20  # bytes that are collected before they are written, in a thread


def is_package_upload(scope: Scope, problems: str) -> bool:
    """Return whether a request sends a package. Its body is not held in memory: its limits are other ones.

    Args:
        scope: of the request.
        problems: path of the stored problems.
    """
    return scope["method"] == "PUT" and path_of(scope).startswith(f"{problems}/")


class PackageUploads:
    """Receives packages, and stores them.

    Args:
        settings: limits of a package.
        quota: of the tenants.
    """

    def __init__(self, settings: ProblemSettings, quota: Quota) -> None:
        self._settings = settings
        self._quota = quota
        self._count = 0
        # One at a time: a package is in memory as a whole while it is checked.
        self._checking = ThreadPoolExecutor(1, "zuko-packages")

    @contextlib.asynccontextmanager
    async def received(self, request: Request) -> AsyncIterator[BinaryIO]:
        """Yield a file with the body of a request.

        Raises:
            NoCapacityError: there are too many packages at a time.
            RefusedError: it is too large, or was not received in time.
            ClientDisconnect: the client has disconnected.
        """
        limit_bytes, timeout_s = self._settings.package_limit_bytes, self._settings.package_timeout_s
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit_bytes:
            raise _refused(413, too_large(limit_bytes))
        if self._count >= UPLOADS_MAX:
            raise NoCapacityError("too many problem packages at a time")
        self._count += 1
        try:
            with tempfile.TemporaryFile(prefix="zuko-package-") as file:
                try:
                    async with asyncio.timeout(timeout_s):
                        await _receive(request, cast(BinaryIO, file), limit_bytes)
                except TimeoutError:
                    raise _refused(408, too_slow(timeout_s)) from None
                yield cast(BinaryIO, file)
        finally:
            self._count -= 1

    async def store(self, file: BinaryIO, store: Store, *, tenant: str, name: str) -> tuple[StoredProblem, bool]:
        """Check a package and store it; return its version, and whether that is new.

        Raises:
            ProblemError: something in it is wrong; the message begins with the place in it.
            StorageFullError: the tenant has no room for it.
            StoreError: the store does not answer.
        """
        return await self._in_thread(lambda: self._store(file, store, tenant, name))

    async def _in_thread[T](self, call: Callable[[], T]) -> T:
        working = asyncio.get_running_loop().run_in_executor(self._checking, call)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            # The file must stay open for as long as it is read.
            if not working.cancel():
                await asyncio.wait({working})
            raise

    def _store(self, file: BinaryIO, store: Store, tenant: str, name: str) -> tuple[StoredProblem, bool]:
        settings = self._settings
        limits = ArchiveLimits(
            entries=settings.package_files_max,
            file_bytes=min(FILE_MAX_BYTES, settings.package_unpacked_bytes),
            total_bytes=settings.package_unpacked_bytes,
        )
        with tempfile.TemporaryDirectory(prefix="zuko-package-") as temporary:
            top = Path(temporary) / name
            top.mkdir()
            extract(file, top, name="archive", limits=limits)
            directory = package_directory(top)
            package = read_checked(directory, settings)
            before = store.get_problem(tenant, name)
            stored = store_package(
                directory, package, store, tenant=tenant, name=name, take=partial(self._quota.take, store, tenant)
            )
            return stored, before is None or before.ref != stored.ref


async def _receive(request: Request, file: BinaryIO, limit_bytes: int) -> None:
    received = 0
    collected = bytearray()
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        collected += message.get("body", b"")
        more = message.get("more_body", False)
        if received + len(collected) > limit_bytes:
            raise _refused(413, too_large(limit_bytes))
        if len(collected) >= _WRITTEN or not more:
            await run_in_threadpool(file.write, collected)
            received += len(collected)
            collected = bytearray()
    await run_in_threadpool(file.flush)


def _refused(status_code: int, error: FieldError) -> RefusedError:
    return RefusedError(status_code, *error.loc, message=error.msg, kind=error.type)
