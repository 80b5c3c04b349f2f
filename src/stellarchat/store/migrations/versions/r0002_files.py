"""Downloads of several files, and models that people added."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stellarchat.store.migrations.steps import add_column, create_table

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")
_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql")


def upgrade() -> None:
    """Add what is new; downloads from before have one file and no list."""
    add_column("download", sa.Column("files", _TEXT, nullable=True))
    create_table(
        "own_model",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("entry", _TEXT, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def downgrade() -> None:
    """Refuse: what the new columns hold would be lost."""
    raise NotImplementedError("put the backup of the database in its place")
