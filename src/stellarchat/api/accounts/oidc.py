"""Routes of logins with another server's word."""

from typing import Annotated

from fastapi import Depends, Query
from fastapi.requests import Request
from fastapi.responses import RedirectResponse

from stellarchat.api import deps
from stellarchat.api.routes import Routes
from stellarchat.api.whence import address
from stellarchat.core.errors import NotFound, StellarChatError
from stellarchat.services.accounts.reception import Reception

router = Routes(prefix="/api/auth/oidc", tags=["accounts"])

_COOKIE = "stellarchat-oidc"
_SEE_OTHER = 303

ReceptionDep = Annotated[Reception, Depends(deps.reception)]


@router.get("/start", status_code=_SEE_OTHER, response_class=RedirectResponse)
async def start_login(request: Request, found: ReceptionDep) -> RedirectResponse:
    """Send the browser to the identity provider."""
    if found.oidc is None:
        raise NotFound(
            "There is no identity provider here.", remedy="Log in with your password.", sentence="oidc_none"
        )
    try:
        begun = await found.oidc.start(str(request.base_url))
    except StellarChatError as error:
        return _failed(request, error)
    response = _to(begun.location)
    request.app.state.services.cookie.bind(response, _COOKIE, begun.browser, router.prefix)
    return response


@router.get("/callback", status_code=_SEE_OTHER, response_class=RedirectResponse)
async def finish_login(
    request: Request,
    found: ReceptionDep,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=4096)] = "",
    error: Annotated[str, Query(max_length=200)] = "",
) -> RedirectResponse:
    """Take the browser back from the identity provider, and log it in."""
    if found.oidc is None:
        raise NotFound(
            "There is no identity provider here.", remedy="Log in with your password.", sentence="oidc_none"
        )
    try:
        user = await found.oidc.finish(state, code, request.cookies.get(_COOKIE, ""), error)
        agent = request.headers.get("user-agent", "")
        secret = await found.sessions.begin(user, user_agent=agent, address=address(request))
    except StellarChatError as refused:
        found.accounts.tell("login.failed", None, None, reason=refused.message[:200])
        return _failed(request, refused)
    response = _to("/")
    style = request.app.state.services.cookie
    style.set(response, secret)
    style.tell(response, "/login", None)
    response.delete_cookie(_COOKIE, path=router.prefix)
    return response


def _failed(request: Request, error: StellarChatError) -> RedirectResponse:
    """Back to the login, which says why."""
    response = _to("/login")
    request.app.state.services.cookie.tell(response, "/login", error)
    return response


def _to(location: str) -> RedirectResponse:
    return RedirectResponse(location, _SEE_OTHER, headers={"cache-control": "no-store"})
