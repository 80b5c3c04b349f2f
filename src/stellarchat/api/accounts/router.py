"""All routes of accounts."""

from stellarchat.api.accounts import invitations, login, oidc, own
from stellarchat.api.routes import Routes

router = Routes()
router.take(login.router, own.router, invitations.router, oidc.router)
