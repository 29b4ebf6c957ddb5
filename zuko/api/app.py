"""The app: its routes, and the limits on what is read."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Final

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi_offline import FastAPIOffline

import zuko
from zuko.api import judge_routes, problem_routes, submission_routes
from zuko.api.body_limit import BodyLimit
from zuko.api.direct import Direct, Handler
from zuko.api.drain import Drain
from zuko.api.errors import translate_errors
from zuko.api.head import Head
from zuko.api.openapi import BATCH, EXECUTE, JUDGE, PROBLEMS, SUBMISSIONS, TAGS, describe
from zuko.api.package_body import is_package_upload
from zuko.api.request_body import body_handler
from zuko.api.responses import Responses
from zuko.api.root_path import RootPath
from zuko.api.routes import execute, execution_router, router
from zuko.api.service import Service
from zuko.errors import NoCapacityError
from zuko.execution.executor import Executor
from zuko.settings import Settings
from zuko.submissions.opening import StoreAccess

_DESCRIPTION: Final = """Runs programs in sandboxes, and reports what they printed, how they ended, how much CPU time
they took and how much memory they needed."""


def create_app(
    settings: Settings,
    executor: Executor | None = None,
    responses: Responses | None = None,
    stores: StoreAccess | None = None,
) -> FastAPI:
    """Make the app for these settings. It contacts nothing before it starts.

    Args:
        settings: limits and capacity.
        executor: executes submissions; None: one made from the settings.
        responses: makes the responses; None: those of a server.
        stores: opens the store of submissions; None: the one of the settings.
    """
    executor = executor or Executor(settings)
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
            yield
        finally:
            drain.restore()
            await station.stop()
            executor.close()
            stores.close()

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
    app.include_router(execution_router)
    app.include_router(judge_routes.router)
    app.include_router(submission_routes.sending_router)
    app.include_router(submission_routes.router)
    app.include_router(problem_routes.router)
    app.include_router(router)
    app.add_middleware(Direct, find=_short_way(), exception_handlers=app.exception_handlers)
    app.add_middleware(
        BodyLimit,
        limit_bytes=settings.body_limit_bytes,
        limits_by_path=dict.fromkeys((JUDGE, SUBMISSIONS, BATCH), settings.judge_body_limit_bytes),
        is_exempt=lambda scope: is_package_upload(scope, PROBLEMS),
        total_bytes=settings.bodies_limit_bytes,
        timeout_s=settings.body_timeout_s,
        busy=lambda: responses.unavailable(NoCapacityError("too many large requests at a time")),
    )

    app.add_middleware(Head)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["authorization", "content-type", "idempotency-key", "last-event-id"],
            expose_headers=["idempotency-replayed", "location", "retry-after"],
            max_age=600,
        )

    if settings.root_path:  # not FastAPI's own: that would replace the stage of a gateway
        app.add_middleware(RootPath, root_path=settings.root_path)

    translate_errors(app, responses)
    app.openapi = lambda: describe(app, settings)  # type: ignore[method-assign]  # FastAPI's hook
    return app


def _short_way() -> Callable[[str, str, bytes], Handler | None]:
    """Return what finds the routes that are asked most often: to run, to store, and to wait for what was stored."""
    sending = {EXECUTE: body_handler(execute), SUBMISSIONS: body_handler(submission_routes.submit)}

    def find(method: str, path: str, query: bytes) -> Handler | None:
        if method == "POST":
            return sending.get(path)
        return submission_routes.read_handler(path, query) if method == "GET" else None

    return find
