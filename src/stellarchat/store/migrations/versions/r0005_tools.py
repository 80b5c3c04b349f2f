"""Servers of tools, and which tools may run in a chat without being asked for again."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stellarchat.store.migrations.steps import create_index, create_table

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")
_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql")
_BYTES = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")


def upgrade() -> None:
    """Add the tables."""
    create_table(
        "tool_server",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("label", sa.String(32), nullable=False),
        sa.Column("transport", sa.String(16), nullable=False),
        sa.Column("url", _TEXT, nullable=True),
        sa.Column("command", _TEXT, nullable=True),
        sa.Column("args", _TEXT, nullable=False),
        sa.Column("sealed", _BYTES, nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("user_ids", _TEXT, nullable=True),
        sa.Column("policy", sa.String(16), nullable=False),
        sa.Column("policies", _TEXT, nullable=False),
        sa.Column("timeout_seconds", sa.Double(), nullable=True),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("label", name="uq_tool_server_label"),
    )
    create_table(
        "tool_approval",
        sa.Column("chat_id", sa.String(36), nullable=False),
        sa.Column("server_id", sa.String(36), nullable=False),
        sa.Column("tool", sa.String(128), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "server_id", "tool"),
        _below("chat_id", "chat.id"),
        _below("server_id", "tool_server.id"),
    )
    create_index("ix_tool_approval_server_id", "tool_approval", ["server_id"])


def _below(column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=f"fk_tool_approval_{column}", ondelete="CASCADE")


def downgrade() -> None:
    """Refuse: servers and their secrets would be lost."""
    raise NotImplementedError("put the backup of the database in its place")
