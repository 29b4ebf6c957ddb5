"""Piston's routes."""

import time
from functools import cached_property, partial
from typing import Final

from fastapi import Request, Response
from fastapi.responses import JSONResponse
from pydantic_core import to_json
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from zuko.api.compat.facade import Cors, Facade
from zuko.api.compat.piston import ioi
from zuko.api.compat.piston.connect import Session
from zuko.api.compat.piston.errors import answer, message
from zuko.api.compat.piston.request import check_named, read_job, refusal
from zuko.api.compat.piston.response import respond
from zuko.api.compat.piston.runtimes import Runtime, all_runtimes, find_runtime
from zuko.api.compat.reading import check_json_type, read_json, read_sized
from zuko.api.compat.running import execute
from zuko.api.request_body import aside
from zuko.api.responses import JSON
from zuko.api.service import service_of
from zuko.errors import EngineError, SandboxError
from zuko.execution.executor import Executor
from zuko.settings import AdmissionSettings, Settings
from zuko.types import Status

PREFIXES: Final = ("/api/v2/piston", "/api/v2")  # of the public service that was, and of Piston itself
VERSION: Final = "Piston v3.1.1"  # whose interface this is
_SHOWN: Final = 64  # characters of an unknown name
PRESENT_S: Final = 10.0  # the engine is not asked more often which images it has


def facade(settings: Settings) -> Facade:
    """Make the façade of Piston."""
    piston = Piston(settings)
    return Facade(
        prefixes=PREFIXES,
        routes=[route for prefix in PREFIXES for route in piston.routes(prefix)],
        answer=answer,
        body_limit_bytes=settings.piston_body_limit_bytes,
        cors=Cors(settings.cors_origins),
    )


class Piston:
    """Piston's routes, with its limits.

    Args:
        settings: of the process.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._present = tuple(all_runtimes())  # those with an image on the Docker host, as last seen
        self._present_until = 0.0

    def routes(self, prefix: str) -> list[BaseRoute]:
        """Return the routes below a path."""
        return [
            Route(prefix, self.version),
            Route(f"{prefix}/execute", self.execute, methods=["POST"]),
            WebSocketRoute(f"{prefix}/connect", self.connect),
            Route(f"{prefix}/runtimes", self.runtimes),
            Route(f"{prefix}/packages", self.packages),
            Route(f"{prefix}/packages", self.change_packages, methods=["POST", "DELETE"]),
        ]

    @cached_property
    def limits(self) -> AdmissionSettings:
        """The bounds of Piston's requests: its clients send larger files, and allow more time."""
        sizes = {"timeout_max_s": self._settings.piston_timeout_max_s}
        sizes["code_limit_bytes"] = self._settings.piston_files_limit_bytes
        sizes["timeout_default_s"] = min(self._settings.timeout_default_s, self._settings.piston_timeout_max_s)
        return self._settings.model_copy(update=sizes)

    async def version(self, _: Request) -> Response:
        """Return the version of Piston whose interface this is."""
        return JSONResponse({"message": VERSION})

    async def execute(self, request: Request) -> Response:
        """Run a program."""
        check_json_type(request)
        sent, size_bytes = await read_sized(request)
        if ioi.is_asked(sent):
            task = await aside(size_bytes, ioi.read_task, sent, self.limits)
            wait_s = self._settings.piston_queue_timeout_s
            scored = await ioi.score(task, partial(execute, request, wait_s=wait_s))
            return Response(to_json(scored), media_type=JSON)
        job = await aside(size_bytes, read_job, sent, self.limits, any_version=self._settings.piston_any_version)
        del sent
        execution = await execute(request, job.submission, self._settings.piston_queue_timeout_s)
        if execution.status is Status.ERROR:  # in a response of 200, clients would take it for the program's own
            raise SandboxError(execution.message or "the sandbox failed")
        return Response(to_json(respond(job.runtime, execution)), media_type=JSON)

    async def connect(self, socket: WebSocket) -> None:
        """Run a program that one talks to while it runs."""
        await Session(socket, self._settings, self.limits).serve()

    async def runtimes(self, request: Request) -> Response:
        """List the languages that can be run."""
        present = await self._runtimes_present(service_of(request).executor)
        return JSONResponse([each.listed() for each in present])

    async def packages(self, request: Request) -> Response:
        """List all languages as packages; those with an image on the Docker host are installed."""
        present = await self._runtimes_present(service_of(request).executor)
        return JSONResponse([each.package(installed=each in present) for each in all_runtimes()])

    async def change_packages(self, request: Request) -> Response:
        """Refuse to install or remove a language: those who run the service do that, by images."""
        check_json_type(request)
        sent = await read_json(request)
        name, version = check_named(sent if isinstance(sent, dict) else {})
        runtime = find_runtime(name, version, any_version=False)
        if runtime is None:
            raise refusal(f"Requested package {name[:_SHOWN]}-{version[:_SHOWN]} does not exist", 404)
        is_present = runtime in await self._runtimes_present(service_of(request).executor)
        if request.method == "POST":
            image = f"zuko images build {runtime.language.name}"
            return message(500, "Already installed" if is_present else f"only the operator can install it: {image}")
        text = "only the operator can remove it" if is_present else f"{name}-{version} is not installed"
        return message(500, text)

    async def _runtimes_present(self, executor: Executor) -> tuple[Runtime, ...]:
        now = time.monotonic()
        if now >= self._present_until:
            self._present_until = now + PRESENT_S
            try:
                names = await run_in_threadpool(executor.host.languages_present)
                self._present = tuple(each for each in all_runtimes() if each.language.name in names)
            except EngineError:
                self._present_until = 0.0  # a list of what was there is better than none
        return self._present
