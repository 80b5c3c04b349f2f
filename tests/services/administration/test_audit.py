"""The audit log is written at once, kept while the store is away, and forgotten when it is old."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stellarchat.core.audit import AuditEvent, AuditQuery
from stellarchat.core.errors import StoreUnavailable
from stellarchat.core.ids import new_id
from stellarchat.services.administration.audit import Audit
from stellarchat.store import Store
from tests.databases import sqlite_url
from tests.waiting import eventually


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = Store(sqlite_url(tmp_path))
    await store.open()
    yield store
    await store.close()


async def test_what_is_noted_is_written_without_being_waited_for(store: Store) -> None:
    audit = Audit(store)
    audit.open()
    audit.note("auth.login", user_id="ann", user_name="A" * 600, detail={"by": "b" * 600, "n": 2})

    async def written() -> bool:
        async with store.read() as tx:
            return len((await tx.audit.newest(AuditQuery())).items) == 1

    await eventually(written)
    (event,) = (await audit.events(AuditQuery())).items
    assert (event.user_name, event.detail) == ("A" * 500, {"by": "b" * 500, "n": 2})
    await audit.close()


async def test_nothing_is_lost_while_the_store_is_away(store: Store) -> None:
    audit = Audit(store)
    audit.note("one")
    await store.close()
    with pytest.raises(StoreUnavailable):
        await audit.flush()
    audit.note("two")
    await store.open()
    await audit.close()
    assert [one.action for one in (await audit.events(AuditQuery())).items] == ["two", "one"]


async def test_what_is_too_old_is_forgotten(store: Store) -> None:
    now = datetime.now(UTC)
    events = [
        AuditEvent(id=new_id(), at=now - timedelta(days=days), action=str(days)) for days in (0, 6, 8, 9)
    ]
    await store.write(lambda tx: tx.audit.add(events))
    await Audit(store).tidy()
    assert len((await Audit(store).events(AuditQuery())).items) == 4
    await Audit(store, keep_days=7).tidy()
    assert [one.action for one in (await Audit(store).events(AuditQuery())).items] == ["0", "6"]


async def test_a_file_of_it_holds_no_formulas(store: Store) -> None:
    audit = Audit(store)
    audit.note("auth.login", user_name="=cmd|' /C calc'!A0", status=401)
    head, row, _ = b"".join([one async for one in audit.export(AuditQuery())]).decode().split("\r\n")
    assert head == "id,at,action,user_id,user_name,target,status,address,detail"
    assert ",auth.login,,'=cmd|' /C calc'!A0,,401,," in row
