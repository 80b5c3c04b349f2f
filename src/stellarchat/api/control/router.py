"""All routes of the control surface."""

from fastapi import APIRouter, Depends

from stellarchat.api import deps
from stellarchat.api.control import catalogue, downloads, endpoints, engines, inference, models, watching

router = APIRouter(prefix="/api/v1", tags=["control"])
router.include_router(engines.router)
router.include_router(models.router)
router.include_router(watching.router)
router.include_router(catalogue.router, dependencies=[Depends(deps.admin)])
router.include_router(downloads.router)
router.include_router(endpoints.router, dependencies=[Depends(deps.admin)])
router.include_router(inference.router)
