"""All routes of administration, and what people see of the same things for themselves."""

from stellarchat.api.admin import audit, backups, feedback, usage, users
from stellarchat.api.routes import Routes

router = Routes()
router.take(usage.router, feedback.router, audit.router, backups.router, users.router)
