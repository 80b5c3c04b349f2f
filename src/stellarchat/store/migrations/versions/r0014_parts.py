"""Words in MySQL's and MariaDB's index for search say in which part of it they are, so that a part can be asked."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# As `store.fulltext` writes them; those with a part already were written before this was killed halfway.
_MYSQL = (
    "UPDATE search_entry SET tokens = SUBSTRING(REPLACE(REPLACE(CONCAT(' ', tokens),"
    " ' x', CONCAT(' ', id DIV 50000, '_x')), ' t', CONCAT(' ', id DIV 50000, '_t')), 2)"
    " WHERE INSTR(tokens, '_') = 0"
)


def upgrade() -> None:
    """Write the parts before the words."""
    if op.get_bind().dialect.name not in ("sqlite", "postgresql"):
        op.get_bind().exec_driver_sql(_MYSQL)


def downgrade() -> None:
    """Refuse: the program before would find nothing."""
    raise NotImplementedError("put the backup of the database in its place")
