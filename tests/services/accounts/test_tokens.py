"""Tokens that are not ours, or not for this.

Covers CVE-2026-39411 (LobeHub), CVE-2025-41258 (LibreChat), CVE-2024-33663 (python-jose).
"""

import base64
import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from stellarchat.core.errors import Unauthorized
from stellarchat.services.accounts.tokens import FILE, Access, BadSecret, Tokens

SECRET = "k3Jx9-vQp2LmZ8-wRt5YbN1-cHd7GfS4"
ACCESS = Access("u", "s", 3, datetime(2100, 1, 1, tzinfo=UTC))


def tokens(folder: Path, secret: str | None = SECRET, **options: timedelta) -> Tokens:
    lasts = {"access": timedelta(minutes=5), "refresh": timedelta(days=1), **options}
    return Tokens(secret, folder, **lasts)


def claims(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    usual = {
        "iss": "stellarchat",
        "aud": "stellarchat",
        "sub": "u",
        "sid": "s",
        "ver": 3,
        "iat": now,
        "exp": now + timedelta(minutes=5),
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


def test_a_pair_says_what_went_in(tmp_path: Path) -> None:
    desk = tokens(tmp_path)
    pair = desk.pair(ACCESS, 7)
    assert desk.read_access(pair.access_token) == ACCESS
    read = desk.read_refresh(pair.refresh_token)
    assert (read.user_id, read.session_id, read.generation) == ("u", "s", 7)


def test_each_kind_is_good_for_its_own_use_only(tmp_path: Path) -> None:
    desk = tokens(tmp_path)
    pair = desk.pair(ACCESS, 0)
    with pytest.raises(Unauthorized):
        desk.read_access(pair.refresh_token)
    with pytest.raises(Unauthorized):
        desk.read_refresh(pair.access_token)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"exp": datetime.now(UTC) - timedelta(seconds=1)}, "at+jwt"),
        ({"exp": None}, "at+jwt"),
        ({"aud": "somebody else"}, "at+jwt"),
        ({"aud": "stellarchat/renew"}, "at+jwt"),
        ({"aud": None}, "at+jwt"),
        ({"iss": "somebody else"}, "at+jwt"),
        ({"ver": None}, "at+jwt"),
        ({"ver": "3"}, "at+jwt"),
        ({"ver": True}, "at+jwt"),
        ({"sid": None}, "at+jwt"),
        ({"sid": 5}, "at+jwt"),
        ({}, "JWT"),
        ({}, "refresh+jwt"),
        ({}, None),
    ],
)
def test_signed_with_our_key_and_still_not_for_this(
    tmp_path: Path, changes: dict[str, Any], kind: str | None
) -> None:
    desk = tokens(tmp_path)
    desk.open()
    assert desk._key is not None
    good = jwt.encode(claims(), desk._key, algorithm="HS256", headers={"typ": "at+jwt"})
    assert desk.read_access(good).version == 3
    bad = jwt.encode(claims(**changes), desk._key, algorithm="HS256", headers={"typ": kind})
    with pytest.raises(Unauthorized):
        desk.read_access(bad)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_no_other_algorithm_is_taken(tmp_path: Path) -> None:
    desk = tokens(tmp_path)
    desk.open()
    assert desk._key is not None
    head = {"typ": "at+jwt"}
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    others = [
        jwt.encode(claims(), None, algorithm="none", headers=head),
        jwt.encode(claims(), private, algorithm="RS256", headers=head),
        jwt.encode(claims(), desk._key * 2, algorithm="HS512", headers=head),
        jwt.encode(claims(), desk._key, algorithm="HS384", headers=head),
        jwt.encode(claims(), SECRET.encode(), algorithm="HS256", headers=head),
    ]
    good = jwt.encode(claims(), desk._key, algorithm="HS256", headers=head)
    start, middle, end = good.split(".")
    for word in ("none", "None", "NONE", "RS256", "HS512", ""):
        swapped = base64.urlsafe_b64encode(json.dumps({"alg": word, "typ": "at+jwt"}).encode()).rstrip(b"=")
        others += [f"{swapped.decode()}.{middle}.{end}", f"{swapped.decode()}.{middle}."]
    others += [
        f"{start}.{middle}.",
        f"{start}.{middle}",
        good[:-2],
        good + "A",
        "",
        ".",
        "..",
        "a.b.c",
        "\x00",
    ]
    for token in others:
        with pytest.raises(Unauthorized):
            desk.read_access(token)


@pytest.mark.parametrize(
    "secret",
    ["", "short", "x" * 64, "changeme" * 8, "my-secret-key-of-this-server-0123456789", "ab" * 20, "0" * 32],
)
def test_a_secret_that_others_could_know_is_refused(tmp_path: Path, secret: str) -> None:
    with pytest.raises(BadSecret) as caught:
        tokens(tmp_path, secret)
    assert "accounts.secret" in caught.value.message
    assert not secret or secret not in str(caught.value)


def test_the_secret_is_made_once_for_us_alone(tmp_path: Path) -> None:
    pair = tokens(tmp_path, None).pair(ACCESS, 0)
    file = tmp_path / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [FILE]
    assert tokens(tmp_path, None).read_access(pair.access_token) == ACCESS
    (tmp_path / "other").mkdir()
    with pytest.raises(Unauthorized):
        tokens(tmp_path / "other", None).read_access(pair.access_token)
    file.write_bytes(b"x")
    with pytest.raises(BadSecret):
        tokens(tmp_path, None).open()


def test_a_clock_that_was_set_back_makes_no_token_bad(tmp_path: Path) -> None:
    desk = tokens(tmp_path)
    desk.open()
    assert desk._key is not None
    later = datetime.now(UTC) + timedelta(hours=1)
    issued = claims(iat=later, exp=later + timedelta(minutes=5))
    token = jwt.encode(issued, desk._key, algorithm="HS256", headers={"typ": "at+jwt"})
    assert desk.read_access(token).user_id == "u"
