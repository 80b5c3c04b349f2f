"""The errors a program can name."""

from stellarchat import errors
from stellarchat.core import errors as inner


def test_every_error_is_public() -> None:
    kinds = {
        name
        for name, kind in vars(inner).items()
        if isinstance(kind, type) and issubclass(kind, inner.StellarChatError)
    }
    assert kinds <= set(errors.__all__)
    assert all(getattr(errors, name) is getattr(inner, name) for name in errors.__all__)
