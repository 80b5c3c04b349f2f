"""Comparisons and votes on them."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stellarchat.store.migrations.steps import create_index, create_table

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")
_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql")


def upgrade() -> None:
    """Add the table."""
    create_table(
        "comparison",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("chat_id", sa.String(36), nullable=False),
        sa.Column("message_id", sa.String(36), nullable=False),
        sa.Column("models", _TEXT, nullable=False),
        sa.Column("answers", _TEXT, nullable=False),
        sa.Column("blind", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("winner", sa.Integer(), nullable=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("voted_at", _MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    create_index("ix_comparison_user_id_created_at", "comparison", ["user_id", "created_at"])


def downgrade() -> None:
    """Refuse: votes would be lost."""
    raise NotImplementedError("put the backup of the database in its place")
