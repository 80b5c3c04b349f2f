"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql, postgresql

from stellarchat.store.migrations.steps import create_index, create_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# as they were at this revision: a migration must not change with the tables of today
_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")
_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql")
_BYTES = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")
_BIG_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TOKENS = (
    sa.Text()
    .with_variant(mysql.MEDIUMTEXT(charset="ascii", collation="ascii_bin"), "mysql")
    .with_variant(postgresql.TSVECTOR(), "postgresql")
)


def _must(name: str, kind: Any, *constraints: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *constraints, nullable=False)


def _may(name: str, kind: Any, *constraints: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *constraints, nullable=True)


def _id(name: str = "id") -> sa.Column[str]:
    return sa.Column(name, sa.String(36), nullable=False)


def _below(table: str, column: str, target: str, *, cascade: bool = True) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [target], name=f"fk_{table}_{column}", ondelete="CASCADE" if cascade else None
    )


def upgrade() -> None:
    """Create all tables, then their indexes."""
    _chats()
    _generations()
    _search()
    _others()


def downgrade() -> None:
    """Refuse: the schema before the first is an empty database."""
    raise NotImplementedError("put the backup of the database in its place")


def _chats() -> None:
    create_table(
        "chat",
        _id(),
        _must("user_id", sa.String(128)),
        _must("title", _TEXT),
        _must("title_by", sa.String(16)),
        _may("model", _TEXT),
        _may("system_prompt", _TEXT),
        _must("params", _TEXT),
        _may("folder", sa.String(255)),
        _may("active_leaf_id", sa.String(36)),
        _must("rev", sa.Integer()),
        _may("pinned_at", _MOMENT),
        _may("archived_at", _MOMENT),
        _may("deleted_at", _MOMENT),
        _must("created_at", _MOMENT),
        _must("updated_at", _MOMENT),
        _must("last_message_at", _MOMENT),
        sa.PrimaryKeyConstraint("id"),
    )
    create_index(
        "ix_chat_newest", "chat", ["user_id", sa.column("last_message_at").desc(), sa.column("id").desc()]
    )
    create_index("ix_chat_deleted_at", "chat", ["deleted_at"])
    create_table(
        "chat_tag",
        _id("chat_id"),
        _must("tag", sa.String(255)),
        _must("position", sa.Integer()),
        sa.PrimaryKeyConstraint("chat_id", "tag"),
        _below("chat_tag", "chat_id", "chat.id"),
    )
    create_index("ix_chat_tag_tag", "chat_tag", ["tag"])
    create_table(
        "message",
        _id(),
        _id("chat_id"),
        _may("parent_id", sa.String(36)),
        _must("role", sa.String(16)),
        _must("status", sa.String(16)),
        _may("model", _TEXT),
        _may("client_id", sa.String(128)),
        _may("generation_id", sa.String(36)),
        _may("finish_reason", sa.String(32)),
        _may("usage", _TEXT),
        _may("timings", _TEXT),
        _may("error", _TEXT),
        _must("metadata", _TEXT),
        _must("rev", sa.Integer()),
        _must("created_at", _MOMENT),
        _must("updated_at", _MOMENT),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("chat_id", "client_id", name="uq_message_chat_id_client_id"),
        _below("message", "chat_id", "chat.id"),
        _below("message", "parent_id", "message.id", cascade=False),
    )
    create_index("ix_message_chat_id_parent_id", "message", ["chat_id", "parent_id"])
    create_index("ix_message_parent_id", "message", ["parent_id"])
    create_table(
        "message_part",
        _id("message_id"),
        sa.Column("position", sa.Integer(), nullable=False, autoincrement=False),
        _must("body", _TEXT),
        sa.PrimaryKeyConstraint("message_id", "position"),
        _below("message_part", "message_id", "message.id"),
    )


def _generations() -> None:
    create_table(
        "generation",
        _id(),
        _id("chat_id"),
        _id("message_id"),
        _must("user_id", sa.String(128)),
        _must("model", _TEXT),
        _must("status", sa.String(16)),
        _must("owner", sa.String(128)),
        _must("last_seq", sa.Integer()),
        _may("instance", _TEXT),
        _must("params", _TEXT),
        _may("usage", _TEXT),
        _may("timings", _TEXT),
        _must("created_at", _MOMENT),
        _must("heartbeat_at", _MOMENT),
        _may("stop_requested_at", _MOMENT),
        _may("finished_at", _MOMENT),
        sa.PrimaryKeyConstraint("id"),
        _below("generation", "chat_id", "chat.id"),
        _below("generation", "message_id", "message.id"),
    )
    create_index("ix_generation_chat_id_status", "generation", ["chat_id", "status"])
    create_index("ix_generation_message_id", "generation", ["message_id"])
    create_index("ix_generation_status", "generation", ["status"])
    create_table(
        "generation_event",
        _id("generation_id"),
        sa.Column("first_seq", sa.Integer(), nullable=False, autoincrement=False),
        _must("last_seq", sa.Integer()),
        _must("events", _BYTES),
        sa.PrimaryKeyConstraint("generation_id", "first_seq"),
        _below("generation_event", "generation_id", "generation.id"),
    )


def _search() -> None:
    create_table(
        "search_entry",
        sa.Column("id", _BIG_KEY, nullable=False, autoincrement=True),
        _id("chat_id"),
        _may("message_id", sa.String(36)),
        _must("offset", sa.Integer()),
        _must("tokens", _TOKENS),
        sa.PrimaryKeyConstraint("id"),
        _below("search_entry", "chat_id", "chat.id"),
        _below("search_entry", "message_id", "message.id"),
    )
    create_index("ix_search_entry_chat_id", "search_entry", ["chat_id"])
    create_index("ix_search_entry_message_id", "search_entry", ["message_id"])
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        create_index("ix_search_entry_tokens", "search_entry", ["tokens"], postgresql_using="gin")
    elif dialect == "sqlite":
        _fts5()
    else:
        create_index("ft_search_entry_tokens", "search_entry", ["tokens"], mysql_prefix="FULLTEXT")


def _fts5() -> None:
    """An index without a copy of the words, which triggers keep in step (sqlite.org/fts5.html, 4.4.3).

    `ascii`: only spaces cut, every character beyond ASCII belongs to a word.
    """
    op.execute(
        "CREATE VIRTUAL TABLE search_index USING fts5("
        "tokens, content='search_entry', content_rowid='id', tokenize='ascii')"
    )
    op.execute(
        "CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN"
        " INSERT INTO search_index(rowid, tokens) VALUES (new.id, new.tokens); END"
    )
    op.execute(
        "CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN"
        " INSERT INTO search_index(search_index, rowid, tokens) VALUES ('delete', old.id, old.tokens); END"
    )


def _others() -> None:
    create_table(
        "user_setting",
        _must("user_id", sa.String(128)),
        _must("settings", _TEXT),
        _must("updated_at", _MOMENT),
        sa.PrimaryKeyConstraint("user_id"),
    )
    create_table(
        "endpoint",
        _id(),
        _may("user_id", sa.String(128)),
        _must("name", _TEXT),
        _must("base_url", _TEXT),
        _may("encrypted_key", _BYTES),
        _must("models", _TEXT),
        _must("enabled", sa.Boolean()),
        _must("created_at", _MOMENT),
        _must("updated_at", _MOMENT),
        sa.PrimaryKeyConstraint("id"),
    )
    create_index("ix_endpoint_user_id", "endpoint", ["user_id"])
    create_table(
        "instance",
        _id("run_id"),
        _must("variant_id", _TEXT),
        _must("options", _TEXT),
        _must("autostart", sa.Boolean()),
        _may("load_seconds", sa.Double()),
        _may("tokens_per_second", sa.Double()),
        _must("created_at", _MOMENT),
        _must("updated_at", _MOMENT),
        sa.PrimaryKeyConstraint("run_id"),
    )
    create_table(
        "download",
        _id(),
        _must("variant_id", sa.String(255)),
        _must("repo", _TEXT),
        _must("file", _TEXT),
        _must("revision", _TEXT),
        _must("path", _TEXT),
        _must("status", sa.String(16)),
        _must("bytes_done", sa.BigInteger()),
        _may("bytes_total", sa.BigInteger()),
        _may("etag", _TEXT),
        _may("sha256", sa.String(64)),
        _may("error", _TEXT),
        _must("created_at", _MOMENT),
        _must("updated_at", _MOMENT),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("variant_id", name="uq_download_variant_id"),
    )
