"""Alembic's migrations. `HEAD` is the newest one: known without loading Alembic."""

HEAD = "0016"
