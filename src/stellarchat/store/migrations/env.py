"""Run by Alembic. The connection is the caller's, and so is its transaction."""

from alembic import context

from stellarchat.store.tables import metadata

# one transaction around all migrations: Alembic must not think that SQLite commits DDL by itself
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
