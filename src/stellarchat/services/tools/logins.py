"""Logins at tool servers that ask for one (OAuth 2.1): each person's own, kept sealed.

The official library speaks the protocol: discovery, registration, PKCE, the check of the issuer, refreshing.
What is ours: where the browser goes meanwhile, who may come back, and that all is asked through `outside`.
"""

import asyncio
import contextlib
import json
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import msgspec

from stellarchat.core.errors import BadRequest, Forbidden, StellarChatError, ToolLoginNeeded, ToolServerDown
from stellarchat.core.ids import new_id
from stellarchat.core.tools import ToolLogin, ToolServer
from stellarchat.services.accounts.departures import PATIENCE, Start, came_back, reason
from stellarchat.services.accounts.tokens import digest
from stellarchat.services.background import cancel
from stellarchat.services.outside import Outside
from stellarchat.services.seals import Seals
from stellarchat.services.tools.looks import plain
from stellarchat.services.tools.wire import hush, require
from stellarchat.store.database import Store

log = logging.getLogger(__name__)

CALLBACK: Final = "/api/tools/callback"
PENDING: Final = 200
ASK_SECONDS: Final = 30.0
"""What the service may take, before the browser leaves and after it is back."""
ANSWER_BYTES: Final = 1024 * 1024


class _Kept(msgspec.Struct):
    """What is sealed: the library's own documents, and when the token ends."""

    tokens: dict[str, Any]
    client: dict[str, Any]
    server: dict[str, Any] | None
    resource: dict[str, Any] | None
    expires_at: float | None


class _Pending:
    """A login on its way: whose it is, and what is waited for."""

    def __init__(self, server_id: str, user_id: str, browser: str) -> None:
        self.server_id, self.user_id, self.browser = server_id, user_id, browser
        self.at = time.monotonic()
        loop = asyncio.get_running_loop()
        self.location: asyncio.Future[str] = loop.create_future()
        self.back: asyncio.Future[Any] = loop.create_future()
        self.task: asyncio.Task[None] | None = None


class Logins:
    """Everybody's logins at tool servers."""

    def __init__(self, store: Store, outside: Outside, seals: Seals) -> None:
        self._store, self._outside, self._seals = store, outside, seals
        self._pending: OrderedDict[str, _Pending] = OrderedDict()

    async def close(self) -> None:
        """Give up what is on its way."""
        await cancel(one.task for one in self._pending.values() if one.task is not None)

    async def of(self, user_id: str) -> set[str]:
        """Return the ids of the servers that a user is logged in at."""
        async with self._store.read() as tx:
            return await tx.tools.logins(user_id)

    async def begin(self, server: ToolServer, user_id: str, base_url: str) -> Start:
        """Begin one; `base_url` is how this server is called from outside.

        Raises ToolServerDown, BadRequest with the remedy where the service takes no application unasked.
        """
        require()
        browser = secrets.token_urlsafe(32)
        pending = _Pending(server.id, user_id, digest(browser))
        back = f"{base_url.rstrip('/')}{CALLBACK}"
        pending.task = asyncio.create_task(self._walk(server, pending, back))
        pending.task.add_done_callback(_heard)
        waited: list[asyncio.Future[Any]] = [pending.task, pending.location]
        await asyncio.wait(waited, timeout=ASK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not pending.location.done():
            if not pending.task.done():
                pending.task.cancel()
                raise ToolServerDown(
                    f"{server.name} did not answer within {ASK_SECONDS:.0f} s.",
                    sentence="tool_service_late",
                    values={"name": server.name, "limit_seconds": round(ASK_SECONDS)},
                )
            pending.task.result()
            raise BadRequest(
                f"{server.name} asks for no login.",
                remedy="Turn OAuth off in the server's settings.",
                sentence="tool_no_oauth",
                values={"name": server.name},
            )
        location = pending.location.result()
        state = parse_qs(urlsplit(location).query)["state"][0]
        self._pending[state] = pending
        while len(self._pending) > PENDING:
            _, oldest = self._pending.popitem(last=False)
            if oldest.task is not None:
                oldest.task.cancel()
        return Start(location, browser)

    async def finish(
        self, user_id: str, browser: str, *, state: str, code: str, issuer: str | None, error: str
    ) -> str:
        """Take the browser back from the service; return the server's id.

        Raises Forbidden where another person or browser comes back than had left, and as `begin`.
        """
        from mcp.shared.auth import AuthorizationCodeResult

        pending = self._pending.pop(state, None)
        task = pending.task if pending is not None else None
        if pending is None or task is None or time.monotonic() - pending.at > PATIENCE:
            raise BadRequest(
                "This login was not begun here, or too long ago.",
                remedy="Connect once more.",
                sentence="tool_login_old",
            )
        if user_id != pending.user_id or not came_back(pending.browser, browser):
            task.cancel()
            raise Forbidden(
                "This login was begun in another browser.",
                remedy="Connect once more, here.",
                sentence="tool_login_browser",
            )
        if error or not code:
            task.cancel()
            why = reason(error, "no code")
            raise BadRequest(
                "The service did not agree.",
                remedy="Connect once more.",
                detail=why,
                sentence="tool_login_declined",
            )
        pending.back.set_result(AuthorizationCodeResult(code=code, state=state, iss=issuer or None))
        done, _ = await asyncio.wait([task], timeout=ASK_SECONDS)
        if not done:
            task.cancel()
            raise ToolServerDown(
                "The service did not answer.", remedy="Connect once more.", sentence="tool_service_silent"
            )
        task.result()
        return pending.server_id

    async def forget(self, server: ToolServer, user_id: str) -> None:
        """Forget a login here, and ask the service to do so too where it offers that."""
        kept = await self.read(server, user_id)
        async with self._store.transaction() as tx:
            await tx.tools.forget_login(server.id, user_id)
        endpoint = ((kept.server or {}) if kept else {}).get("revocation_endpoint")
        if kept is not None and isinstance(endpoint, str):
            with contextlib.suppress(Exception):  # it is forgotten here in any case
                await self._revoke(endpoint, kept)

    def auth(self, server: ToolServer, user_id: str, lost: Callable[[], None]) -> Any:
        """Return what puts a user's token into requests, and renews it; `lost` hears that it cannot.

        Raises ToolLoginNeeded from within a request that needs another login.
        """

        async def again(location: str) -> None:
            async with self._store.transaction() as tx:
                await tx.tools.forget_login(server.id, user_id)
            lost()
            raise needed(server)

        return self._provider(server, user_id, None, again, None)

    async def read(self, server: ToolServer, user_id: str) -> _Kept | None:
        """Return a login as it is kept; None where there is none, or it does not open."""
        async with self._store.read() as tx:
            found = await tx.tools.login(server.id, user_id)
        if found is None:
            return None
        try:
            return msgspec.json.decode(
                self._seals.open(found.sealed, self._purpose(found, server)), type=_Kept
            )
        except (StellarChatError, msgspec.MsgspecError) as error:
            log.warning("a login at the tool server %s cannot be used: %s", server.name, error)
            return None

    async def write(self, server: ToolServer, user_id: str, kept: _Kept) -> None:
        """Keep a login in the place of an earlier one."""
        now = datetime.now(UTC)
        login = ToolLogin(
            id=new_id(), server_id=server.id, user_id=user_id, sealed=b"", created_at=now, updated_at=now
        )
        login.sealed = self._seals.seal(msgspec.json.encode(kept).decode(), self._purpose(login, server))
        async with self._store.transaction() as tx:
            await tx.tools.forget_login(server.id, user_id)
            await tx.tools.keep_login(login)

    def client_purpose(self, server: ToolServer) -> str:
        """What a client's secret is sealed for."""
        return f"tools {server.id} client {self._origin(server)}"

    def _purpose(self, login: ToolLogin, server: ToolServer) -> str:
        """A token is for one person at one server: in another row it does not open."""
        return f"tools {server.id} login {login.id} {self._origin(server)}"

    def _origin(self, server: ToolServer) -> str:
        address = self._outside.checked(server.url or "")
        return f"{address.scheme}://{address.place}"

    def _client(self, timeout: float = ASK_SECONDS) -> Any:
        import httpx2

        from stellarchat.services.tools.sockets import Roaming

        hush()
        return httpx2.AsyncClient(
            transport=Roaming(self._outside, ANSWER_BYTES),
            headers={"Accept-Encoding": "identity"},
            timeout=timeout,
            trust_env=False,
            follow_redirects=False,
        )

    def _provider(
        self, server: ToolServer, user_id: str, redirect_uri: str | None, leave: Any, back: Any
    ) -> Any:
        from mcp.client.auth import OAuthClientProvider
        from mcp.shared.auth import OAuthClientMetadata

        fresh = redirect_uri is not None
        secret = (
            self._seals.open(server.client_sealed, self.client_purpose(server))
            if server.client_sealed
            else None
        )
        storage = _Storage(self, server, user_id, secret, redirect_uri)
        metadata = OAuthClientMetadata.model_validate(
            {
                "client_name": "StellarChat",
                "redirect_uris": [redirect_uri or f"http://localhost{CALLBACK}"],
                "application_type": "web",
                "token_endpoint_auth_method": "none" if not secret else None,
            }
        )
        provider = OAuthClientProvider(
            server_url=server.url or "",
            client_metadata=metadata,
            storage=storage,
            redirect_handler=leave,
            callback_handler=back if fresh else _nobody,
        )
        storage.context = provider.context
        return provider

    async def _walk(self, server: ToolServer, pending: _Pending, redirect_uri: str) -> None:
        """Ask the server as the library does, through its 401 to the tokens. Raises with the remedy."""
        import httpx2
        from mcp.client.auth import OAuthFlowError, OAuthRegistrationError, OAuthTokenError

        async def leave(location: str) -> None:
            address = self._outside.checked(location)
            self._outside.expect_secure(address)
            pending.location.set_result(address.url)

        async def back() -> Any:
            async with asyncio.timeout(PATIENCE):
                return await pending.back

        provider = self._provider(server, pending.user_id, redirect_uri, leave, back)
        hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        asked = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
        try:
            async with (
                self._client() as client,
                client.stream("POST", server.url or "", json=hello, headers=asked, auth=provider) as answer,
            ):
                if pending.location.done() and answer.status_code == 401:
                    raise BadRequest(
                        f"{server.name} does not take the token that its service gave.",
                        remedy="Tell its operator.",
                        sentence="tool_token_refused",
                        values={"name": server.name},
                    )
        except OAuthRegistrationError as error:
            raise BadRequest(
                f"The service of {server.name} registers no applications by itself.",
                param="client_id",
                remedy=f"Register one there by hand, with the address {redirect_uri} to come back to, and "
                "enter its client ID and secret in the server's settings.",
                detail=plain(str(error))[:500],
                sentence="tool_no_registration",
                values={"name": server.name, "address": redirect_uri},
            ) from None
        except OAuthTokenError as error:
            raise ToolServerDown(
                f"The service of {server.name} gave no token.",
                remedy="Connect once more; check the client ID and secret in the server's settings.",
                detail=_first(error),
                sentence="tool_no_token",
                values={"name": server.name},
            ) from None
        except OAuthFlowError as error:
            raise ToolServerDown(
                f"The login at {server.name} did not work.",
                remedy="Tell its operator.",
                detail=_first(error),
                sentence="tool_login_failed",
                values={"name": server.name},
            ) from None
        except (httpx2.HTTPError, httpx2.StreamError, TimeoutError) as error:
            raise ToolServerDown(
                f"The login at {server.name} did not work: its service cannot be reached.",
                remedy="A service on your own network has to be in the setting outside.allow.",
                detail=plain(str(error) or repr(error))[:500],
                sentence="tool_login_unreached",
                values={"name": server.name},
            ) from None

    async def _revoke(self, endpoint: str, kept: _Kept) -> None:
        token = kept.tokens.get("refresh_token") or kept.tokens.get("access_token")
        form = {"token": token, "client_id": kept.client.get("client_id")}
        if kept.client.get("client_secret"):
            form["client_secret"] = kept.client["client_secret"]
        async with self._client(timeout=5.0) as client:
            await client.post(endpoint, data=form)


class _Storage:
    """Where the library keeps what it gets: with `redirect_uri` a login begins anew, else one goes on."""

    def __init__(
        self, logins: Logins, server: ToolServer, user_id: str, secret: str | None, redirect_uri: str | None
    ) -> None:
        self._logins, self._server, self._user_id = logins, server, user_id
        self._secret, self._redirect_uri = secret, redirect_uri
        self._client: Any = None
        self.context: Any = None

    async def get_tokens(self) -> Any:
        """Return what is kept, and tell the library what it knew of the service."""
        from mcp.shared.auth import (
            OAuthClientInformationFull,
            OAuthMetadata,
            OAuthToken,
            ProtectedResourceMetadata,
        )

        kept = None
        if self._redirect_uri is None:
            kept = await self._logins.read(self._server, self._user_id)
        if kept is None:
            return None
        if kept.server is not None:
            self.context.oauth_metadata = OAuthMetadata.model_validate(kept.server)
        if kept.resource is not None:
            self.context.protected_resource_metadata = ProtectedResourceMetadata.model_validate(kept.resource)
        self.context.token_expiry_time = kept.expires_at
        self._client = OAuthClientInformationFull.model_validate(kept.client)
        return OAuthToken.model_validate(kept.tokens)

    async def set_tokens(self, tokens: Any) -> None:
        """Keep new tokens, with all that it takes to renew them."""
        context = self.context
        kept = _Kept(
            tokens=_document(tokens),
            client=_document(context.client_info),
            server=_document(context.oauth_metadata) if context.oauth_metadata else None,
            resource=_document(context.protected_resource_metadata)
            if context.protected_resource_metadata
            else None,
            expires_at=context.token_expiry_time,
        )
        await self._logins.write(self._server, self._user_id, kept)

    async def get_client_info(self) -> Any:
        """Return the application that was registered by hand, or in the login that is kept."""
        from mcp.shared.auth import OAuthClientInformationFull

        if self._client is None and self._server.client_id:
            self._client = OAuthClientInformationFull.model_validate(
                {
                    "client_id": self._server.client_id,
                    "client_secret": self._secret,
                    "redirect_uris": [self._redirect_uri] if self._redirect_uri else None,
                    "token_endpoint_auth_method": "client_secret_post" if self._secret else "none",
                }
            )
        return self._client

    async def set_client_info(self, client_info: Any) -> None:
        """Remember what was registered until the tokens come."""
        self._client = client_info


def needed(server: ToolServer) -> ToolLoginNeeded:
    """Say that a person has to connect a server (again)."""
    return ToolLoginNeeded(
        f"{server.name} wants you to log in.",
        remedy="Connect it under Tools.",
        detail=None,
        sentence="tool_login_needed",
        values={"name": server.name},
    )


async def _nobody() -> Any:
    raise AssertionError("nobody comes back from where nobody was sent")


def _document(model: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(model.model_dump_json(exclude_none=True, by_alias=True))
    return found


def _first(error: Exception) -> str:
    """What went wrong, without what could be a secret: a service may put anything into its answer."""
    return plain(str(error)).split(":")[0][:200]


def _heard(task: asyncio.Task[None]) -> None:
    """Take note of how a login ended that nobody came back from."""
    if not task.cancelled():
        task.exception()
