"""What may stand in `extra_args`: nothing that this program decides, and no way around its key or address."""

from collections.abc import Mapping, Sequence

from stellarchat.engines.base import Refusal


def refused_word(words: Sequence[str], taken: Mapping[str, str | None], engine: str) -> Refusal | None:
    """Name the first word that is one of `taken`; its value is the option to use instead, or None.

    An abbreviation of a flag counts as the flag, since these engines' command lines take it as that.
    """
    for word in words:
        if "\0" in word or "\n" in word:
            return Refusal("A word of extra_args is one line.", "extra_args", sentence="args_line")
        if not word.startswith("--"):
            short = taken.get(word.partition("=")[0])
            if word.partition("=")[0] in taken:
                return _refusal(word, short, engine)
            continue
        name = word.partition("=")[0].partition(".")[0].replace("_", "-")
        for flag, option in taken.items():
            if flag == name or (len(name) > 2 and flag.startswith(name)):
                return _refusal(word, option, engine)
    return None


def _refusal(word: str, option: str | None, engine: str) -> Refusal:
    name = word.partition("=")[0]
    if option is not None:
        return Refusal(
            f"{name} in extra_args: use {option} instead.",
            "extra_args",
            sentence="args_option",
            values={"word": name, "option": option},
        )
    return Refusal(
        f"{name} of {engine} is decided by this program: leave it out.",
        "extra_args",
        sentence="args_decided",
        values={"word": name, "engine": engine},
    )
