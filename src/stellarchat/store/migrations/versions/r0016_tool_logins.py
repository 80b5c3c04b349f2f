"""People log in at tool servers, each for themselves."""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from stellarchat.store.migrations.steps import add_column, create_index, create_table

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True).with_variant(mysql.DATETIME(fsp=6), "mysql")
_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql")
_BYTES = sa.LargeBinary().with_variant(mysql.LONGBLOB(), "mysql")


def upgrade() -> None:
    """Add how a server is logged in at, and the table of the logins."""
    add_column("tool_server", sa.Column("oauth", sa.Boolean(), nullable=False, server_default=sa.false()))
    add_column("tool_server", sa.Column("client_id", _TEXT, nullable=True))
    add_column("tool_server", sa.Column("client_sealed", _BYTES, nullable=True))
    create_table(
        "tool_login",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("server_id", sa.String(36), nullable=False),
        sa.Column("user_id", sa.String(128), nullable=False),
        sa.Column("sealed", _BYTES, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("server_id", "user_id", name="uq_tool_login_server_id_user_id"),
        sa.ForeignKeyConstraint(
            ["server_id"], ["tool_server.id"], name="fk_tool_login_server_id", ondelete="CASCADE"
        ),
    )
    create_index("ix_tool_login_user_id", "tool_login", ["user_id"])


def downgrade() -> None:
    """Refuse: everybody would have to log in again."""
    raise NotImplementedError("put the backup of the database in its place")
