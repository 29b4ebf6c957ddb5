"""The app: its routes, and the limits on what is read."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

import zuko
from zuko.api import judge_routes, problem_routes, submission_routes
from zuko.api.audited import Audited
from zuko.api.auth import Authenticated, Keys
from zuko.api.body_limit import BodyLimit, HeldBytes
from zuko.api.callers import Called, Callers
from zuko.api.compat.mount import mount
from zuko.api.compat.running import make_line
from zuko.api.direct import Direct, Handler
from zuko.api.drain import Drain
from zuko.api.errors import answer_refused, translate_errors
from zuko.api.head import Head
from zuko.api.hosts import Hosts
from zuko.api.mcp_endpoint import add_mcp
from zuko.api.openapi import BATCH, EXECUTE, JUDGE, PROBLEMS, SUBMISSIONS, TAGS, describe
from zuko.api.package_body import is_package_upload
from zuko.api.page import router as page_router
from zuko.api.readers import Readers
from zuko.api.refused import Refused
from zuko.api.request_body import body_handler
from zuko.api.requests import ID_HEADER, Requests, RouteNames
from zuko.api.responses import Responses
from zuko.api.root_path import RootPath
from zuko.api.routes import execute, execution_router, router
from zuko.api.service import Service
from zuko.errors import NoCapacityError
from zuko.execution.executor import Executor
from zuko.settings import Auth, Settings
from zuko.submissions.opening import StoreAccess
from zuko.telemetry.audit import Audit
from zuko.telemetry.observer import Observer
from zuko.telemetry.tracing import end_tracing

if TYPE_CHECKING:
    from zuko.telemetry.prometheus import Figures

_DESCRIPTION: Final = """Runs programs in sandboxes, and reports what they printed, how they ended, how much CPU time
they took and how much memory they needed."""


def create_app(
    settings: Settings,
    executor: Executor | None = None,
    responses: Responses | None = None,
    stores: StoreAccess | None = None,
    *,
    figures: "Figures | None" = None,
    logs_requests: bool = False,
    audit: Audit | None = None,
) -> FastAPI:
    """Make the app for these settings. It contacts nothing before it starts.

    Args:
        settings: limits and capacity.
        executor: executes submissions; None: one made from the settings.
        responses: makes the responses; None: those of a server.
        stores: opens the store of submissions; None: the one of the settings.
        figures: those that the executor reports to; they are served at `/metrics`. None: none are kept.
        logs_requests: whether each request leaves a line in the log.
        audit: gets the uses of API keys; None: nothing does.
    """
    executor = executor or Executor(settings)
    observer = figures or Observer()
    responses = responses or Responses(settings.response_limit_bytes)
    stores = stores or StoreAccess.of(settings)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        service = app.state.service
        station = service.station
        drain = Drain(service.drain, service.idle, service.running, service.cut, settings.drain_timeout_s)
        drain.install()
        executor.open()
        station.start()
        try:
            async with mcp_running():
                yield
        finally:
            drain.restore()
            await station.stop()
            executor.close()
            stores.close()
            await asyncio.to_thread(end_tracing)

    # The documentation page loads nothing from other hosts, so that a service without internet access has one too.
    app = FastAPIOffline(
        redoc_url=None,
        redirect_slashes=False,
        title="Zuko",
        version=zuko.__version__,
        description=_DESCRIPTION,
        openapi_tags=TAGS,
        lifespan=lifespan,
    )
    app.state.service = Service(executor, responses, stores)
    routers = [
        *(execution_router, judge_routes.router, submission_routes.sending_router, submission_routes.router),
        *(problem_routes.router, router, page_router),
    ]
    if figures is not None:
        from zuko.api.metrics_routes import metrics_router  # noqa: PLC0415 - a function has no figures

        routers.append(metrics_router(figures))
    # As they are: `include_router` would make each route a second time, which takes 36 of the 38 ms of this function.
    app.router.routes.extend(route for each in routers for route in each.routes)
    mcp_running = add_mcp(app, settings, executor, app.state.service.active)
    app.add_middleware(Direct, find=_short_way(), exception_handlers=app.exception_handlers)
    held = HeldBytes()
    app.add_middleware(
        BodyLimit,
        limit_bytes=settings.body_limit_bytes,
        limits_by_path=dict.fromkeys((JUDGE, SUBMISSIONS, BATCH), settings.judge_body_limit_bytes),
        is_exempt=lambda scope: is_package_upload(scope, PROBLEMS),
        held=held,
        total_bytes=settings.bodies_limit_bytes,
        timeout_s=settings.body_timeout_s,
        busy=lambda: responses.unavailable(NoCapacityError("too many large requests at a time")),
    )

    app.add_middleware(Head)
    app.state.line = make_line(executor, settings, observer.limited)
    app.state.held = held
    facades = _guard(app, settings, responses, held, audit=audit, observer=observer)
    if settings.root_path:  # not FastAPI's own: that would replace the stage of a gateway
        app.add_middleware(RootPath, root_path=settings.root_path)
    app.add_middleware(
        Requests,
        routes=RouteNames((route.path for route in app.routes if isinstance(route, Route | Mount)), facades),
        observer=observer,
        logs=logs_requests,
    )

    translate_errors(app, responses)
    app.openapi = lambda: describe(app, settings)  # type: ignore[method-assign]  # FastAPI's hook
    stack = app.build_middleware_stack  # outside of it a response is as the server gets it
    app.build_middleware_stack = lambda: Readers(stack(), settings.reader_timeout_s)  # type: ignore[method-assign]
    return app


def _guard(
    app: FastAPI, settings: Settings, responses: Responses, held: HeldBytes, *, audit: Audit | None, observer: Observer
) -> Sequence[str]:
    """Have façades and our own routes serve those who may ask them: pages of other sites, keys, and names of ours.

    Return the paths of the façades.
    """
    refused: ASGIApp = Refused(partial(answer_refused, responses))
    if settings.cors_origins:
        cors: dict[str, Any] = {
            "allow_origins": settings.cors_origins,
            "allow_methods": ["GET", "POST", "PUT", "DELETE"],
            "allow_headers": ["authorization", "content-type", "idempotency-key", "last-event-id", ID_HEADER],
            "expose_headers": ["idempotency-replayed", "location", "retry-after", ID_HEADER],
            "max_age": 600,
        }
        app.add_middleware(CORSMiddleware, **cors)
        refused = CORSMiddleware(refused, **cors)
    refused, facades = mount(app, settings, held, refused)
    app.add_middleware(Called, callers=Callers(settings, observer), refused=refused)
    has_keys = settings.auth is Auth.KEYS
    if has_keys:
        app.add_middleware(Authenticated, keys=Keys(app.state.service.find_key), refused=refused)
    app.add_middleware(Hosts, names=settings.hosts, origins=settings.cors_origins, has_keys=has_keys, refused=refused)
    if audit is not None:
        app.add_middleware(Audited, audit=audit)
    return facades


def _short_way() -> Callable[[str, str, bytes], Handler | None]:
    """Return what finds the routes that are asked most often: to run, to store, and to wait for what was stored."""
    sending = {EXECUTE: body_handler(execute), SUBMISSIONS: body_handler(submission_routes.submit)}

    def find(method: str, path: str, query: bytes) -> Handler | None:
        if method == "POST":
            return sending.get(path)
        return submission_routes.read_handler(path, query) if method == "GET" else None

    return find
