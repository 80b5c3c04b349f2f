"""Users, and how they prove who they are."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stellarchat.store.migrations.steps import create_index, create_table

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")
_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql")


def _below_user(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["user.id"], f"fk_{table}_{column}", ondelete="CASCADE")


def upgrade() -> None:
    """Add the tables."""
    create_table(
        "user",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("name_key", sa.String(128), nullable=False),
        sa.Column("email", sa.String(255)),
        sa.Column("email_key", sa.String(255)),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("suspended_at", _MOMENT),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT),
        sa.UniqueConstraint("name_key", name="uq_user_name_key"),
        sa.UniqueConstraint("email_key", name="uq_user_email_key"),
    )
    create_table(
        "session",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64)),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("user_agent", sa.String(255), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("seen_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("digest", name="uq_session_digest"),
        _below_user("user_id", "session"),
    )
    create_index("ix_session_user_id", "session", ["user_id"])
    create_index("ix_session_expires_at", "session", ["expires_at"])
    create_table(
        "api_key",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("user_id", sa.String(36), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("scopes", _TEXT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT),
        sa.Column("used_at", _MOMENT),
        sa.UniqueConstraint("digest", name="uq_api_key_digest"),
        _below_user("user_id", "api_key"),
    )
    create_index("ix_api_key_user_id", "api_key", ["user_id"])
    create_table(
        "invitation",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("note", sa.String(255), nullable=False),
        sa.Column("created_by", sa.String(36), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.Column("used_at", _MOMENT),
        sa.Column("used_by", sa.String(36)),
        sa.UniqueConstraint("digest", name="uq_invitation_digest"),
        _below_user("created_by", "invitation"),
    )
    create_index("ix_invitation_created_by", "invitation", ["created_by"])
    create_table(
        "account_state",
        sa.Column("id", sa.Integer(), autoincrement=False, primary_key=True),
        sa.Column("revision", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Refuse: accounts would be lost."""
    raise NotImplementedError("put the backup of the database in its place")
