"""Folders that may be empty, what was imported from where, and links to shared chats."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stellarchat.store.migrations.steps import create_index, create_table

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")


def upgrade() -> None:
    """Add the tables."""
    create_table(
        "folder",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "name"),
    )
    create_table(
        "imported_chat",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("source_id", sa.String(255), nullable=False),
        sa.Column("chat_id", sa.String(36), nullable=False),
        sa.Column("imported_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "source", "source_id"),
        _of_chat("imported_chat"),
    )
    create_index("ix_imported_chat_chat_id", "imported_chat", ["chat_id"])
    create_table(
        "share",
        sa.Column("chat_id", sa.String(36), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("leaf_id", sa.String(36), nullable=True),
        sa.Column("author", sa.String(100), nullable=True),
        sa.Column("models", sa.Boolean(), nullable=False),
        sa.Column("system_prompt", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("chat_id"),
        _of_chat("share"),
        sa.UniqueConstraint("token", name="uq_share_token"),
    )
    create_index("ix_share_user_id", "share", ["user_id"])


def _of_chat(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], name=f"fk_{table}_chat_id", ondelete="CASCADE")


def downgrade() -> None:
    """Refuse: links and folders would be lost."""
    raise NotImplementedError("put the backup of the database in its place")
