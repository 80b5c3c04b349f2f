"""The command line of the fake engine."""

import argparse
import dataclasses
import os
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Options:
    """Every field is an option of the same name (`load_time` is `--load-time`); times are seconds.

    `port` 0 picks a free one. `key` may also come in the environment as FAKE_ENGINE_KEY.
    `tokens_per_second` 0 is as fast as can be. `text` is said instead of `tok00 tok01 …`, `tokens` is
    the length of an answer where neither the request nor a directive says one. `weights` is a file
    that is read in pieces while loading. `reasoning_field` is the dialect's name for thoughts.

    Misbehaviour at start: say `stderr`, and with `exit_code` leave after `exit_after` seconds;
    `never_ready`; `ignore_term`; `fork_child` leaves a double-forked child in a session of its own that
    ignores TERM; `oom` fails to allocate as llama.cpp does.
    """

    port: int = 0
    key: str = ""
    model: str = "fake"
    tokens_per_second: float = 0.0
    load_time: float = 0.0
    slots: int = 4
    context: int = 4096
    text: str = ""
    tokens: int = 8
    weights: str = ""
    reasoning_field: str = "reasoning_content"
    metrics: bool = True
    exit_with_stdin: bool = False
    stderr: str = ""
    exit_code: int = -1
    exit_after: float = 0.0
    never_ready: bool = False
    ignore_term: bool = False
    fork_child: bool = False
    oom: bool = False


def parse(argv: Sequence[str] | None = None) -> Options:
    """Parse a command line."""
    parser = argparse.ArgumentParser("fake_engine")
    for field in dataclasses.fields(Options):
        flag = "--" + field.name.replace("_", "-")
        if isinstance(field.default, bool):
            parser.add_argument(flag, action=argparse.BooleanOptionalAction, default=field.default)
        else:
            parser.add_argument(flag, type=type(field.default), default=field.default)
    found = Options(**vars(parser.parse_args(argv)))
    return dataclasses.replace(found, key=found.key or os.environ.get("FAKE_ENGINE_KEY", ""))


def arguments(**options: object) -> list[str]:
    """Return the command line that sets these options. Raises TypeError for an unknown one."""
    argv: list[str] = []
    for name, value in dataclasses.asdict(Options(**options)).items():  # type: ignore[arg-type]
        flag = name.replace("_", "-")
        if name not in options:
            continue
        if isinstance(value, bool):
            argv.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            argv.append(f"--{flag}={value}")
    return argv
