"""Routes of comparisons."""

from typing import Annotated

from fastapi import Depends

from stellarchat.api import deps
from stellarchat.api.compare import schemas
from stellarchat.api.limits import Limits
from stellarchat.api.routes import Routes
from stellarchat.services.comparisons.comparisons import Comparisons

router = Routes(prefix="/api/comparisons", tags=["comparisons"])

User = Annotated[str, Depends(deps.user)]
Admin = Annotated[str, Depends(deps.admin)]
ComparisonsDep = Annotated[Comparisons, Depends(deps.comparisons)]
LimitsDep = Annotated[Limits, Depends(deps.limits)]


@router.post("", status_code=201)
async def begin_comparison(
    user: User, comparisons: ComparisonsDep, limits: LimitsDep, body: schemas.NewComparison
) -> schemas.Comparison:
    """Ask two to four models the same; the answers are followed like any other reply."""
    turn = body.turn(user, limits)
    begun = await comparisons.begin(turn, body.models or (), blind=body.blind, follows=body.follows)
    return schemas.Comparison.of(begun)


@router.get("")
async def list_comparisons(user: User, comparisons: ComparisonsDep) -> schemas.ComparisonList:
    """List the newest ones."""
    items = [schemas.ComparisonLine.line(one) for one in await comparisons.list(user)]
    return schemas.ComparisonList(items=items)


@router.get("/standings")
async def read_standings(user: User, comparisons: ComparisonsDep) -> schemas.Standings:
    """Tell how models stand by the caller's votes, best first."""
    table, votes = await comparisons.standings(user)
    return schemas.Standings.of(table, votes)


@router.get("/standings/team")
async def read_team_standings(admin: Admin, comparisons: ComparisonsDep) -> schemas.Standings:
    """Tell how models stand by the votes of everybody, best first."""
    table, votes = await comparisons.standings(None)
    return schemas.Standings.of(table, votes)


@router.get("/{comparison_id}")
async def read_comparison(user: User, comparisons: ComparisonsDep, comparison_id: str) -> schemas.Comparison:
    """Return one with its messages as they are now."""
    return schemas.Comparison.of(await comparisons.get(user, comparison_id))


@router.post("/{comparison_id}/vote")
async def vote(
    user: User, comparisons: ComparisonsDep, comparison_id: str, body: schemas.CastVote
) -> schemas.Comparison:
    """Keep what is thought of the answers; it takes the place of an earlier vote."""
    return schemas.Comparison.of(await comparisons.vote(user, comparison_id, body.outcome, body.answer_id))


@router.post("/{comparison_id}/again")
async def answer_again(
    user: User, comparisons: ComparisonsDep, comparison_id: str, body: schemas.AnswerAgain
) -> schemas.Comparison:
    """Have one answer made anew, in its place."""
    return schemas.Comparison.of(await comparisons.again(user, comparison_id, body.answer_id))


@router.post("/{comparison_id}/stop")
async def stop_all(user: User, comparisons: ComparisonsDep, comparison_id: str) -> schemas.Comparison:
    """Stop all answers that are being written."""
    return schemas.Comparison.of(await comparisons.stop(user, comparison_id))
