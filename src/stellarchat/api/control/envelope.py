"""The envelope of `/api/v1`, made from what a route returns."""

from typing import TypeVar

from fastapi.requests import Request

from stellarchat.api.control.schemas import Envelope
from stellarchat.api.errors import request_id
from stellarchat.api.noting import about

T = TypeVar("T")


class Wrapper:
    """Puts data into the envelope of one request. Used as a dependency: `Depends(Wrapper)`."""

    def __init__(self, request: Request) -> None:
        self._id = request_id(request.scope)
        self._request = request

    def about(self, target: str) -> None:
        """Say what the request is about, where its path does not: for the audit log."""
        about(self._request, target)

    def __call__(self, data: T) -> Envelope[T]:
        """Return `data` in its envelope."""
        return Envelope(request_id=self._id, data=data)
