"""The route of the figures, which Prometheus asks for."""

import asyncio

from fastapi import APIRouter, Response

from zuko.api.service import Service, ServiceNow
from zuko.errors import StoreError
from zuko.submissions.model import Depth
from zuko.submissions.samples import DEPTH_S, samples_of
from zuko.telemetry.metrics import CONTENT_TYPE, PATH
from zuko.telemetry.prometheus import Figures


def metrics_router(figures: Figures) -> APIRouter:
    """Return the router of the figures."""
    router = APIRouter()

    @router.get(PATH, include_in_schema=False)
    async def show(service: ServiceNow) -> Response:
        """Return the figures in Prometheus' text format. They are of this process, those of the store of all."""
        samples = samples_of(service.executor, service.station, service.stores, await _depth(service))
        return Response(figures.render(samples), media_type=CONTENT_TYPE)

    return router


async def _depth(service: Service) -> Depth | None:
    """Return the depth of the queue; None: the store does not answer, or there is none."""
    store = service.store
    if store is None:
        return None
    try:
        async with asyncio.timeout(DEPTH_S):
            return await service.in_store(service.depths.of, store, None)
    except (StoreError, TimeoutError):
        return None
