"""Column types that mean the same on SQLite, PostgreSQL, MySQL and MariaDB."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from stellarchat.core.messages import Part

decode_part = msgspec.json.Decoder(Part).decode


def clean(text: str) -> str:
    """Replace what no database takes as text: NUL (PostgreSQL) and lone surrogates (all)."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


class Utc(TypeDecorator[datetime]):
    """A moment with microseconds. Time zone aware on both sides, stored as UTC."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "mysql":
            from sqlalchemy.dialects import mysql  # loaded with its driver, or not at all

            return mysql.DATETIME(fsp=6)
        return sa.DateTime(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored time needs a time zone")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text of any length, or of at most `length` characters where it must be indexed."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, length: int | None = None) -> None:
        super().__init__()
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if self.length is not None:
            return sa.String(self.length)
        if dialect.name == "mysql":
            from sqlalchemy.dialects import mysql  # loaded with its driver, or not at all

            return mysql.LONGTEXT()
        return sa.Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else clean(value)


class Named(TypeDecorator[StrEnum]):
    """A member of a StrEnum, by its value."""

    impl = sa.String(16)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.kind(value)


class Json(TypeDecorator[Any]):
    """A value as JSON text, decoded as `kind`.

    Text and not the databases' own JSON types: these differ in what they accept and reorder keys.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, kind: Any = Any) -> None:
        super().__init__()
        self.kind = kind
        self._decode = msgspec.json.Decoder(kind).decode

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "mysql":
            from sqlalchemy.dialects import mysql  # loaded with its driver, or not at all

            return mysql.LONGTEXT()
        return sa.Text()

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else dump(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self._decode(value)


class Blob(TypeDecorator[bytes]):
    """Bytes of any length."""

    impl = sa.LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "mysql":
            from sqlalchemy.dialects import mysql  # loaded with its driver, or not at all

            return mysql.LONGBLOB()
        return sa.LargeBinary()


class Tokens(TypeDecorator[str]):
    """The words of a search entry, in the form that the database's own index takes."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "postgresql":
            from sqlalchemy.dialects import postgresql  # loaded with its driver, or not at all

            return postgresql.TSVECTOR()
        if dialect.name == "mysql":
            from sqlalchemy.dialects import mysql  # loaded with its driver, or not at all

            return mysql.MEDIUMTEXT(charset="ascii", collation="ascii_bin")
        return sa.Text()


def dump(value: Any) -> str:
    """Encode as JSON; lone surrogates, which UTF-8 cannot hold, become question marks."""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:
        plain = json.dumps(msgspec.to_builtins(value), ensure_ascii=False)
        return plain.encode("utf-8", "replace").decode()
