"""All routes of accounts."""

from fastapi import APIRouter

from stellarchat.api.accounts import invitations, login, oidc, own

router = APIRouter(tags=["accounts"])
router.include_router(login.router, prefix="/api/auth")
router.include_router(own.router, prefix="/api/auth")
router.include_router(invitations.router)
router.include_router(oidc.router)
