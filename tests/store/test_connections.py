import pytest

from stellarchat.core.errors import BadRequest
from stellarchat.store.connections import file_of, parse


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////data/chats.db", "sqlite+aiosqlite:////data/chats.db"),
        ("sqlite+pysqlite:///chats.db", "sqlite+aiosqlite:///chats.db"),
        ("postgresql://u:p%40@h:1/d", "postgresql+asyncpg://u:p%40@h:1/d"),
        ("postgres://h/d?sslmode=require", "postgresql+asyncpg://h/d?ssl=require"),
        ("postgresql+psycopg2://h/d", "postgresql+asyncpg://h/d"),
        ("mysql+pymysql://h/d", "mysql+asyncmy://h/d?charset=utf8mb4"),
        ("mariadb://h/d?charset=latin1", "mysql+asyncmy://h/d?charset=utf8mb4"),
    ],
)
def test_a_url_gets_our_driver(url: str, expected: str) -> None:
    assert parse(url).render_as_string(hide_password=False) == expected


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "oracle://x/y", "sqlite://", "sqlite:///:memory:", "postgresql://host", "mysql://h:x/y"],
)
def test_a_url_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(BadRequest) as refused:
        parse(url)
    assert refused.value.param == "database_url"
    assert refused.value.remedy


def test_a_home_folder_may_be_named() -> None:
    assert "~" not in str(file_of(parse("sqlite:///~/chats.db")))
    assert file_of(parse("sqlite:///chats.db")).is_absolute()
