"""Whether the documents of a shared chat may be taken."""

import sqlalchemy as sa

from stellarchat.store.migrations.steps import add_column

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; links from before were made with the word that no document is shown."""
    add_column("share", sa.Column("documents", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Refuse: what people chose would be lost."""
    raise NotImplementedError("put the backup of the database in its place")
