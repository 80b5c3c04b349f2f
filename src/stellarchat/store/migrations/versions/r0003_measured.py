"""What models were measured to take of memory."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stellarchat.store.migrations.steps import create_table

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")


def upgrade() -> None:
    """Add the table."""
    create_table(
        "measured_memory",
        sa.Column("engine", sa.String(64), nullable=False),
        sa.Column("variant_id", sa.String(255), nullable=False),
        sa.Column("tokens", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("n_gpu", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("gpu_memory_bytes", sa.BigInteger(), nullable=False),
        sa.Column("measured_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("engine", "variant_id", "tokens", "n_gpu"),
    )


def downgrade() -> None:
    """Refuse: what was measured would be lost."""
    raise NotImplementedError("put the backup of the database in its place")
