"""Links with which a user chooses another password."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stellarchat.store.migrations.steps import create_table

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")


def upgrade() -> None:
    """Add the table."""
    create_table(
        "reset_link",
        sa.Column("user_id", sa.String(36), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_by", sa.String(36)),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("digest", name="uq_reset_link_digest"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name="fk_reset_link_user_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Refuse: links that were given out would open nothing."""
    raise NotImplementedError("put the backup of the database in its place")
