"""All routes of administration, and what people see of the same things for themselves."""

from fastapi import APIRouter

from stellarchat.api.admin import audit, backups, feedback, usage, users

router = APIRouter()
router.include_router(usage.router)
router.include_router(feedback.router)
router.include_router(audit.router)
router.include_router(backups.router)
router.include_router(users.router)
