"""How one comes in and leaves: setting up, signing up, logging in and out, tokens."""

from typing import Annotated

from fastapi import Depends, Response, status
from fastapi.requests import Request

from stellarchat.api import deps
from stellarchat.api.accounts.schemas import (
    AuthStatus,
    InvitationFor,
    InvitationSecret,
    Login,
    Refresh,
    ResetFor,
    ResetPassword,
    ResetSecret,
    SetUp,
    SignUpBody,
    TokenPair,
    UserShown,
    Whoami,
)
from stellarchat.api.routes import Routes
from stellarchat.api.whence import address
from stellarchat.core.accounts import Caller, User
from stellarchat.core.errors import Conflict, Unauthorized
from stellarchat.services.accounts.reception import Reception

router = Routes(prefix="/api/auth", tags=["accounts"])


async def reception(found: Annotated[Reception, Depends(deps.reception)]) -> Reception:
    """The services of accounts. Raises Conflict where there are none."""
    if not found.on:
        raise Conflict(
            "Accounts are off.",
            remedy="Start the server with the setting `auth` set to `on`.",
            sentence="accounts_off",
        )
    return found


ReceptionDep = Annotated[Reception, Depends(reception)]


def stranger(request: Request) -> Caller | None:
    """Return who is calling, None for a stranger."""
    found: Caller | None = request.scope["state"].get("caller")
    return found


async def _enter(request: Request, response: Response, found: Reception, user: User) -> UserShown:
    """Give the browser its cookie."""
    agent = request.headers.get("user-agent", "")
    secret = await found.sessions.begin(user, user_agent=agent, address=address(request))
    cookie = request.app.state.services.cookie
    cookie.set(response, secret)
    response.headers["cache-control"] = "no-store"
    return UserShown.of(user)


@router.get("/status")
async def read_status(
    request: Request,
    found: Annotated[Reception, Depends(deps.reception)],
    services: Annotated[deps.Services, Depends(deps.services)],
    response: Response,
) -> AuthStatus:
    """Whether one has to log in here, who one is, and what whoever runs the server allows at all."""
    response.headers["cache-control"] = "no-store"
    caller = stranger(request)
    cookie = services.cookie
    if caller is not None and caller.session_id is not None and (kept := request.cookies.get(cookie.name)):
        cookie.set(response, kept)  # a login in use lasts on, in the browser too
    return AuthStatus(
        accounts=found.on,
        setup=found.on and await found.accounts.empty(),
        sign_up=found.accounts.sign_up.value,
        user=Whoami.of(caller) if caller is not None else None,
        identity_provider=found.oidc.settings.name if found.oidc is not None else None,
        sharing=services.sharing.allowed,
        tool_programs=services.tool_servers.commands,
    )


@router.post("/setup", status_code=status.HTTP_201_CREATED)
async def set_up(body: SetUp, request: Request, response: Response, found: ReceptionDep) -> UserShown:
    """Make the first user, the administrator, and log them in. All chats there are become theirs."""
    request.app.state.services.cookie.check(request)
    user = await found.accounts.set_up(body.name, body.email, body.password.get_secret_value())
    return await _enter(request, response, found, user)


@router.post("/signup", status_code=status.HTTP_201_CREATED)
async def sign_up(body: SignUpBody, request: Request, response: Response, found: ReceptionDep) -> UserShown:
    """Make an account of one's own, with an invitation where one is needed, and log in."""
    request.app.state.services.cookie.check(request)
    user = await found.accounts.register(
        body.name,
        body.email,
        body.password.get_secret_value(),
        invitation=body.invitation,
        address=address(request),
    )
    return await _enter(request, response, found, user)


@router.post("/invitation")
async def look_at_invitation(body: InvitationSecret, found: ReceptionDep) -> InvitationFor:
    """What an invitation is good for."""
    invitation = await found.invitations.look(body.invitation)
    return InvitationFor(role=invitation.role, expires_at=invitation.expires_at)


@router.post("/reset")
async def look_at_reset(body: ResetSecret, found: ReceptionDep) -> ResetFor:
    """Whose password a link resets, which an administrator made."""
    link, user = await found.resets.look(body.secret)
    return ResetFor(name=user.name, expires_at=link.expires_at)


@router.post("/reset/password")
async def reset_password(
    body: ResetPassword, request: Request, response: Response, found: ReceptionDep
) -> UserShown:
    """Choose another password with such a link, which is good once, and log in. All other logins end."""
    request.app.state.services.cookie.check(request)
    user = await found.resets.use(body.secret, body.password.get_secret_value())
    return await _enter(request, response, found, user)


@router.post("/login")
async def log_in(body: Login, request: Request, response: Response, found: ReceptionDep) -> UserShown:
    """Log a browser in: the answer sets its cookie."""
    request.app.state.services.cookie.check(request)
    user = await found.accounts.log_in(body.name, body.password.get_secret_value(), address=address(request))
    return await _enter(request, response, found, user)


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def log_out(request: Request, found: ReceptionDep) -> Response:
    """End the login that asks, of a browser or of a token. Nothing happens to strangers."""
    caller = stranger(request)
    if caller is not None and caller.session_id is not None:
        await found.sessions.end(caller.user_id, caller.session_id)
        found.accounts.tell("logout", caller.user_id, caller.user_id)
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    request.app.state.services.cookie.clear(response)
    return response


@router.post("/token")
async def issue_tokens(body: Login, request: Request, response: Response, found: ReceptionDep) -> TokenPair:
    """Log a program in: an access token for the header Authorization, and one to renew it with."""
    origin = address(request)
    user = await found.accounts.log_in(body.name, body.password.get_secret_value(), address=origin)
    agent = request.headers.get("user-agent", "")
    pair = await found.sessions.issue(user, user_agent=agent, address=origin)
    response.headers["cache-control"] = "no-store"
    return TokenPair.model_validate(pair)


@router.post("/refresh")
async def refresh(body: Refresh, response: Response, found: ReceptionDep) -> TokenPair:
    """Renew tokens. A refresh token is good once; used again, its login ends."""
    response.headers["cache-control"] = "no-store"
    return TokenPair.model_validate(await found.sessions.renew(body.refresh_token))


@router.get("/me")
async def read_me(caller: Annotated[Caller, Depends(deps.caller)], found: ReceptionDep) -> UserShown:
    """The user who is calling."""
    user = await found.accounts.find_by_id(caller.user_id)
    if user is None:
        raise Unauthorized("You are not logged in any more.", remedy="Log in again.", sentence="logged_out")
    return UserShown.of(user)
