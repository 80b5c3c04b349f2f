"""How long a search takes among a million messages: `python bench/search.py [sqlite postgresql mariadb]`.

Each database is made, filled, measured and dropped again. The texts are made up: English and Chinese words as
often as words are (Zipf), 24 a message, 50 messages a chat. One user has 95 % of them, another the rest.
Questions are of all kinds that people ask: a rare word, a frequent one, two of them, one that is only begun,
one to four Chinese characters, and each of these with filters. Times are those of `Search.query`, hits with
their marked snippets included, one after the other on connections that are open already; and what this
process and the database's take of the processor, which other work on the machine changes less.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.databases import administer, migrated_server_database, server_url, sqlite_url

from stellarchat.core.ids import new_id
from stellarchat.core.messages import Role
from stellarchat.core.records import Sieve
from stellarchat.store.connections import parse
from stellarchat.store.database import Store
from stellarchat.store.fulltext import full_text, titled
from stellarchat.store.migrate import migrate
from stellarchat.store.tables import chat, message, message_part, search_entry
from stellarchat.store.tokens import tokens

WORDS_PER_MESSAGE, MESSAGES_PER_CHAT = 24, 50
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
KEPT = "stellarchat_bench"
_SYLLABLES = (
    "ba be bi bo da de di do fa ga ke ki la le li lo ma me mi mo na ne no pa ra re ri ro sa se so ta te to va"
).split()


class Language:
    """Words and how often they are said."""

    def __init__(self, chance: random.Random) -> None:
        english = {"".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(60_000)}
        self.english = sorted(sorted(english), key=lambda _: chance.random())
        signs = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]
        chinese = {"".join(chance.choices(signs, k=chance.choice((1, 2, 2, 2, 3)))) for _ in range(40_000)}
        self.chinese = sorted(sorted(chinese), key=lambda _: chance.random())
        self._chance = chance
        self._odds = {
            id(words): list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(words))))
            for words in (self.english, self.chinese)
        }

    def text(self) -> str:
        """Return something that was said."""
        if self._chance.random() < 0.7:
            return " ".join(self._some(self.english))
        return "".join(self._some(self.chinese))

    def _some(self, words: list[str]) -> list[str]:
        return self._chance.choices(words, cum_weights=self._odds[id(words)], k=WORDS_PER_MESSAGE)

    def questions(self) -> dict[str, Callable[[], str]]:
        """Return what people ask, by its kind."""
        pick = self._chance.choice
        pairs = [word for word in self.chinese if len(word) == 2]
        return {
            "rare word": lambda: pick(self.english[5_000:]),
            "middling word": lambda: pick(self.english[200:5_000]),
            "frequent word": lambda: pick(self.english[:50]),
            "two words": lambda: f"{pick(self.english[20:2_000])} {pick(self.english[20:2_000])}",
            "begun word": lambda: pick(self.english[:5_000])[:4],
            "one sign": lambda: pick(self.chinese)[0],
            "two signs": lambda: pick(pairs),
            "two Chinese words": lambda: f"{pick(self.chinese[:2_000])} {pick(self.chinese[:2_000])}",
        }


def filters(chance: random.Random) -> Sieve | None:
    """Return no filter half of the time, else one."""
    late = BEGIN + timedelta(days=700)
    some = (
        Sieve(role=Role.USER),
        Sieve(since=late),
        Sieve(folder="Work"),
        Sieve(archived=False),
        Sieve(model="m1"),
    )
    return chance.choice(some) if chance.random() < 0.5 else None


def rows(
    language: Language, count: int, document: Callable[[Sequence[str], int], str]
) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """Yield the rows of a hundred chats at a time, by table."""
    chance = random.Random(5)
    entry = 0
    for first in range(0, count // MESSAGES_PER_CHAT, 100):
        found: dict[str, list[dict[str, Any]]] = {
            "chat": [],
            "message": [],
            "message_part": [],
            "search_entry": [],
        }
        for number in range(first, min(first + 100, count // MESSAGES_PER_CHAT)):
            chat_id, at = new_id(), BEGIN + timedelta(hours=number)
            title = language.text()[:60]
            found["chat"].append({
                "id": chat_id, "user_id": "bob" if number % 20 == 0 else "ann", "title": title,
                "title_by": "model",
                "model": "m1", "params": {}, "folder": "Work" if number % 10 == 1 else None, "rev": 1,
                "archived_at": at if number % 5 == 2 else None,
                "created_at": at, "updated_at": at, "last_message_at": at,
            })  # fmt: skip
            said = [(None, title)]
            parent = None
            for place in range(MESSAGES_PER_CHAT):
                identity, text = new_id(), language.text()
                role = Role.ASSISTANT if place % 2 else Role.USER
                found["message"].append({
                    "id": identity, "chat_id": chat_id, "parent_id": parent, "role": role,
                    "status": "complete",
                    "model": f"m{chance.randrange(3)}" if place % 2 else None, "metadata": {}, "rev": 1,
                    "created_at": at + timedelta(seconds=place), "updated_at": at,
                })  # fmt: skip
                body = '{"type":"text","text":"' + text + '"}'
                found["message_part"].append({"message_id": identity, "position": 0, "body": body})
                said.append((identity, text))
                parent = identity
            for identity, text in said:
                entry += 1
                said_words = [token.word for token in tokens(text)]
                words = document(said_words if identity else titled(said_words), entry)
                found["search_entry"].append(
                    {"id": entry, "chat_id": chat_id, "message_id": identity, "offset": 0, "tokens": words}
                )
        yield found


async def fill(url: str, language: Language, count: int) -> None:
    """Insert everything; indexes of servers are made afterwards, which is what they are quick at."""
    engine = create_async_engine(parse(url), poolclass=sa.NullPool)
    name = parse(url).get_backend_name()
    tables = {"chat": chat, "message": message, "message_part": message_part, "search_entry": search_entry}
    async with engine.connect() as connection:
        if name == "sqlite":
            await connection.exec_driver_sql("PRAGMA synchronous=OFF")
        elif name == "mysql":
            await connection.exec_driver_sql("SET foreign_key_checks=0, unique_checks=0")
            await connection.exec_driver_sql("ALTER TABLE search_entry DROP INDEX ft_search_entry_tokens")
            # with it the numbers of documents that InnoDB hides in the table: a new index would have others
            await connection.exec_driver_sql("ALTER TABLE search_entry FORCE")
        else:
            await connection.exec_driver_sql("DROP INDEX ix_search_entry_tokens")
        await connection.commit()
        for piece in rows(language, count, full_text(name).document):
            for table, values in piece.items():
                await connection.execute(sa.insert(tables[table]), values)
            await connection.commit()
        if name == "mysql":
            await connection.exec_driver_sql(
                "CREATE FULLTEXT INDEX ft_search_entry_tokens ON search_entry (tokens)"
            )
        elif name == "postgresql":
            await connection.exec_driver_sql(
                "CREATE INDEX ix_search_entry_tokens ON search_entry USING gin (tokens)"
            )
        await connection.commit()
    if name == "postgresql":
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.exec_driver_sql("VACUUM ANALYZE")
    await engine.dispose()


async def measure(
    url: str, language: Language, count: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Ask `count` questions; return by kind how long each took, and its share of the processor, in ms."""
    store = Store(url)
    await store.open()
    processor = serving(url)
    chance = random.Random(11)
    kinds = language.questions()
    taken: dict[str, list[float]] = {kind: [] for kind in kinds}
    spent: dict[str, list[float]] = {}
    try:
        for number in range(count):
            kind = list(kinds)[number % len(kinds)]
            question, sieve = kinds[kind](), filters(chance)
            user = "bob" if number % 10 == 9 else "ann"
            theirs = processor()
            began, worked = time.perf_counter(), time.process_time()
            async with store.read() as tx:
                hits = await tx.search.query(user, question, 20, sieve)
            took = (time.perf_counter() - began) * 1000
            ours = (time.process_time() - worked) * 1000
            taken[kind].append(took)
            spent.setdefault(kind, []).append(ours + processor() - theirs)
            if took > 200:
                print(
                    f"    {took:.0f} ms: {question!r} of {user} with {sieve}: {len(hits)} hits",
                    file=sys.stderr,
                )
    finally:
        await store.close()
    return taken, spent


def serving(url: str) -> Callable[[], float]:
    """Return what tells how much of the processor the database's own processes have taken, in ms.

    Of PostgreSQL those that serve this database, of MariaDB all. Linux, and a server on this machine.
    """
    name = {"postgresql": str(parse(url).database), "mysql": "mariadbd"}.get(parse(url).get_backend_name())
    if name is None:
        return lambda: 0.0

    def taken() -> float:
        total = 0
        for process in psutil.process_iter():
            with suppress(OSError, psutil.Error):
                if name in " ".join(process.cmdline()):
                    for thread in Path(f"/proc/{process.pid}/task").iterdir():
                        total += int((thread / "schedstat").read_text().split()[0])
        return total / 1e6

    return taken


@contextmanager
def database(kind: str, keep: Path | None) -> Iterator[tuple[str, bool]]:
    """Make a database and yield its address, and whether it has to be filled."""
    if kind != "sqlite" and keep is not None:
        yield kept(kind)
        return
    if kind != "sqlite":
        with migrated_server_database(kind) as url:
            yield url, True
        return
    if keep is not None:
        there = (keep / "stellarchat.db").exists()
        keep.mkdir(parents=True, exist_ok=True)
        yield f"sqlite:///{keep / 'stellarchat.db'}" if there else sqlite_url(keep), not there
        return
    with tempfile.TemporaryDirectory(prefix="stellarchat-search-") as folder:
        yield sqlite_url(Path(folder)), True


def kept(kind: str) -> tuple[str, bool]:
    """Return the address of a server's database that stays, and whether it has to be filled."""
    server = server_url(kind)
    with suppress(sa.exc.DBAPIError):  # it is there
        asyncio.run(administer(server, f"CREATE DATABASE {KEPT}"))
    url = server.set(database=KEPT)
    migrate(url)
    return url.render_as_string(hide_password=False), asyncio.run(_is_empty(url))


async def _is_empty(url: sa.URL) -> bool:
    engine = create_async_engine(url, poolclass=sa.NullPool)
    async with engine.connect() as connection:
        found = await connection.scalar(sa.select(search_entry.c.id).limit(1))
    await engine.dispose()
    return found is None


def tell(kind: str, taken: dict[str, list[float]]) -> None:
    """Print a line for all, and one for each kind of question."""
    every = [one for some in taken.values() for one in some]
    for name, times in ("all", every), *taken.items():
        cuts = statistics.quantiles(times, n=100, method="inclusive")
        print(
            f"{kind:>10}  {name:<18} p50 {cuts[49]:7.1f}  p95 {cuts[94]:7.1f}  p99 {cuts[98]:7.1f} ms",
            flush=True,
        )


def main() -> None:
    """Measure the databases that are named."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("databases", nargs="*", default=["sqlite", "postgresql", "mariadb"])
    options.add_argument("--messages", type=int, default=1_000_000)
    options.add_argument("--questions", type=int, default=800)
    options.add_argument(
        "--keep",
        type=Path,
        help=f"the databases stay, for another run: an SQLite file in this folder, {KEPT} on servers",
    )
    given = options.parse_args()
    for kind in given.databases:
        language = Language(random.Random(3))
        with database(kind, given.keep) as (url, empty):
            began = time.perf_counter()
            if empty:
                asyncio.run(fill(url, language, given.messages))
            print(
                f"{kind:>10}  {given.messages:,} messages, filled in {time.perf_counter() - began:.0f} s",
                flush=True,
            )
            asyncio.run(measure(url, language, 80))  # what is read for the first time
            taken, spent = asyncio.run(measure(url, language, given.questions))
            tell(kind, taken)
            tell("processor", spent)


if __name__ == "__main__":
    main()
