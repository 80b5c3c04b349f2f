from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import mysql, postgresql, sqlite

from stellarchat.core.events import Usage
from stellarchat.core.messages import MessageStatus, TextPart, ThinkingPart
from stellarchat.store.columns import Json, Named, Utc, clean, decode_part, dump


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain 漢 \U0001f680", "plain 漢 \U0001f680"),
        ("a\x00b", "a\ufffdb"),
        ("\ud83d", "\ufffd"),
        # two halves that JSON may bring separately
        ("\ud83d\ude80", "\U0001f680"),
    ],
)
def test_text_is_cleaned_for_all_databases(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize("dialect", [sqlite.dialect(), mysql.dialect(), postgresql.dialect()])
def test_a_time_goes_in_as_utc_and_comes_out_aware(dialect: object) -> None:
    column = Utc()
    local = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=8)))
    stored = column.process_bind_param(local, dialect)  # type: ignore[arg-type]
    assert stored is not None
    assert stored.replace(tzinfo=UTC) == local
    assert column.process_result_value(stored, dialect) == local  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="time zone"):
        column.process_bind_param(local.replace(tzinfo=None), dialect)  # type: ignore[arg-type]


def test_json_is_decoded_as_its_kind() -> None:
    column = Json(Usage)
    dialect = sqlite.dialect()
    assert column.process_bind_param(Usage(1, 2), dialect) == '{"prompt_tokens":1,"completion_tokens":2}'
    # fields that a newer version wrote are passed over
    assert column.process_result_value('{"prompt_tokens":1,"new":true}', dialect) == Usage(1)


def test_a_name_that_is_none_of_its_kind_is_refused() -> None:
    column = Named(MessageStatus)
    assert column.process_bind_param("error", sqlite.dialect()) == "error"
    with pytest.raises(ValueError, match="nonsense"):
        column.process_bind_param("nonsense", sqlite.dialect())


def test_parts_keep_their_kind() -> None:
    for part in (TextPart("a"), ThinkingPart("b", 1.5)):
        assert decode_part(dump(part)) == part
    assert decode_part(dump(TextPart("\ud83d"))) == TextPart("?")
