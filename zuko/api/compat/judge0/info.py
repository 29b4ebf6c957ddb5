"""Judge0's routes that report: languages, statuses, the service and its workers."""

import math
import os
import platform
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import zuko
from zuko.api.compat.judge0.errors import json_response
from zuko.api.compat.judge0.languages import Numbered, language_of_id, numbered_languages
from zuko.api.compat.judge0.options import config_info
from zuko.api.compat.judge0.requests import is_on, sender_of
from zuko.api.compat.judge0.statuses import STATUSES
from zuko.api.compat.judge0.storing import listed
from zuko.api.compat.judge0.tokens import authenticate, authorize
from zuko.api.compat.reading import read_whole
from zuko.api.service import service_of, store_of
from zuko.settings import Settings
from zuko.submissions.model import StoredSubmission

VERSION: Final = "1.13.1"  # of the interface: clients look for it
_STATISTICS_S: Final = 600.0  # that a count serves
_AGAIN_S: Final = 10.0  # that it serves clients who want another
_TENANTS_MAX: Final = 1000  # whose counts are kept
_DAYS: Final = 30
_LICENSE: Final = "Zuko is free software under the MIT License."


class Info:
    """The routes that report.

    Args:
        settings: of the process.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._statistics: dict[str, tuple[float, dict[str, Any]]] = {}  # by tenant, and when they were counted

    def routes(self) -> list[Route]:
        """Return the routes."""
        plain = {"/version": VERSION, "/isolate": f"zuko-init {zuko.__version__}", "/license": _LICENSE}
        return [
            Route("/languages", self.languages),
            Route("/languages/all", self.all_languages),
            Route("/languages/{id}", self.language),
            Route("/statuses", self.statuses),
            Route("/about", self.about),
            Route("/system_info", self.system_info),
            Route("/config_info", self.config_info),
            Route("/statistics", self.statistics),
            Route("/workers", self.workers),
            Route("/authenticate", self.authenticate, methods=["POST"]),
            Route("/authorize", self.authorize, methods=["POST"]),
            *(Route(path, self._plain(text)) for path, text in plain.items()),
        ]

    async def languages(self, request: Request) -> Response:
        """List the languages that a submission may name."""
        authenticate(request, self._settings)
        return json_response(
            [{"id": each.id, "name": each.name} for each in numbered_languages() if not each.is_archived]
        )

    async def all_languages(self, request: Request) -> Response:
        """List the languages, also those whose numbers are refused."""
        authenticate(request, self._settings)
        return json_response(
            [{"id": each.id, "name": each.name, "is_archived": each.is_archived} for each in numbered_languages()]
        )

    async def language(self, request: Request) -> Response:
        """Describe a language."""
        authenticate(request, self._settings)
        number = read_whole(request.path_params["id"])
        found = None if number is None else language_of_id(number)
        if found is None:
            raise HTTPException(404, "there is no language with this id")
        return json_response(self._described(found))

    async def statuses(self, request: Request) -> Response:
        """List the statuses of submissions."""
        authenticate(request, self._settings)
        return json_response([{"id": number, "description": text} for number, text in STATUSES.items()])

    async def about(self, request: Request) -> Response:
        """Report the version of the interface. Clients find their languages only if it is one that they know."""
        authenticate(request, self._settings)
        return json_response(
            {"version": VERSION, "homepage": "/docs", "source_code": "", "maintainer": f"Zuko {zuko.__version__}"}
        )

    async def system_info(self, request: Request) -> Response:
        """Report the machine of this process, as far as it concerns clients."""
        authenticate(request, self._settings)
        slots = service_of(request).executor.slots
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return json_response(
            {
                "Architecture": platform.machine(),
                "Byte Order": "Little Endian",
                "CPU(s)": str(slots),
                "Mem": f"{memory / (1 << 30):.1f}G",
                "Swap": "0B",
            }
        )

    async def config_info(self, request: Request) -> Response:
        """Report what submissions may ask for."""
        authenticate(request, self._settings)
        return json_response(config_info(self._settings))

    async def statistics(self, request: Request) -> Response:
        """Count the newest submissions, by day and by language."""
        authenticate(request, self._settings)
        service, tenant = service_of(request), sender_of(request, self._settings).tenant
        counted_at, found = self._statistics.get(tenant, (-math.inf, {}))
        serves_s = _AGAIN_S if is_on(request, "invalidate_cache") else _STATISTICS_S
        if time.monotonic() - counted_at > serves_s:
            rows = await service.in_bulk(listed, await store_of(request), tenant)
            found = _count(rows, datetime.now(UTC))
            if len(self._statistics) >= _TENANTS_MAX:
                self._statistics.clear()
            self._statistics[tenant] = time.monotonic(), found
        return json_response(found)

    async def workers(self, request: Request) -> Response:
        """Report the queue and the workers' slots."""
        authenticate(request, self._settings)
        service = service_of(request)
        store = await store_of(request)
        depth = await service.in_store(service.depths.of, store, None)
        slots = sum(each.slots for each in await service.in_store(store.workers))
        return json_response(
            [
                {
                    "queue": "default",
                    "size": depth.queued,
                    "available": slots,
                    "idle": max(slots - depth.running, 0),
                    "working": depth.running,
                    "paused": 0,
                    "failed": 0,
                }
            ]
        )

    async def authenticate(self, request: Request) -> Response:
        """Respond 200 to a valid token."""
        authenticate(request, self._settings)
        return Response()

    async def authorize(self, request: Request) -> Response:
        """Respond 200 to a valid token of an administrator."""
        authorize(request, self._settings)
        return Response()

    def _plain(self, text: str) -> Any:
        async def show(request: Request) -> Response:
            authenticate(request, self._settings)
            return PlainTextResponse(text)

        return show

    def _described(self, found: Numbered) -> dict[str, Any]:
        language = found.language
        compiler = language.compiler
        return {
            "id": found.id,
            "name": found.name,
            "is_archived": found.is_archived,
            "source_file": language.source_name,
            "compile_cmd": None if compiler is None else f"{' '.join(compiler.argv)} %s {language.source_name}",
            "run_cmd": " ".join(language.command(self._settings.memory_bytes(language))),
        }


def _count(rows: list[StoredSubmission], now: datetime) -> dict[str, Any]:
    days = Counter(datetime.fromtimestamp(row.created_at, UTC).date() for row in rows)
    languages = Counter(row.language for row in rows)
    first = {each.language.name: each for each in reversed(numbered_languages()) if not each.is_archived}
    last_days = [now.date() - timedelta(days=ago) for ago in range(_DAYS)]
    return {
        "created_at": _shown(now),
        "cached_until": _shown(now + timedelta(seconds=_STATISTICS_S)),
        "submissions": {
            "total": len(rows),
            "today": days[now.date()],
            "last_30_days": {str(day): days[day] for day in last_days},
        },
        "languages": [
            {"language": {"id": first[name].id, "name": first[name].name}, "count": count}
            for name, count in languages.most_common()
            if name in first
        ],
        "statuses": [],  # a status is known when a submission is read
        "database": {"size_pretty": "unknown", "size_in_bytes": 0},
    }


def _shown(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
