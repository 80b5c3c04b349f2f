"""What administrators look at: usage, ratings, what was done, limits of users, and logins from elsewhere."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stellarchat.store.migrations.steps import create_index, create_table

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")
_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql")


def upgrade() -> None:
    """Add the tables."""
    _usage()
    _rating()
    create_table(
        "audit_event",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=True),
        sa.Column("user_name", _TEXT, nullable=True),
        sa.Column("target", _TEXT, nullable=True),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(64), nullable=True),
        sa.Column("detail", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    create_index("ix_audit_event_at", "audit_event", ["at"])
    create_table(
        "user_quota",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("requests_per_minute", sa.Integer(), nullable=True),
        sa.Column("tokens_per_day", sa.BigInteger(), nullable=True),
        sa.Column("concurrent", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("user_id"),
    )
    create_table(
        "user_identity",
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject"),
    )
    create_index("ix_user_identity_user_id", "user_identity", ["user_id"])


def _usage() -> None:
    create_table(
        "daily_usage",
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("model", sa.String(255), nullable=False),
        sa.Column("requests", sa.BigInteger(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("cached_tokens", sa.BigInteger(), nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=False),
        sa.Column("errors", sa.BigInteger(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "day", "model"),
    )
    create_index("ix_daily_usage_day", "daily_usage", ["day"])


def _rating() -> None:
    create_table(
        "rating",
        sa.Column("message_id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("chat_id", sa.String(36), nullable=False),
        sa.Column("model", _TEXT, nullable=True),
        sa.Column("thumb", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column("comment", _TEXT, nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "user_id"),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], "fk_rating_message_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["chat_id"], ["chat.id"], "fk_rating_chat_id", ondelete="CASCADE"),
    )
    create_index("ix_rating_chat_id", "rating", ["chat_id"])
    create_index("ix_rating_updated_at_message_id", "rating", ["updated_at", "message_id"])


def downgrade() -> None:
    """Refuse: what the tables hold would be lost."""
    raise NotImplementedError("put the backup of the database in its place")
