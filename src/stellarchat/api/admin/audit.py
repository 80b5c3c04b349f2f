"""Routes of the audit log."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Response
from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from stellarchat.api import deps
from stellarchat.api.admin.files import TABLE, Streamed
from stellarchat.api.routes import Routes
from stellarchat.core.audit import AuditQuery
from stellarchat.services.administration.audit import Audit

router = Routes(prefix="/api/admin/audit", tags=["administration"])

Log = Annotated[Audit, Depends(deps.audit)]
Admin = Annotated[str, Depends(deps.admin)]


class AuditLine(BaseModel):
    """One thing that was done, or tried."""

    id: str
    at: datetime
    action: str
    user_id: str | None
    user_name: str | None
    target: str | None
    target_name: str | None = Field(description="what the target is called, where it is a user")
    status: int = Field(description="the HTTP status it was answered with")
    address: str | None = Field(description="where it came from")
    detail: dict[str, JsonValue]


class AuditPage(BaseModel):
    """Events, the latest first."""

    items: list[AuditLine]
    next_cursor: str | None


async def _query(
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    user: Annotated[str | None, Query(max_length=128, description="a user's id")] = None,
    action: Annotated[
        str | None, Query(max_length=64, description="as auth.login, or its beginning, as auth")
    ] = None,
    failed: bool | None = None,
) -> AuditQuery:
    return AuditQuery(since=since, until=until, user_id=user, action=action, failed=failed)


Wanted = Annotated[AuditQuery, Depends(_query)]


@router.get("")
async def list_events(
    admin: Admin,
    audit: Log,
    names: Annotated[deps.Names, Depends(deps.names)],
    query: Wanted,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditPage:
    """What was done, the latest first."""
    page = await audit.events(query, cursor, limit)
    wanted = {name for one in page.items for name in (one.user_id, one.target) if name}
    known = await names(wanted)
    return AuditPage(
        items=[
            AuditLine(
                id=one.id,
                at=one.at,
                action=one.action,
                user_id=one.user_id,
                user_name=one.user_name or known.get(one.user_id or ""),
                target=one.target,
                target_name=known.get(one.target or ""),
                status=one.status,
                address=one.address,
                detail=one.detail,
            )
            for one in page.items
        ],
        next_cursor=page.next_cursor,
    )


@router.get(
    "/export",
    status_code=200,
    response_class=Streamed,
    responses={200: {"content": TABLE, "description": "The file"}},
)
async def export_events(admin: Admin, audit: Log, query: Wanted) -> Response:
    """The same as a CSV file."""
    return Streamed(audit.export(query), "audit.csv", "text/csv; charset=utf-8")
