"""Routes, and how those of several modules become one flat list.

FastAPI's `include_router` builds every route a second time, and looks for a route in each router that it
includes, then once more on its way in. Here routes are taken over as they are: what is built once is
matched once.
"""

from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute


def operation_id(route: APIRoute) -> str:
    """Return a name for a route that generated clients can use: its surface and its function."""
    surface = f"{route.tags[0]}_" if route.tags else ""
    return f"{surface}{route.name}"


class Routes(APIRouter):
    """The routes of a module, or of several."""

    def __init__(self, **given: Any) -> None:
        super().__init__(generate_unique_id_function=operation_id, **given)

    def take(self, *others: APIRouter) -> None:
        """Take over the routes of others, whose paths are whole."""
        for other in others:
            self.routes.extend(other.routes)
