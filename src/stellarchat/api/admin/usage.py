"""Routes of usage: everybody's for administrators, one's own for everybody."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from stellarchat.api import deps
from stellarchat.api.admin.files import TABLE, attachment
from stellarchat.api.routes import Routes
from stellarchat.core.errors import BadRequest
from stellarchat.core.usage import Usage, UsageQuery
from stellarchat.services.administration.usage import GROUPS, UsageBooks, table

router = Routes(tags=["administration"])
_AS_TABLE: dict[int | str, dict[str, Any]] = {200: {"content": TABLE}}

Books = Annotated[UsageBooks, Depends(deps.usage)]
First = Annotated[date | None, Query(alias="from", description="first day, UTC")]
Last = Annotated[date | None, Query(alias="to", description="last day, UTC")]
Model = Annotated[str | None, Query(max_length=255)]
By = Annotated[
    str, Query(max_length=40, description="what to group by: any of day, user, model, with commas between")
]
Format = Literal["json", "csv"]


class UsageLine(BaseModel):
    """What some requests took; what the lines are not grouped by is null."""

    day: date | None
    user_id: str | None = Field(description="empty: the server itself, for titles")
    user_name: str | None
    model: str | None
    requests: int
    prompt_tokens: int
    cached_tokens: int = Field(description="of the prompt's tokens: those the engine had read before")
    completion_tokens: int
    errors: int
    seconds: float = Field(description="of writing")


class UsageReport(BaseModel):
    """Lines by day, then the largest first."""

    items: list[UsageLine]


@router.get("/api/admin/usage", responses=_AS_TABLE)
async def read_usage(
    admin: Annotated[str, Depends(deps.admin)],
    books: Books,
    names: Annotated[deps.Names, Depends(deps.names)],
    first: First = None,
    last: Last = None,
    user: Annotated[str | None, Query(max_length=128, description="a user's id")] = None,
    model: Model = None,
    by: By = "day,user,model",
    format: Format = "json",
) -> UsageReport:
    """What everybody's requests took."""
    query = UsageQuery(first=first, last=last, user_id=user, model=model, by=_groups(by))
    lines = await books.report(query)
    known = await names({line.user_id for line in lines if line.user_id})
    return _answer(lines, query, format, known)


@router.get("/api/usage", responses=_AS_TABLE)
async def read_own_usage(
    user: Annotated[str, Depends(deps.user)],
    books: Books,
    first: First = None,
    last: Last = None,
    model: Model = None,
    by: By = "day,model",
    format: Format = "json",
) -> UsageReport:
    """What the caller's own requests took."""
    query = UsageQuery(first=first, last=last, user_id=user, model=model, by=_groups(by))
    return _answer(await books.report(query), query, format, {})


def _groups(by: str) -> tuple[str, ...]:
    wanted = {name.strip() for name in by.split(",")} - {""}
    if unknown := wanted - set(GROUPS):
        raise BadRequest(
            f"`by`: there is no {sorted(unknown)[0]!r} to group by.",
            param="by",
            remedy=f"Use any of: {', '.join(GROUPS)}.",
        )
    return tuple(name for name in GROUPS if name in wanted)


def _answer(lines: list[Usage], query: UsageQuery, format: Format, names: dict[str, str]) -> UsageReport:
    if format == "csv":
        # returned through the annotation of the route: FastAPI sends a Response as it is
        return attachment(table(lines, query.by, names).encode(), "usage.csv", "text/csv")  # type: ignore[return-value]
    return UsageReport(items=[_shown(line, names) for line in lines])


def _shown(line: Usage, names: dict[str, str]) -> UsageLine:
    return UsageLine(
        day=line.day,
        user_id=line.user_id,
        user_name=names.get(line.user_id or ""),
        model=line.model,
        requests=line.requests,
        prompt_tokens=line.prompt_tokens,
        cached_tokens=line.cached_tokens,
        completion_tokens=line.completion_tokens,
        errors=line.errors,
        seconds=round(line.seconds, 3),
    )
