"""Long words in MySQL's and MariaDB's index for search are cut where questions are."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Of words in other letters than ASCII's, 20 letters were kept before and are 18 now (`store.fulltext`): four
# digits each, behind the part and two letters that tell the kind.
_MYSQL = (
    "UPDATE search_entry"
    " SET tokens = REGEXP_REPLACE(tokens, '(?<=_[xt]u[0-9a-f]{72})[0-9a-f]+', '')"
    " WHERE tokens REGEXP '_[xt]u[0-9a-f]{73}'"
)


def upgrade() -> None:
    """Cut them."""
    if op.get_bind().dialect.name not in ("sqlite", "postgresql"):
        op.get_bind().exec_driver_sql(_MYSQL)


def downgrade() -> None:
    """Refuse: the program before would find nothing."""
    raise NotImplementedError("put the backup of the database in its place")
