"""The façade of Jobe, which Moodle's CodeRunner calls: runs, languages, and files by their hash."""

import base64
from pathlib import Path
from typing import Final

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Route

from zuko.api.compat.facade import Cors, Facade
from zuko.api.compat.jobe.files import Files, WrongIdError
from zuko.api.compat.jobe.languages import TASKS
from zuko.api.compat.jobe.runs import MISSING, Asked, limits_of, overloaded, read, rejected, to_answer, to_submission
from zuko.api.compat.reading import read_json
from zuko.api.compat.running import execute
from zuko.api.request_body import aside
from zuko.errors import NoCapacityError, OverLimitError, SubmissionError, UnavailableError
from zuko.execution.caches import user_cache
from zuko.settings import MIB, Settings
from zuko.types import SourceFile

_PREFIXES: Final = ("/jobe/index.php/restapi", "/jobe/restapi")
_OPTIONS: Final = "compile_options"


class Jobe:
    """The routes.

    Args:
        settings: of the process.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._limits = limits_of(settings)
        directory = user_cache("jobe") if settings.jobe_files is None else Path(settings.jobe_files)
        self._files = Files(directory, settings.jobe_files_mib * MIB)

    def routes(self) -> list[Route]:
        """Return the routes, below each prefix."""
        return [
            route
            for prefix in _PREFIXES
            for route in (
                Route(f"{prefix}/languages", self.languages),
                Route(f"{prefix}/runs", self.run, methods=["POST"]),
                Route(f"{prefix}/files/{{id}}", self.put_file, methods=["PUT"]),
                Route(f"{prefix}/files/{{id}}", self.head_file, methods=["HEAD"]),
            )
        ]

    async def languages(self, _: Request) -> Response:
        """List the languages and their versions."""
        return JSONResponse([[name, task.language.version] for name, task in TASKS.items()])

    async def run(self, request: Request) -> Response:
        """Run a program."""
        asked = read(await read_json(request), self._settings)
        files = await run_in_threadpool(self._given, asked) if asked.file_list else []
        try:
            submission = to_submission(asked, files, self._limits)
        except SubmissionError as error:
            if error.field == _OPTIONS:
                return JSONResponse(rejected(error))
            raise
        try:
            execution = await execute(request, submission, self._settings.jobe_queue_timeout_s)
        except OverLimitError:
            raise
        except NoCapacityError:
            return JSONResponse(overloaded())
        return JSONResponse(to_answer(execution))

    async def put_file(self, request: Request) -> Response:
        """Keep a file."""
        sent = await read_json(request)
        text = sent.get("file_contents") if isinstance(sent, dict) else None
        if not isinstance(text, str):
            raise HTTPException(400, "put: missing file_contents parameter")
        file_id = request.path_params["id"]
        try:
            content = await aside(len(text), base64.b64decode, text, validate=True)
        except ValueError as error:
            raise HTTPException(400, f"put: contents of file {file_id[:64]} are not valid base-64") from error
        if len(content) > self._settings.jobe_files_limit_bytes:
            raise HTTPException(413, f"put: a file has at most {self._settings.jobe_files_limit_bytes} bytes")
        try:
            await run_in_threadpool(self._files.put, file_id, content)
        except WrongIdError as error:
            raise HTTPException(400, f"put: {error}") from error
        return Response(status_code=204)

    async def head_file(self, request: Request) -> Response:
        """Report whether a file is there."""
        found = await run_in_threadpool(self._files.has, request.path_params["id"])
        return Response(status_code=204 if found else 404)

    def _given(self, asked: Asked) -> list[SourceFile]:
        """Return the files of a run.

        Raises:
            HTTPException: 404: one is not there; 400: they are too large together.
        """
        found, left = [], self._settings.jobe_files_limit_bytes
        for file_id, name in asked.file_list:
            content = self._files.get(file_id)
            if content is None:
                raise HTTPException(404, MISSING)
            left -= len(content)
            if left < 0:
                raise HTTPException(400, f"files have more than {self._settings.jobe_files_limit_bytes} bytes together")
            found.append(SourceFile(name, content))
        return found


def answer(error: Exception) -> Response:
    """Return the response to an error: its message, as JSON."""
    match error:
        case HTTPException(status_code=status_code, detail=detail):
            return JSONResponse(str(detail), status_code)
        case SubmissionError():
            return JSONResponse(str(error), 400)
        case UnavailableError():
            status_code = 429 if isinstance(error, OverLimitError) else 503
            return JSONResponse(str(error), status_code, {"retry-after": str(error.retry_after_s)})
    return JSONResponse("Server exception (the server's log has the details)", 500)


def facade(settings: Settings) -> Facade:
    """Return the façade."""
    return Facade(
        prefixes=_PREFIXES,
        routes=Jobe(settings).routes(),
        answer=answer,
        body_limit_bytes=settings.jobe_body_limit_bytes,
        cors=Cors(("*",), ("GET", "POST", "PUT", "HEAD", "OPTIONS"), ("*",)),
    )
