"""The route that fetches a picture from elsewhere, once a reader has asked for it."""

from typing import Annotated, Any

from fastapi import Depends, Query, Response

from stellarchat.api import deps
from stellarchat.api.routes import Routes
from stellarchat.core.addresses import LENGTH
from stellarchat.services.chats.images import Images

router = Routes(prefix="/api", tags=["chat"])

# beside the policy that every answer has: opened by itself, a picture is nobody's page
_HEADERS = {"cache-control": "private, max-age=3600", "content-security-policy": "sandbox"}
_PICTURE: dict[str, Any] = {
    kind: {"schema": {"type": "string", "format": "binary"}}
    for kind in ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif")
}


@router.get(
    "/images",
    response_class=Response,
    responses={200: {"content": _PICTURE, "description": "The picture"}},
)
async def fetch_image(
    user: Annotated[str, Depends(deps.user)],
    images: Annotated[Images, Depends(deps.images)],
    url: Annotated[str, Query(max_length=LENGTH, description="http or https, on the public internet")],
) -> Response:
    """Fetch a PNG, JPEG, GIF, WebP or AVIF of at most 10 MiB from elsewhere."""
    found = await images.fetch(url)
    return Response(found.body, media_type=found.kind, headers=_HEADERS)
