"""Prompts and personas, and which persona a chat has."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stellarchat.store.migrations.steps import add_column, create_table

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")
_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql")


def upgrade() -> None:
    """Add what is new; chats from before have no persona."""
    create_table(
        "prompt",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("command", sa.String(64), nullable=False),
        sa.Column("content", _TEXT, nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "name", name="uq_prompt_user_id_name"),
        sa.UniqueConstraint("user_id", "command", name="uq_prompt_user_id_command"),
    )
    create_table(
        "persona",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("description", _TEXT, nullable=False),
        sa.Column("system_prompt", _TEXT, nullable=False),
        sa.Column("model", _TEXT, nullable=True),
        sa.Column("params", _TEXT, nullable=False),
        sa.Column("opening", _TEXT, nullable=False),
        sa.Column("suggestions", _TEXT, nullable=False),
        sa.Column("letter", sa.String(16), nullable=False),
        sa.Column("colour", sa.String(16), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "name", name="uq_persona_user_id_name"),
    )
    add_column("chat", sa.Column("persona", _TEXT, nullable=True))


def downgrade() -> None:
    """Refuse: what people have written would be lost."""
    raise NotImplementedError("put the backup of the database in its place")
