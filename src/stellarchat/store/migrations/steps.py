"""Steps of migrations that can be taken twice.

MySQL and MariaDB commit every DDL statement by itself, so a migration that was killed has taken some
of its steps already. Every step that exists is passed over.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

MYSQL = {"mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_bin", "mysql_engine": "InnoDB"}


def create_table(name: str, *columns: Any) -> None:
    """Create a table unless it exists."""
    op.create_table(name, *columns, if_not_exists=True, **MYSQL)


def create_index(name: str, table: str, columns: list[Any], **options: Any) -> None:
    """Create an index unless it exists (MySQL has no IF NOT EXISTS here)."""
    if name not in {index["name"] for index in sa.inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns, **options)


def add_column(table: str, column: sa.Column[Any]) -> None:
    """Add a column unless the table has it."""
    if column.name not in {known["name"] for known in sa.inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, column)
