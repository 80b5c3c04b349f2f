"""Users as administrators see them: who they are, what they have and use, and their limits."""

import unicodedata

import msgspec

from stellarchat.core.accounts import User, UserRole
from stellarchat.core.quotas import Quota
from stellarchat.core.usage import Spent, Usage, UsageQuery
from stellarchat.services.accounts.accounts import Accounts
from stellarchat.services.administration.quotas import Quotas
from stellarchat.services.administration.usage import UsageBooks
from stellarchat.store.database import Store


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A user with what there is to know. `quota` is what was set for them, `limits` what holds."""

    user: User
    chats: int
    used: Spent
    used_today: int
    quota: Quota
    limits: Quota


class People:
    """Puts together what several services know of users."""

    def __init__(self, store: Store, accounts: Accounts, books: UsageBooks, quotas: Quotas) -> None:
        self._store, self._accounts, self._books, self._quotas = store, accounts, books, quotas

    @property
    def usual(self) -> Quota:
        """The limits of everybody without their own."""
        return self._quotas.usual

    async def all(self, search: str = "", role: UserRole | None = None) -> list[Person]:
        """Return users whose name or e-mail address holds `search`, by name."""
        wanted = _folded(search)
        users = [
            one
            for one in await self._accounts.list()
            if (role is None or one.role is role)
            and (not wanted or wanted in _folded(one.name) or wanted in _folded(one.email or ""))
        ]
        users.sort(key=lambda one: (_folded(one.name), one.id))
        return await self._known(users)

    async def get(self, user_id: str) -> Person:
        """Return a user. Raises NotFound."""
        [person] = await self._known([await self._accounts.get(user_id)])
        return person

    async def limit(self, user_id: str, quota: Quota) -> Person:
        """Set a user's own limits. Raises NotFound."""
        await self._accounts.get(user_id)
        await self._quotas.change(user_id, quota)
        return await self.get(user_id)

    async def _known(self, users: list[User]) -> list[Person]:
        async with self._store.read() as tx:
            chats = await tx.chats.counts()
        used = {line.user_id: line for line in await self._books.report(UsageQuery(by=("user",)))}
        today = await self._books.report_today()
        return [
            Person(
                user=one,
                chats=chats.get(one.id, 0),
                used=used.get(one.id, Usage()),
                used_today=today.get(one.id, 0),
                quota=self._quotas.own(one.id),
                limits=self._quotas.of(one.id),
            )
            for one in users
        ]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
