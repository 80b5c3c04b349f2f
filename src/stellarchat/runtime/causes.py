"""Why an engine ended: its own last words, and what can be done about them."""

import re
import signal
from collections.abc import Sequence

import msgspec

from stellarchat.runtime.launcher import Exit

_MOST_LINES = 8
_MOST_CHARACTERS = 2000
# of lines that tell nothing in particular
_FEW_LINES = 3
_TRACEBACK = "Traceback (most recent call last)"
_TELLING = re.compile(
    r"\b(error|failed|failure|fatal|exception|panic\w*|abort\w*|cannot|can't|unable|killed|assert\w*|invalid)\b"
    r"|Error\b|Exception\b|^[\d.]+ E ",  # the last: llama.cpp's log level
    re.IGNORECASE,
)


class Cause(msgspec.Struct, frozen=True):
    """What happened and what to do. `passing`: trying again at once may well help."""

    message: str
    remedy: str
    passing: bool = False


_SMALLER = "Stop another model, or choose a smaller size, a lower quantization or a shorter context."
_MEMORY = Cause("There was not enough memory.", _SMALLER)

# tried from the last line upwards: what is said last is closest to the end
_CAUSES: tuple[tuple[re.Pattern[str], Cause], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), cause)
    for pattern, cause in (
        (
            r"address already in use|EADDRINUSE|couldn't bind|failed to bind",
            Cause("Its port was taken by another program.", "Start it again.", passing=True),
        ),
        (
            r"(cuda|hip|vulkan|device|gpu|vram).*(out of memory|outofmemory)|cudaMalloc failed"
            r"|no available memory for the cache blocks|free memory on device",
            Cause("There was not enough memory on the GPU.", _SMALLER),
        ),
        (
            r"bad_alloc|MemoryError|(failed|unable) to allocate|can(not|'t) allocate|out of memory",
            _MEMORY,
        ),
        (
            r"no space left on device",
            Cause("The disk is full.", "Free some space, or move the data directory."),
        ),
        (
            r"invalid magic|not a gguf|within (the )?file bounds|corrupt|incomplete|cut off|HeaderTooLarge"
            r"|deserializing header|unexpected end of file|failed to read (header|magic|tensor|key)",
            Cause("The model file is damaged or incomplete.", "Delete the model and download it again."),
        ),
        (
            r"unknown (model )?architecture|architecture.* (is )?not supported|unsupported model",
            Cause("The engine does not know this kind of model.", "Update the engine, or use another one."),
        ),
        (
            r"no nvidia driver|driver version is insufficient|no cuda-capable device|no gpu"
            r"|cuda.*not available",
            Cause("No usable GPU was found.", "Install the GPU's driver, or use an engine for the CPU."),
        ),
        (
            r"loading shared libraries|cannot open shared object|DLL load failed"
            r"|ImportError|ModuleNotFoundError|No module named",
            Cause(
                "A library that the engine needs is missing.", "Install the engine again with all it needs."
            ),
        ),
        (
            r"unrecognized arguments?|unknown argument|invalid (choice|argument|value)|no such option",
            Cause(
                "The engine does not understand its options.", "Correct the options, or update the engine."
            ),
        ),
        (
            r"permission denied|EACCES",
            Cause("A file could not be read.", "Give this user the right to read the model and its folder."),
        ),
        (
            r"no such file or directory|FileNotFoundError|failed to open|does not exist",
            Cause("A file was not found.", "Check the model's path, or download the model again."),
        ),
    )
)

_SIGNALS: dict[int | None, Cause] = {
    signal.SIGKILL: Cause("Most likely the memory ran out.", _SMALLER),
    signal.SIGILL: Cause(
        "This processor lacks instructions that the engine uses.", "Install a build for this processor."
    ),
}


def last_words(errors: Sequence[str], output: Sequence[str] = ()) -> str:
    """Return the lines that matter among the last ones a process wrote; "" where none does.

    `errors` are those of its standard error, `output` of its standard output, where some engines write
    their errors too.
    """
    told = _telling(errors) or _telling(output) or [line for line in errors if line.strip()][-_FEW_LINES:]
    text = "\n".join(told[-_MOST_LINES:])
    return text if len(text) <= _MOST_CHARACTERS else "…" + text[1 - _MOST_CHARACTERS :]


def _telling(lines: Sequence[str]) -> list[str]:
    lines = [line for line in lines if line.strip()]
    return _after_traceback(lines) or [line for line in lines if _TELLING.search(line)]


def _after_traceback(lines: list[str]) -> list[str]:
    """Return the exception at the end of the last Python traceback, and what came after it."""
    starts = [at for at, line in enumerate(lines) if _TRACEBACK in line]
    if not starts:
        return []
    # a logger may have put a prefix before each line: then the traceback is indented after it
    indent = lines[starts[-1]].index(_TRACEBACK)
    return [line for line in lines[starts[-1] + 1 :] if not line[indent:].startswith(" ")]


def find(exit: Exit, lines: Sequence[str]) -> Cause | None:
    """Return the cause that the last lines or the signal point to, or None where they tell nothing."""
    for line in reversed(lines):
        for pattern, cause in _CAUSES:
            if pattern.search(line):
                return cause
    return _SIGNALS.get(exit.signal)


def ending(exit: Exit) -> str:
    """Describe an ending in words, to stand after the name of what ended."""
    if exit.signal is not None:
        known = exit.signal in set(signal.Signals)
        return f"was ended by {signal.Signals(exit.signal).name if known else f'signal {exit.signal}'}"
    if exit.status is not None:
        return f"ended with status {exit.status}"
    return "was lost together with its guard"
