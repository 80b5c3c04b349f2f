"""Tokens to text: bytes of one character may come in several tokens."""

from stellarchat.engines.transformers.decoding import Decoder


class Bytes:
    """A vocabulary of single bytes; 300 is a token that ends a turn."""

    def decode(self, token_ids: list[int], *, skip_special_tokens: bool = False) -> str:
        return bytes(token for token in token_ids if token < 256).decode("utf-8", "replace")


def pieces(text: bytes) -> list[str]:
    decoder = Decoder(Bytes(), {300})
    return [*(decoder.feed([byte]) for byte in text), decoder.end()]


def test_no_character_is_cut() -> None:
    out = pieces("a你好😀b".encode())
    assert "".join(out) == "a你好😀b"
    assert not any("\ufffd" in piece for piece in out)
    assert max(len(piece) for piece in out) == 1


def test_what_never_becomes_a_character_is_marked() -> None:
    assert "".join(pieces(b"a\xe4\xbd")) == "a\ufffd"
    assert "".join(pieces(b"\xff" * 20 + b"a")) == "\ufffd" * 20 + "a"


def test_hidden_tokens_are_no_text() -> None:
    decoder = Decoder(Bytes(), {300})
    assert decoder.feed([104, 300, 105]) == "hi"
    assert decoder.feed([300]) == ""
    assert decoder.end() == ""
