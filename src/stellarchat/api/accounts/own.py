"""What users do with their own accounts: profile, password, logins, API keys. Not with a key."""

from typing import Annotated

from fastapi import Depends, Response, status
from fastapi.requests import Request

from stellarchat.api import deps
from stellarchat.api.accounts.login import ReceptionDep
from stellarchat.api.accounts.schemas import (
    ChangePassword,
    ChangeProfile,
    Key,
    Leave,
    MadeKey,
    NewKey,
    Session,
    UserShown,
)
from stellarchat.api.routes import Routes
from stellarchat.core.accounts import Caller

router = Routes(prefix="/api/auth", tags=["accounts"])

Person = Annotated[Caller, Depends(deps.person)]


@router.patch("/me")
async def change_me(body: ChangeProfile, me: Person, found: ReceptionDep) -> UserShown:
    """Change one's name or e-mail address."""
    user = await found.accounts.change_profile(
        me.user_id, actor_id=me.user_id, name=body.name, email=body.email
    )
    return UserShown.of(user)


@router.post("/password", status_code=status.HTTP_204_NO_CONTENT)
async def change_password(body: ChangePassword, me: Person, found: ReceptionDep) -> None:
    """Change one's password. All other logins end; API keys stay."""
    await found.accounts.change_password(
        me.user_id,
        body.old_password.get_secret_value(),
        body.new_password.get_secret_value(),
        session_id=me.session_id,
    )


@router.post("/me/delete", status_code=status.HTTP_204_NO_CONTENT)
async def delete_me(body: Leave, me: Person, request: Request, found: ReceptionDep) -> Response:
    """Remove one's account with all chats, files, keys and settings, for good."""
    await found.accounts.leave(me.user_id, body.password.get_secret_value(), body.name)
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    request.app.state.services.cookie.clear(response)
    return response


@router.get("/sessions")
async def list_sessions(me: Person, found: ReceptionDep) -> list[Session]:
    """One's logins, the latest used first."""
    return [Session.of(one, me.session_id) for one in await found.sessions.list(me.user_id)]


@router.delete("/sessions", status_code=status.HTTP_204_NO_CONTENT)
async def end_sessions(me: Person, request: Request, found: ReceptionDep) -> Response:
    """Log out everywhere, here too. Open sockets are closed."""
    await found.sessions.end_all(me.user_id)
    found.accounts.tell("logout", me.user_id, me.user_id, where="everywhere")
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    request.app.state.services.cookie.clear(response)
    return response


@router.delete("/sessions/{session_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_session(session_id: str, me: Person, found: ReceptionDep) -> None:
    """Log out somewhere else."""
    await found.sessions.end(me.user_id, session_id)
    found.accounts.tell("logout", me.user_id, me.user_id, where="elsewhere")


@router.get("/keys")
async def list_keys(me: Person, found: ReceptionDep) -> list[Key]:
    """One's API keys, oldest first."""
    return [Key.of(key) for key in await found.keys.list(me.user_id)]


@router.post("/keys", status_code=status.HTTP_201_CREATED)
async def create_key(body: NewKey, me: Person, response: Response, found: ReceptionDep) -> MadeKey:
    """Make an API key. It is shown this once."""
    key, secret = await found.keys.create(
        me.user_id, body.name, body.scopes, body.expires_at, actor_id=me.user_id
    )
    response.headers["cache-control"] = "no-store"
    return MadeKey(**Key.of(key).model_dump(), key=secret)


@router.delete("/keys/{key_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_key(key_id: str, me: Person, found: ReceptionDep) -> None:
    """Take an API key back: it is good for nothing from now on."""
    await found.keys.revoke(me.user_id, key_id, actor_id=me.user_id)
