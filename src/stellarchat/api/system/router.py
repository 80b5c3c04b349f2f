"""Routes of the system surface."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from stellarchat.api import deps
from stellarchat.api.system import health
from stellarchat.services.metrics import CONTENT_TYPE, Metrics

router = APIRouter()
router.include_router(health.router)


@router.get("/metrics", response_class=Response, tags=["system"])
async def metrics(metrics: Annotated[Metrics, Depends(deps.metrics)]) -> Response:
    """Everything measured, in Prometheus' text format."""
    return Response(metrics.render(), media_type=CONTENT_TYPE)
