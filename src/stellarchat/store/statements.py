"""Statements that are made once and compiled once.

To build a statement, and to look up what it was compiled to, costs more than SQLite takes to execute it.
So those of a chat's turn are made when their module is loaded, with `bindparam`s for what varies, and
`prepared`. Any database takes them; `Plan` is how SQLite is given them without an engine in between.
"""

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

Made = TypeVar("Made", bound=sa.Executable)
Process = Callable[[Any], Any] | None

_MARK = "prepared"
_named: Any = namedtuple  # mypy wants to know the fields


def prepared(statement: Made) -> Made:
    """Mark a statement that lives as long as the program and gets values of the same names each time."""
    marked: Made = statement.execution_options(**{_MARK: True})
    return marked


class Plan:
    """A statement in the words of sqlite3, with what turns Python's values into SQLite's and back."""

    __slots__ = ("_fixed", "_places", "_results", "_row", "text")

    def __init__(self, statement: Any, dialect: Dialect, values: Mapping[str, Any]) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(values))
        state = compiled.construct_expanded_state(values)
        self.text: str = state.statement
        self._fixed = state.parameters
        self._places: list[tuple[str, Process]] = []
        for name in state.positiontup or compiled.positiontup or ():
            known = compiled.binds.get(name)
            process = state.processors.get(name) if known is None else _to_driver(known.type, dialect)
            self._places.append((name, process))
        columns = [*statement.exported_columns] if hasattr(statement, "exported_columns") else []
        self._results = [_from_driver(column.type, dialect) for column in columns]
        self._row: Callable[[Iterable[Any]], Any] = _named("Row", [column.key for column in columns])._make

    def parameters(self, values: Mapping[str, Any]) -> list[Any]:
        """Return SQLite's values, each in its place."""
        fixed, placed = self._fixed, []
        for name, process in self._places:
            value = values[name] if name in values else fixed[name]
            placed.append(value if process is None else process(value))
        return placed

    def rows(self, found: Sequence[Sequence[Any]]) -> list[Any]:
        """Return rows as named tuples of Python's values."""
        make, results = self._row, self._results
        return [
            make(
                value if process is None else process(value)
                for value, process in zip(row, results, strict=True)
            )
            for row in found
        ]


_plans: dict[Any, Plan] = {}


def is_prepared(statement: Any) -> bool:
    """Whether a statement is one of `prepared`."""
    return _MARK in statement.get_execution_options()


def plan(statement: Any, dialect: Dialect, values: Mapping[str, Any]) -> Plan:
    """Return the plan of a prepared statement, which is made once."""
    known = _plans.get(statement)
    if known is None:
        known = _plans[statement] = Plan(statement, dialect, values)
    return known


def _to_driver(kind: TypeEngine[Any], dialect: Dialect) -> Process:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _from_driver(kind: TypeEngine[Any], dialect: Dialect) -> Process:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
