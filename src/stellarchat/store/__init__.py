"""Where everything is kept: SQLAlchemy, its tables, and one repository per aggregate."""

from stellarchat.store.database import Store, Transaction

__all__ = ["Store", "Transaction"]
