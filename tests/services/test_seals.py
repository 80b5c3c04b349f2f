"""Secrets as the store keeps them."""

from pathlib import Path

import pytest

from stellarchat.services.seals import FILE, SealBroken, Seals

SECRET = "sk-canary-密钥"


def test_a_secret_comes_back_and_cannot_be_read_in_its_seal(tmp_path: Path) -> None:
    seals = Seals(tmp_path)
    sealed = seals.seal(SECRET, "a")
    assert SECRET.encode() not in sealed
    assert Seals(tmp_path).open(sealed, "a") == SECRET
    assert seals.seal(SECRET, "a") != sealed


def test_the_key_is_for_us_alone(tmp_path: Path) -> None:
    assert not (tmp_path / FILE).exists()
    Seals(tmp_path).seal(SECRET, "a")
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == [FILE]


@pytest.mark.parametrize("changed", ["purpose", "byte", "key", "form", "gone", "short"])
def test_a_seal_that_does_not_fit_is_told(tmp_path: Path, changed: str) -> None:
    seals = Seals(tmp_path)
    sealed, purpose, file = seals.seal(SECRET, "a"), "a", tmp_path / FILE
    if changed == "purpose":
        purpose = "b"
    elif changed == "byte":
        sealed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    elif changed == "key":
        file.write_bytes(bytes(32))
    elif changed == "form":
        sealed = b"\x09" + sealed[1:]
    elif changed == "gone":
        file.unlink()
    else:
        file.write_bytes(b"short")
    with pytest.raises(SealBroken) as caught:
        seals.open(sealed, purpose)
    assert caught.value.remedy
    assert SECRET not in str(caught.value)
