"""All routes of the control surface."""

from stellarchat.api.control import catalogue, downloads, endpoints, engines, inference, models, watching
from stellarchat.api.routes import Routes

router = Routes()
router.take(
    engines.router,
    models.router,
    watching.router,
    catalogue.router,
    downloads.router,
    endpoints.router,
    inference.router,
)
