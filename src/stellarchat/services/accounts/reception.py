"""All that has to do with accounts, put together once: for the server, and for the command line."""

from datetime import timedelta
from pathlib import Path

from stellarchat.services.accounts.accounts import Accounts, SignUp
from stellarchat.services.accounts.callers import Callers
from stellarchat.services.accounts.invitations import Invitations
from stellarchat.services.accounts.keys import Keys
from stellarchat.services.accounts.oidc import Oidc
from stellarchat.services.accounts.resets import Resets
from stellarchat.services.accounts.sessions import Sessions
from stellarchat.services.accounts.tokens import Tokens
from stellarchat.store.database import Store


class Reception:
    """The services of accounts. `on` tells whether there are any; where not, nothing here runs."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        *,
        on: bool,
        secret: str | None = None,
        access: timedelta = timedelta(minutes=15),
        refresh: timedelta = timedelta(days=30),
        sign_up: SignUp = SignUp.CLOSED,
    ) -> None:
        """Connect them. Raises BadSecret."""
        self.on = on
        self.tokens = Tokens(secret if on else None, folder, access=access, refresh=refresh)
        self.callers = Callers(store, self.tokens, idle=refresh)
        self.accounts = Accounts(store, self.callers, sign_up=sign_up)
        self.sessions = Sessions(store, self.callers, self.tokens, idle=refresh)
        self.keys = Keys(store, self.callers, self.accounts.tell)
        self.invitations = Invitations(store)
        self.resets = Resets(store, self.callers, self.accounts)
        self.oidc: Oidc | None = None
        """The identity provider, where there is one."""

    async def open(self) -> None:
        """Begin. Raises StellarChatError."""
        if self.on:
            await self.callers.open()

    async def close(self) -> None:
        """End."""
        await self.callers.close()
