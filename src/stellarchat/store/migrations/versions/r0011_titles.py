"""Words of titles are marked in the index for search, so that titles are found by themselves."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# The marks of `store.fulltext`; words hold letters and digits only.
_SQLITE = (
    "INSERT INTO search_index(search_index, rowid, tokens)"
    " SELECT 'delete', id, tokens FROM search_entry WHERE message_id IS NULL",
    "UPDATE search_entry SET tokens = '¶' || replace(tokens, ' ', ' ¶') WHERE message_id IS NULL",
    "INSERT INTO search_index(rowid, tokens) SELECT id, tokens FROM search_entry WHERE message_id IS NULL",
)
_POSTGRESQL = (
    "UPDATE search_entry SET tokens = replace(' ' || tokens::text, ' ''', ' ''¶')::tsvector"
    " WHERE message_id IS NULL",
)
# x%: those that are not marked yet, where this was killed halfway
_MYSQL = (
    "UPDATE search_entry SET tokens = SUBSTRING(REPLACE(CONCAT(' ', tokens), ' x', ' t'), 2)"
    " WHERE message_id IS NULL AND tokens LIKE 'x%'",
)


def upgrade() -> None:
    """Mark them."""
    for statement in {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}.get(op.get_bind().dialect.name, _MYSQL):
        # as it stands: `:` and `%` are not ours
        op.get_bind().exec_driver_sql(statement.replace("%", "%%") if statement in _MYSQL else statement)


def downgrade() -> None:
    """Refuse: the program before would miss all titles."""
    raise NotImplementedError("put the backup of the database in its place")
