"""Files that people attach to messages."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stellarchat.store.migrations.steps import create_index, create_table

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")


def upgrade() -> None:
    """Add the tables; messages from before refer to no file."""
    create_table(
        "attachment",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("media_type", sa.String(128), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("page_kind", sa.String(16), nullable=True),
        sa.Column("text_chars", sa.Integer(), nullable=True),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    create_index("ix_attachment_hash", "attachment", ["hash"])
    create_index("ix_attachment_user_id_created_at", "attachment", ["user_id", "created_at"])
    create_table(
        "message_file",
        sa.Column("message_id", sa.String(36), nullable=False),
        sa.Column("attachment_id", sa.String(36), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "attachment_id"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_message_file_message_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name="fk_message_file_attachment_id"),
    )
    create_index("ix_message_file_attachment_id", "message_file", ["attachment_id"])


def downgrade() -> None:
    """Refuse: what people attached would be lost."""
    raise NotImplementedError("put the backup of the database in its place")
